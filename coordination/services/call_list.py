"""Puts calls on the list of the practice that has to make them, and takes off what is answered."""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import QuerySet

from coordination.escalation import CALLED, EMAIL, SMS, Recipient
from coordination.models import CallTask, ContactPoint, Delivery, Obligation
from coordination.models.call_task import CallTaskQuerySet
from coordination.services import people
from referrals import outbox
from referrals import services as referrals
from referrals.models import Practice, Referral
from referrals.models.practice import Specialty
from referrals.walls import ENGINE

TEXT = "call_task"
_CALLERS = (Recipient.RESPONSIBLE, Recipient.COORDINATOR, Recipient.FRONT_DESK)
_URGENT = 1


def open_calls(
    obligation: Obligation, referral: Referral, points: list[ContactPoint], at: datetime
) -> None:
    """Put the calls of this rung on somebody's list and tell their people.

    The network calls, if it can be reached; otherwise the sender's own people do. A call that is
    on the list since an earlier rung makes way, so nobody finds the same number there twice.
    """
    if not any(point.channel in CALLED for point in points):
        return
    calls = Delivery.objects.filter(
        obligation=obligation,
        round=obligation.round,
        rung=obligation.rung,
        channel__in=CALLED,
        call_task=None,
    )
    _take_off(
        CallTask.objects.waiting().filter(
            delivery__obligation=obligation, delivery__contact_point__in=points
        ),
        obligation,
        at,
        reason="it is on the list again",
    )
    caller, told = _caller(referral, at)
    CallTask.objects.bulk_create(
        CallTask(delivery=delivery, caller=caller, opened_at=at) for delivery in calls
    )
    _tell(obligation, told, at)


def whom_to_call(told: Delivery) -> Practice | None:
    """Return the practice that somebody was told to call, by the rung on which they were told."""
    calls = Delivery.objects.filter(
        obligation=told.obligation_id, round=told.round, rung=told.rung, channel__in=CALLED
    )
    first = calls.select_related("contact_point__practice").order_by("created_at", "pk").first()
    return first.contact_point.practice if first else None


def withdraw(obligation: Obligation, at: datetime) -> None:
    """Take the calls that nobody needs any more off the list; the timeline keeps them."""
    waiting = CallTask.objects.waiting().filter(delivery__obligation=obligation)
    _take_off(waiting, obligation, at, reason="nobody has to be called any more")


def _take_off(
    tasks: CallTaskQuerySet, obligation: Obligation, at: datetime, *, reason: str
) -> None:
    calls = [task.delivery for task in tasks.with_all()]
    if not calls:
        return
    Delivery.objects.filter(pk__in=[call.pk for call in calls]).update(
        state=Delivery.State.CANCELLED, lease_token=None
    )
    outbox.record(
        "call.withdrawn",
        referral=obligation.referral,
        by=ENGINE,
        at=at,
        data={"reason": reason, "calls": [call.in_words for call in calls]},
    )


def _caller(referral: Referral, at: datetime) -> tuple[Practice, QuerySet[ContactPoint]]:
    network = Practice.objects.beside(referral.sender_id).filter(specialty=Specialty.COORDINATION)
    for practice in network.order_by("pk"):
        told = _people(practice, referral, at)
        if told:
            # Whoever has to call about a referral must be able to open it.
            referrals.ask(
                referral, practice.pk, reason="calls those who are reached by telephone alone",
                by=ENGINE, at=at,
            )  # fmt: skip
            return practice, told
    return referral.sender, _people(referral.sender, referral, at)


def _people(practice: Practice, referral: Referral, at: datetime) -> QuerySet[ContactPoint]:
    return people.reach(_CALLERS, (SMS, EMAIL), referral=referral, practice_id=practice.pk, at=at)


def _tell(obligation: Obligation, points: Iterable[ContactPoint], at: datetime) -> None:
    Delivery.objects.bulk_create(
        (
            Delivery(
                obligation=obligation,
                contact_point=point,
                channel=point.channel,
                message=TEXT,
                round=obligation.round,
                rung=obligation.rung,
                priority=_URGENT,
                created_at=at,
                due_at=at,
            )
            for point in points
        ),
        ignore_conflicts=True,
    )
