"""Ends the ringing: cancels what need not be sent any more, and tells everyone what came of it."""

from datetime import datetime

from coordination.escalation import EMAIL, Recipient
from coordination.models import ContactPoint, Delivery, Obligation
from coordination.services import people
from referrals import clock
from referrals.models import Event, Referral

_SENDERS = (Recipient.RESPONSIBLE, Recipient.COORDINATOR, Recipient.FRONT_DESK)
_NOTICE_PRIORITY = 2


def cancel_open_deliveries(obligation: Obligation) -> None:
    """Withdraw what was not sent yet; a message already on the wire may still arrive."""
    obligation.deliveries.open().update(state=Delivery.State.CANCELLED, lease_token=None)


def tell_taken(event: Event) -> None:
    """Tell everyone who was told, and the sender, that a practice has accepted."""
    _tell(event, "taken")


def tell_safe(event: Event) -> None:
    """Tell everyone who was told that the urgent case is safe."""
    _tell(event, "safe")


def close_elective(event: Event) -> None:
    """Stop ringing for a referral that was declined, and cancel what is not sent."""
    referral = Referral.objects.locked().get(pk=event.referral_id)
    running = referral.obligations.running().filter(alert__isnull=True)
    for obligation in running.select_for_update(no_key=True):
        obligation.state, obligation.next_due_at = Obligation.State.CLOSED, None
        obligation.outcome = {"closed": event.kind}
        obligation.save(update_fields=["state", "next_due_at", "outcome"])
        cancel_open_deliveries(obligation)


def _tell(event: Event, message: str) -> None:
    referral = Referral.objects.locked().get(pk=event.referral_id)
    obligation = referral.obligations.order_by("-id").first()
    if obligation is None:
        return
    at = clock.now()
    # The count of such events numbers the notices, so a repeated reaction writes none twice.
    occasion = Event.objects.filter(referral=referral, kind=event.kind, pk__lt=event.pk).count()
    Delivery.objects.bulk_create(
        (
            Delivery(
                obligation=obligation,
                contact_point=point,
                channel=point.channel,
                message=message,
                round=occasion,
                rung=0,
                priority=_NOTICE_PRIORITY,
                created_at=at,
                due_at=at,
            )
            for point in _everyone_concerned(referral, at)
        ),
        ignore_conflicts=True,
    )


def _everyone_concerned(referral: Referral, at: datetime) -> set[ContactPoint]:
    reached = (Delivery.State.SENT, Delivery.State.LEASED)
    told = ContactPoint.objects.filter(
        deliveries__obligation__referral=referral, deliveries__state__in=reached
    )
    senders = people.reach(
        _SENDERS, (EMAIL,), referral=referral, practice_id=referral.sender_id, at=at
    )
    return {*told, *senders}
