"""What people say about a case by hand: corrected, raised, lowered by two, a red flag resolved."""

from collections.abc import Mapping
from typing import Any

from coordination.admin.acts.act import Act, Press, alone
from coordination.admin.entries import Choices, Entry
from referrals import services as referrals
from referrals.api.amendments import AmendmentIn
from referrals.api.serializers import NamedIn, ResolutionIn
from referrals.api.urgency import ConfirmationIn, UrgencyIn
from referrals.models import Note, Practitioner, RedFlag, Referral
from referrals.models.patient import AdministrativeSex
from referrals.models.practice import CLINICIANS
from referrals.reasons import LOWER_REASONS, RAISE_REASONS, REFERRAL_REASONS


def _amend(press: Press) -> None:
    fields = {name: value for name, value in press.data.items() if name not in ("by", "patient")}
    patient = press.data.get("patient", {})
    referrals.amend(press.referral.pk, fields, patient, by=press.by, if_version=press.version)


def _raise(press: Press) -> None:
    referrals.raise_urgency(press.referral.pk, press.shape.urgency(), by=press.by)


def _lower(press: Press) -> None:
    urgency = press.shape.urgency()
    referrals.propose_lowering(press.referral.pk, urgency, by=press.by, if_version=press.version)


def _withdraw(press: Press) -> None:
    referrals.withdraw_lowering(press.referral.pk, by=press.by)


def _resolve(press: Press) -> None:
    flag = RedFlag.objects.of(press.referral.patient_id, press.rule)
    referrals.resolve(flag.pk, press.shape.ending(), by=press.by)


def _as_it_stands(referral: Referral) -> dict[str, str]:
    patient, question = referral.patient, referral.notes.filter(kind=Note.Kind.QUESTION)
    asked, born = question.order_by("-id").first(), patient.birth_date
    return {
        "clinical_question": asked.text if asked else "",
        "reason_code": referral.reason_code,
        "call_back": referral.call_back,
        "responsible": str(referral.responsible.uuid) if referral.responsible else "",
        "patient.family_name": patient.family_name,
        "patient.given_name": patient.given_name,
        "patient.birth_date": born.isoformat() if born else "",
        "patient.sex": patient.sex,
        "patient.phone": patient.phone,
        "patient.payer": patient.payer,
    }


def _clinicians(referral: Referral) -> Choices:
    staff = Practitioner.objects.filter(practice=referral.sender_id, is_active=True)
    named = staff.filter(role__in=CLINICIANS).order_by("name")
    return tuple((str(one.uuid), str(one)) for one in named)


def _may(name: str, label: str, kind: str = "text", choices: Any = (), help: str = "") -> Entry:
    return Entry(name, label, kind, choices, help, is_required=False)


_NUMBER = "With country code and digits only, such as +18475550123."
_FIELDS = (
    _may("clinical_question", "The question, in one line"),
    _may("reason_code", "Why the patient is referred", "choice", tuple(REFERRAL_REASONS.items())),
    _may("responsible", "The clinician who refers", "choice", _clinicians),
    _may("call_back", "Your direct line", help=_NUMBER),
    _may("patient.family_name", "Patient: family name"),
    _may("patient.given_name", "Patient: given name"),
    _may("patient.birth_date", "Patient: born on", "day"),
    _may("patient.sex", "Patient: sex", "choice", tuple(AdministrativeSex.choices)),
    _may("patient.phone", "Patient: telephone", help=_NUMBER),
    _may("patient.payer", "Patient: who pays"),
)
_TIERS = (
    ("EMERGENCY", "emergency"), ("SAME_DAY", "same day"),
    ("URGENT", "urgent, within days"), ("ROUTINE", "routine"),
)  # fmt: skip
_SOON = _may(
    "within", "If it is the same day: how soon", "choice",
    (("now", "now: people are rung day and night"), ("24h", "within 24 hours: not by night")),
)  # fmt: skip

BY_HAND: Mapping[str, Act] = {
    "amend": Act(
        "Correct what was sent",
        "What stood there before is kept. All referrals of this patient show the new facts.",
        "Recorded: the referral is corrected.",
        AmendmentIn,
        _amend,
        _FIELDS,
        before=_as_it_stands,
    ),
    "raise_urgency": Act(
        "Raise the urgency",
        "It takes effect at once, and everybody concerned is told anew.",
        "Recorded: the urgency is raised, and everybody is told.",
        UrgencyIn,
        _raise,
        (
            Entry("tier", "How urgent it is", "choice", _TIERS[:3]),
            _SOON,
            Entry("reason_code", "Why?", "choice", tuple(RAISE_REASONS.items())),
            _may("comment", "What you have seen"),
        ),
    ),
    "propose_lowering": Act(
        "Propose a lower urgency",
        "By a clinician. Nothing is lowered until a second person has confirmed it.",
        "Recorded: your proposal. A second person, a clinician or nurse, has to confirm it.",
        UrgencyIn,
        _lower,
        (
            Entry("tier", "How urgent it is", "choice", _TIERS[1:]),
            _SOON,
            Entry("reason_code", "Why?", "choice", tuple(LOWER_REASONS.items())),
            Entry("comment", "What was seen, and when"),
        ),
        only_for="is_clinician",
    ),
    "confirm_lowering": Act(
        "Confirm the lower urgency",
        "As the second person. What is proposed stands under “Know this as well”.",
        "Recorded: the urgency is lowered.",
        ConfirmationIn,
        alone(referrals.confirm_lowering),
        only_for="is_clinical",
    ),
    "withdraw_lowering": Act(
        "Object to the lower urgency",
        "The proposal is withdrawn. Nothing was lowered.",
        "Recorded: the urgency stays as it is.",
        NamedIn,
        _withdraw,
    ),
    # Stands beside each red flag, for clinicians; never among the acts of a side.
    "resolve": Act(
        "Resolve this red flag",
        "By a clinician. It neither closes the case nor lowers its urgency.",
        "Recorded: how the red flag ended.",
        ResolutionIn,
        _resolve,
        (
            Entry("resolution", "How it ended", "choice", tuple(RedFlag.Resolution.choices)),
            Entry("basis", "The treatment, imaging or examination"),
            Entry("on", "On which day", "day"),
        ),
        only_for="is_clinician",
    ),
}
