"""Takes what the provider reports about one message or call, in any order and any number of times.

A delivery never goes back: arrived stays arrived, given up stays given up, withdrawn withdrawn.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.core.exceptions import ObjectDoesNotExist
from django.db import connection

from coordination.models import Delivery, Obligation
from coordination.services import contacts, staff_messages
from coordination.services.ladder import pull_forward
from referrals import clock, outbox
from referrals.walls import ENGINE, Actor, acting_as

ARRIVED = frozenset({"delivered", "read", "completed"})
FAILED = frozenset({"failed", "undelivered", "busy", "no-answer", "canceled"})
# What says something of the number itself; a busy line does not.
_OF_THE_NUMBER = ARRIVED | {"failed", "undelivered"}
# The report may overtake the worker that is still recording its send, or be all that is left of
# an answer that was lost.
_ON_ITS_WAY = (Delivery.State.SENT, Delivery.State.LEASED, Delivery.State.PENDING)
_WHOLE = (
    "contact_point__practice",
    "contact_point__practitioner",
    "obligation__referral",
)


class DeliveryUnknown(Exception):
    """No delivery has this id."""


@dataclass(frozen=True)
class Report:
    """What the provider says: a status in its words, its error number if any, and its own id."""

    status: str
    error: str = ""
    provider_id: str = ""


def practice_of(delivery: UUID) -> int:
    """Find for whom a callback speaks. It works before any practice is known.

    :raises DeliveryUnknown: if there is no such delivery.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM tandem_find_delivery(%s)", [delivery])
        found = cursor.fetchone()
    if found is None:
        raise DeliveryUnknown("No delivery has this id.")
    return int(found[0])


def take_report(delivery_id: UUID, report: Report) -> None:
    """Record that a delivery arrived, or that it failed and the next rung is due.

    :raises DeliveryUnknown: if there is no such delivery, or it has moved to history.
    """
    try:
        practice_id = practice_of(delivery_id)
    except DeliveryUnknown:
        works = report.status in ARRIVED if report.status in _OF_THE_NUMBER else None
        if staff_messages.note_report(delivery_id, works=works):
            return
        raise
    if report.status not in ARRIVED | FAILED:
        return
    with acting_as(Actor(kind="provider", name="telephone provider", practice_id=practice_id)):
        try:
            _take(delivery_id, report)
        except ObjectDoesNotExist as moved:
            raise DeliveryUnknown("No delivery has this id.") from moved


def _take(delivery_id: UUID, report: Report) -> None:
    if report.status in FAILED:
        # It may fire the next rung. The lock order: obligation, then delivery.
        owed = Obligation.objects.select_for_update(no_key=True, of=("self",))
        owed.get(deliveries=delivery_id)
    whole = Delivery.objects.select_related(*_WHOLE)
    delivery = whole.select_for_update(no_key=True, of=("self",)).get(pk=delivery_id)
    if _is_usual(report, delivery):
        _note_arrival(delivery)
    elif _is_news(report, delivery):
        _apply(report, delivery, clock.now())


def _is_usual(report: Report, delivery: Delivery) -> bool:
    # Arrived, after its send was recorded; a contact that failed before is noted to work again.
    is_known = delivery.state == Delivery.State.SENT and not delivery.contact_point.failing_since
    return report.status in ARRIVED and is_known


# Nearly every report: the change and its event are one statement.
_ARRIVED = """
    changed AS (
        UPDATE coordination_delivery
        SET state = 'delivered', delivered_at = clock_timestamp(), error_code = ''
        WHERE uuid = %s AND state = 'sent'
        RETURNING delivered_at AS at
    )
"""


def _note_arrival(delivery: Delivery) -> None:
    outbox.record_change(
        outbox.Change(_ARRIVED, (delivery.pk,)),
        "delivery.delivered",
        referral=delivery.obligation.referral,
        by=ENGINE,
        data=delivery.in_words,
    )


def _is_news(report: Report, delivery: Delivery) -> bool:
    was_tried = delivery.state in _ON_ITS_WAY and delivery.attempts > 0
    return was_tried and _is_of_this_try(report, delivery)


def _is_of_this_try(report: Report, delivery: Delivery) -> bool:
    # After a lost answer the provider may have two of them: the one it failed on is not the other.
    ours = delivery.provider_message_id
    return report.status in ARRIVED or not ours or report.provider_id in ("", ours)


def _apply(report: Report, delivery: Delivery, at: datetime) -> None:
    if report.status in _OF_THE_NUMBER:
        contacts.found(delivery.contact_point, at, works=report.status in ARRIVED)
    if delivery.state != Delivery.State.SENT:
        delivery.sent_at = at
        delivery.provider_message_id = report.provider_id[:80]
        _tell_the_timeline("delivery.sent", delivery, at, {})
    delivery.lease_token = None
    if report.status in ARRIVED:
        delivery.state, delivery.delivered_at, delivery.error_code = "delivered", at, ""
        delivery.save()
        _tell_the_timeline("delivery.delivered", delivery, at, {})
        return
    delivery.state, delivery.dead_at = Delivery.State.DEAD, at
    delivery.error_code = _code(delivery, report)
    delivery.save()
    pull_forward(delivery.obligation, delivery, at)
    _tell_the_timeline("delivery.dead", delivery, at, {"code": delivery.error_code})


def _code(delivery: Delivery, report: Report) -> str:
    numbered = report.error.isdecimal() and report.error.isascii()
    code = f"{delivery.channel}_{report.error}" if numbered else report.status.replace("-", "_")
    return code[:40]


def _tell_the_timeline(
    kind: str, delivery: Delivery, at: datetime, data: dict[str, object]
) -> None:
    referral = delivery.obligation.referral
    outbox.record(kind, referral=referral, by=ENGINE, at=at, data=delivery.in_words | data)
