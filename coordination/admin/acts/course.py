"""The course: what is asked and answered, the visits, and the report."""

from collections.abc import Mapping

from coordination import services
from coordination.admin.acts.act import VIA, Act, Press, alone, with_reason
from coordination.admin.entries import YES_OR_NO, Entry
from coordination.api.serializers import InformationRequestIn
from referrals import services as referrals
from referrals.api.bodies import VisitCancellationIn
from referrals.api.reporting import ConsultIn, InformationIn, ReportIn, consult_in
from referrals.api.serializers import NamedIn
from referrals.api.visits import AppointmentIn
from referrals.models.consult_note import ITEMS
from referrals.reasons import RECOMMENDATIONS, REFERRAL_REASONS, VISIT_CANCEL_REASONS


def _ask(press: Press) -> None:
    services.request_information(
        press.referral.pk, press.data["wanted"], by=press.by, via=VIA, if_version=press.version
    )


def _answer(press: Press) -> None:
    referrals.answer_information(
        press.referral.pk, press.data["answer"], by=press.by, if_version=press.version
    )


def _schedule(press: Press) -> None:
    booked = {name: value for name, value in press.data.items() if name != "by"}
    referrals.schedule(
        press.referral.pk,
        referrals.Appointment(**booked),
        by=press.by,
        if_version=press.version,
    )


def _visit(press: Press) -> None:
    referrals.record_visit(
        press.referral.pk, consult_in(press.data), by=press.by, if_version=press.version
    )


def _report(press: Press) -> None:
    referrals.report(
        press.referral.pk,
        consult_in(press.data),
        by=press.by,
        advice_only=press.data["advice_only"],
        if_version=press.version,
    )


def _item(name: str, help: str = "", *, is_required: bool = False) -> Entry:
    return Entry(name, ITEMS[name].rstrip("."), "long", help=help, is_required=is_required)


_IF_SEEN = "Needed if the patient was seen."
_SEEN_ON = Entry("seen_on", "On which day the patient was seen", "day", is_required=False)
_SEEN_BY = Entry("seen_by", "Who saw the patient, if it was not you", is_required=False)
_REPORT = (
    Entry("advice_only", "Advice alone: the patient was not seen", "yes"),
    _SEEN_ON,
    _SEEN_BY,
    _item("answer_to_question", is_required=True),
    Entry("recommendation_code", "What you recommend", "choice", tuple(RECOMMENDATIONS.items())),
    Entry(
        "refer_back_reason_code", "Why the patient goes back to the sender, if they do",
        "choice", tuple(REFERRAL_REASONS.items()), is_required=False,
    ),
    Entry(
        "red_flag_advice_given", "Does the patient know when to come back at once?",
        "yes_no", YES_OR_NO,
    ),
    Entry(
        "imaging_reviewed", "Have you looked at the pictures yourself?", "yes_no", YES_OR_NO,
        _IF_SEEN, is_required=False,
    ),
    *(_item(name, _IF_SEEN) for name in ("diagnosis", "examination_change", "options_discussed")),
    _item("next_steps", is_required=True),
    _item("follow_up", _IF_SEEN),
    *(
        _item(name)
        for name in (
            "risks_quoted", "alternatives_declined", "procedure", "anticoagulation_plan",
            "patient_preference",
        )
    ),
)  # fmt: skip

COURSE: Mapping[str, Act] = {
    "answer_information": Act(
        "Answer what is asked",
        "The referral goes on as before, and it is the other side's move again.",
        "Recorded: your answer. The other side goes on.",
        InformationIn,
        _answer,
        (Entry("answer", "Your answer", "long"),),
    ),
    "schedule": Act(
        "Book a visit",
        "A visit that is booked already moves to the new time.",
        "Recorded: the visit is booked.",
        AppointmentIn,
        _schedule,
        (
            Entry("starts_at", "When", "time", help="In the time of your practice."),
            Entry("place", "Where", is_required=False),
            Entry("external_id", "Its number in your own calendar", is_required=False),
        ),
    ),
    "record_visit": Act(
        "Record that the patient was seen",
        "With what you can say already. The report follows.",
        "Recorded: the patient was seen. The report is due next.",
        ConsultIn,
        _visit,
        (_SEEN_ON, _SEEN_BY, _item("diagnosis"), _item("next_steps"), _item("follow_up")),
    ),
    "record_no_show": Act(
        "The patient did not come",
        "The visit is recorded as missed. Book another one next.",
        "Recorded: the patient did not come. Book another visit.",
        NamedIn,
        alone(referrals.record_no_show),
    ),
    "cancel_visit": Act(
        "Cancel the visit",
        "The referral goes on. Book another visit next.",
        "Recorded: the visit is cancelled. Book another one.",
        VisitCancellationIn,
        with_reason(referrals.cancel_visit),
        (
            Entry("reason_code", "Why?", "choice", tuple(VISIT_CANCEL_REASONS.items())),
            Entry("comment", "In words, if the reason needs them", "long", is_required=False),
        ),
    ),
    "report": Act(
        "Send the report",
        "By a clinician. The sender reads it, then closes the referral.",
        "Recorded: the report is with the sender.",
        ReportIn,
        _report,
        _REPORT,
        only_for="is_clinician",
    ),
    "request_information": Act(
        "Ask the sender for something",
        "It is their move until they answer, unless the case is urgent: then it stays yours.",
        "Recorded: the sender is asked.",
        InformationRequestIn,
        _ask,
        (Entry("wanted", "What is missing", "long", help="Such as the report of an MRI."),),
    ),
}
