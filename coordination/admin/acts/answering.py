"""Answering: seen, accepted, passed on, and what an urgent case needs until it is safe."""

from collections.abc import Mapping
from typing import Any

from coordination import services
from coordination.admin import words
from coordination.admin.acts.act import VIA, Act, Press
from coordination.admin.entries import Choices, Entry
from coordination.api import serializers as shapes
from coordination.models import Plan
from referrals import clock
from referrals.models import Practitioner, Referral
from referrals.models.practice import CLINICIANS, Specialty
from referrals.reasons import CAPACITY, PASS_REASONS


def _acknowledge(press: Press) -> None:
    services.acknowledge(press.referral.pk, by=press.by, via=VIA, proxy=press.data["proxy"])


def _accept(press: Press) -> None:
    services.accept(
        press.referral.pk, by=press.by, via=VIA, plan=press.plan, if_version=press.version
    )


def _pass(press: Press) -> None:
    services.pass_on(press.referral.pk, by=press.by, reason_code=press.data["reason_code"])


def _plan(press: Press) -> None:
    plan = press.data["plan"]["plan"]
    services.record_plan(press.referral.pk, plan, by=press.by, via=VIA, if_version=press.version)


def _hand_over(press: Press) -> None:
    data = press.data
    plan = services.ReceivingPlan(
        disposition=Plan.Disposition.EMERGENCY_DEPARTMENT,
        clinician=data["spoke_to"],
        place=data["ed_name"],
        at=clock.now(),
    )
    services.hand_over_to_ed(
        press.referral.pk, plan, by=press.by, via=VIA, call_back=data["call_back"]
    )


def _patient(press: Press) -> None:
    names = ("reached", "understood", "transport", "destination")
    outcome = {name: press.data[name] for name in names}
    services.record_patient_contact(
        press.referral.pk, outcome, by=press.by, via=VIA, said=press.data["said"]
    )


def _arrival(press: Press) -> None:
    arrival, said = press.data["arrival"], press.data["said"]
    services.record_arrival(press.referral.pk, arrival, by=press.by, via=VIA, said=said)


def _is_urgent(referral: Referral) -> bool:
    return referral.is_urgent


def _colleagues(referral: Any) -> Choices:
    staff = Practitioner.objects.filter(practice=referral.read_by, is_active=True)
    return tuple(
        (str(one.uuid), str(one)) for one in staff.filter(role__in=CLINICIANS).order_by("name")
    )


def _lapses(referral: Any) -> bool:
    # A pain clinic that sent the patient needs nobody to answer for another.
    sends = referral.read_by == referral.sender_id
    return referral.is_pressing and not (sends and referral.sender.specialty == Specialty.PAIN)


_PROXY = (
    Entry(
        "on_behalf_of", "If you answer for a clinician who cannot now: for whom", "choice",
        _colleagues, is_required=False, applies=_lapses,
    ),
    Entry(
        "until", "Until when they cannot", "time", is_required=False, applies=_lapses,
        help="In the time of your practice. Then we ring again. Empty: as long as it may wait.",
    ),
)  # fmt: skip
_PLAN = (
    Entry(
        "plan.disposition", "What happens", "choice", tuple(words.DISPOSITIONS.items()),
        applies=_is_urgent,
    ),
    Entry("plan.clinician", "Who receives the patient", applies=_is_urgent),
    Entry("plan.place", "Where", applies=_is_urgent),
    Entry("plan.at", "When", "time", help="In the time of your practice.", applies=_is_urgent),
)  # fmt: skip
_TRANSPORT = (
    ("ambulance", "by ambulance"), ("driven", "somebody drives them"),
    ("alone", "on their own"), ("none", "no way to get there yet"),
    ("unknown", "not known: not reached"),
)  # fmt: skip
_SAID = (
    Entry(
        "capacity", "If they do not go: can they decide this?", "choice",
        tuple(CAPACITY.items()), is_required=False,
    ),
    Entry("comment", "What else people should know", "long", is_required=False),
)  # fmt: skip

ANSWERING: Mapping[str, Act] = {
    "acknowledge": Act(
        "I have seen this",
        "Stops the ringing for your side. Seen is not accepted.",
        "Recorded: your side has seen it.",
        shapes.AcknowledgementIn,
        _acknowledge,
        _PROXY,
    ),
    "accept": Act(
        "Accept this patient",
        "You take the patient. Of an urgent case say who receives them, now or later.",
        "Recorded: you have accepted this patient.",
        shapes.AcceptanceIn,
        _accept,
        _PLAN,
        optional=True,
        is_urgent_answer=True,
    ),
    "record_plan": Act(
        "Record the receiving plan",
        "Without it an urgent case is not safe.",
        "Recorded: the receiving plan.",
        shapes.PlanActIn,
        _plan,
        _PLAN,
        is_urgent_answer=True,
    ),
    "record_patient_contact": Act(
        "Record the call to the patient",
        "If they were not reached, or cannot get there, we keep reminding you.",
        "Recorded. Until the patient was reached and is on the way, we remind you.",
        shapes.PatientContactIn,
        _patient,
        (
            Entry("reached", "I spoke to the patient", "yes"),
            Entry("understood", "They said back in their own words what to do", "yes"),
            Entry("transport", "How they get there", "choice", _TRANSPORT),
            Entry("destination", "Where they go", "choice", tuple(words.DESTINATIONS.items())),
            *_SAID,
        ),
    ),
    "record_arrival": Act(
        "Record whether the patient arrived",
        "If they are not there, the physician is rung at once.",
        "Recorded: what is known of the patient.",
        shapes.ArrivalIn,
        _arrival,
        (
            Entry("outcome", "The patient", "choice", tuple(shapes.ARRIVALS.items())),
            *_SAID,
        ),
    ),
    "hand_over_to_ed": Act(
        "Record the handover to the emergency department",
        "After you have spoken to a nurse or physician there, by name.",
        "Recorded: the emergency department has the patient.",
        shapes.HandoverIn,
        _hand_over,
        (
            Entry("ed_name", "Which emergency department"),
            Entry("spoke_to", "Who you spoke to, with role"),
            Entry("call_back", "Their call-back number"),
        ),
    ),
    "pass": Act(
        "I cannot: ask the next",
        "The next practice is asked at once.",
        "Recorded: the next practice is being asked now.",
        shapes.PassIn,
        _pass,
        (Entry("reason_code", "Why not?", "choice", tuple(PASS_REASONS.items())),),
    ),
}
