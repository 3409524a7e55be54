"""How a referral ends, goes elsewhere, or begins anew."""

from collections.abc import Mapping

from coordination.admin.acts.act import Act, Press, alone, with_reason
from coordination.admin.entries import Choices, Entry
from referrals import services as referrals
from referrals.api import bodies
from referrals.api.ending import ForwardIn
from referrals.api.serializers import NamedIn
from referrals.models import Practice, Referral
from referrals.workflow import Status

_MOST_PRACTICES = 200


def _redirect(press: Press) -> None:
    reason = bodies.reason_in(press.data)
    referrals.redirect(
        press.referral.pk, reason, press.data.get("to"), by=press.by, if_version=press.version
    )


def _has_no_report(referral: Referral) -> bool:
    return referral.status != Status.REPORTED


def _elsewhere(referral: Referral) -> Choices:
    there = Practice.objects.beside(referral.sender_id)
    named = there.filter(specialty=referral.sought_specialty).order_by("name")[:_MOST_PRACTICES]
    return tuple((str(one.uuid), one.name) for one in named if one.pk != referral.receiver_id)


def _why(shape: type[bodies.ReasonIn]) -> tuple[Entry, Entry]:
    return (
        Entry("reason_code", "Why?", "choice", tuple(shape.reasons.items())),
        Entry("comment", "In words, if the reason needs them", "long", is_required=False),
    )


ENDING: Mapping[str, Act] = {
    "close": Act(
        "Close the referral",
        "You have read the report, or you say why none is needed. Only the sender closes.",
        "Recorded: the referral is closed.",
        bodies.ClosureIn,
        with_reason(referrals.close),
        (
            Entry(
                "reason_code", "Why is no report needed?", "choice",
                tuple(bodies.ClosureIn.reasons.items()), applies=_has_no_report,
            ),
            Entry("comment", "In words", "long", applies=_has_no_report),
        ),
    ),
    "confirm_cancellation": Act(
        "Confirm the cancellation",
        "Nothing is done any more. A visit that is booked is cancelled with it.",
        "Recorded: the referral is cancelled.",
        NamedIn,
        alone(referrals.confirm_cancellation),
    ),
    "withdraw_cancellation": Act(
        "Withdraw the cancellation",
        "The referral goes on as before.",
        "Recorded: the referral goes on.",
        NamedIn,
        alone(referrals.withdraw_cancellation),
    ),
    "redirect": Act(
        "Send the patient to another practice",
        "This referral ends, and a new one carries on. Name a practice, or let Tandem find one.",
        "Recorded: a new referral carries on. You find it below, under “Know this as well”.",
        ForwardIn,
        _redirect,
        (
            Entry(
                "to", "Which practice", "choice", _elsewhere, "Choose none and Tandem finds one.",
                is_required=False,
            ),
            *_why(ForwardIn),
        ),
    ),
    "reopen": Act(
        "Begin it anew",
        "The referral is sent as if for the first time, and a practice is asked.",
        "Recorded: the referral is sent anew.",
        NamedIn,
        alone(referrals.reopen),
    ),
    "decline": Act(
        "Decline this referral",
        "The sender learns why.",
        "Recorded: you have declined, and the sender is told why.",
        bodies.DeclineIn,
        with_reason(referrals.decline),
        _why(bodies.DeclineIn),
        is_grave=True,
    ),
    "record_failure": Act(
        "We cannot go on",
        "Such as for a patient who cannot be reached. The sender decides what comes next.",
        "Recorded: you cannot go on, and the sender is told why.",
        bodies.FailureIn,
        with_reason(referrals.record_failure),
        _why(bodies.FailureIn),
        is_grave=True,
    ),
    "request_cancellation": Act(
        "Call the referral off",
        "If nobody has seen it yet it is cancelled at once. Otherwise the other side confirms.",
        "Recorded: the referral is called off.",
        bodies.CancellationIn,
        with_reason(referrals.request_cancellation),
        _why(bodies.CancellationIn),
        is_grave=True,
    ),
    "enter_in_error": Act(
        "This should not have been written",
        "The referral ends and stays in sight as an error. Nothing is deleted.",
        "Recorded: the referral is marked as an error.",
        bodies.ErrorIn,
        with_reason(referrals.enter_in_error),
        _why(bodies.ErrorIn),
        is_grave=True,
    ),
}  # fmt: skip
