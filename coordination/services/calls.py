"""What came of a call to an answering service or a hospital operator, and what is said on it."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Value
from django.db.models.functions import Coalesce, Greatest

from coordination.call_script import Call, lines_of
from coordination.models import CallTask, Delivery, Obligation
from coordination.services import contacts
from coordination.services.ladder import pull_forward
from referrals.clinical import Tier
from referrals.services import moves
from referrals.walls import Actor

_ON_THE_WAY = (Delivery.State.PENDING, Delivery.State.LEASED, Delivery.State.SENT)


class CallAlreadyRecorded(Exception):
    """Somebody recorded this call before; says who."""

    def __init__(self, task: CallTask) -> None:
        super().__init__(
            f"{task.done_by} recorded this call before: {task.get_outcome_display()}. If another "
            "call went otherwise, tell the others; Tandem goes on ringing until the doctor answers."
        )


@dataclass(frozen=True)
class CallResult:
    """What came of a call, and who was on the line."""

    outcome: str
    spoke_to: str = ""


@transaction.atomic
def record_call(referral_id: int, delivery: UUID, result: CallResult, *, by: Actor) -> CallTask:
    """Record what came of one call. Whoever was reached has still not acknowledged.

    A call that reached nobody fires the next rung at once. One that was withdrawn meanwhile is
    kept, and changes nothing else.

    :raises CallTask.DoesNotExist: if this referral has no such call.
    :raises CallAlreadyRecorded: if somebody was first.
    """
    move = moves.begin("record_call", referral_id, by=by)
    task = _locked(referral_id, delivery)
    if task.outcome:
        raise CallAlreadyRecorded(task)
    owed = Obligation.objects.select_for_update(no_key=True).get(pk=task.delivery.obligation_id)
    task.outcome, task.spoke_to = result.outcome, result.spoke_to
    task.done_by, task.done_at = by.name, move.at
    task.save(update_fields=["outcome", "spoke_to", "done_by", "done_at"])
    _settle(task, owed, move.at)
    # Whom they spoke to is typed by hand, so it stays out of the event.
    moves.finish(move, "call.recorded", task.delivery.in_words | {"outcome": task.outcome})
    return task


def script_of(task: CallTask) -> list[str]:
    """Return what the caller says, line by line; it holds nothing about the patient."""
    obligation, called = task.delivery.obligation, task.delivery.contact_point.practice
    referral = obligation.referral
    return lines_of(
        Call(
            caller=task.caller.name,
            practice=called.name,
            specialty=obligation.specialty,
            reference=referral.reference,
            tier=Tier(referral.tier).name,
            answer_by=obligation.due_at,
            zone=task.caller.zone,
            call_back=referral.call_back,
        )
    )


def _locked(referral_id: int, delivery: UUID) -> CallTask:
    return (
        CallTask.objects.select_for_update(no_key=True, of=("self",))
        .select_related(
            "delivery__contact_point__practice", "delivery__contact_point__practitioner"
        )
        .get(delivery=delivery, delivery__obligation__referral=referral_id)
    )


def _settle(task: CallTask, owed: Obligation, at: datetime) -> None:
    waiting = Delivery.objects.filter(pk=task.pk, state__in=_ON_THE_WAY)
    # A quick caller may be ahead of the worker that puts the call on the list.
    made = {
        "lease_token": None,
        "attempts": Greatest("attempts", Value(1)),
        "sent_at": Coalesce("sent_at", Value(at)),
    }
    if task.outcome in CallTask.ANSWERED:
        waiting.update(state=Delivery.State.DELIVERED, delivered_at=at, **made)
    elif waiting.update(
        state=Delivery.State.DEAD, dead_at=at, error_code=f"call_{task.outcome}", **made
    ):
        pull_forward(owed, task.delivery, at)
    if task.outcome in CallTask.ANSWERED or task.outcome == CallTask.Outcome.WRONG_NUMBER:
        point = task.delivery.contact_point
        contacts.found(point, at, works=task.outcome in CallTask.ANSWERED)
