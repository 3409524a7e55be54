"""Ends the ringing: cancels what need not be sent any more, and tells everyone what came of it."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db.models import F, QuerySet

from coordination.escalation import CALLED, EMAIL, QUIET, SMS, WRITTEN, Kind, Recipient
from coordination.messages import NOTICES, OF_EVENTS
from coordination.models import ContactPoint, Delivery, Obligation, PastDelivery
from coordination.reminders import ladder_of
from coordination.services import call_list, people
from referrals import clock, outbox
from referrals.models import Ask, Event, Practice, Referral
from referrals.models.practice import Specialty
from referrals.walls import ENGINE

_SENDERS = (Recipient.RESPONSIBLE, Recipient.COORDINATOR, Recipient.FRONT_DESK)
_OFFICE = (Recipient.FRONT_DESK, Recipient.COORDINATOR)
_SURGEONS = (Recipient.ON_CALL, Recipient.FRONT_DESK)
_FOR_ALL_WHO_WERE_ASKED = (
    "cancellation_requested", "cancellation_withdrawn", "cancelled", "redirected",
    "entered_in_error",
)  # fmt: skip
_NOTICE_PRIORITY = 2
_NOBODY_TOLD = "notice.reached_nobody"


def cancel_open_deliveries(obligation: Obligation) -> None:
    """Withdraw the calls that were not sent yet; one already on the wire may still arrive.

    A call that a person has to make leaves the call list. Notices stay: who was called learns what
    came of it.
    """
    call_list.withdraw(obligation, clock.now())
    calls = obligation.deliveries.open().exclude(message__in=NOTICES)
    calls.update(state=Delivery.State.CANCELLED, lease_token=None)


def close_obligations(obligations: Iterable[Obligation], why: str) -> None:
    """End what is not owed any more: nobody is rung on for it."""
    for obligation in obligations:
        obligation.state, obligation.next_due_at = Obligation.State.CLOSED, None
        obligation.outcome = {"closed": why}
        obligation.save(update_fields=["state", "next_due_at", "outcome"])
        cancel_open_deliveries(obligation)


def tell_taken(event: Event) -> None:
    """Tell everyone who was told, and the sender, that a practice has accepted."""
    _tell(event, "taken")


def tell_given_back(event: Event) -> None:
    """Tell everyone who was told that whoever had accepted cannot take the patient after all."""
    if event.data.get("had_accepted"):
        _tell(event, "given_back")


def tell_declined(event: Event) -> None:
    """Tell everyone who was told, and the sender, that the referral was declined."""
    _tell(event, "declined")


def tell_ed_took_over(event: Event) -> None:
    """Tell everyone who was told that an emergency department has the patient."""
    _tell(event, "ed_took_over")


def tell_safe(event: Event) -> None:
    """Tell everyone who was told that the urgent case is safe."""
    _tell(event, "safe")


def tell_lowered(event: Event) -> None:
    """Tell everyone who was told, and the sender, that the urgency was lowered."""
    _tell(event, "lowered")


def tell_the_other_side(event: Event) -> None:
    """Tell those who did not do it, in writing, what was done."""
    referral = Referral.objects.locked().get(pk=event.referral_id)
    at, message, occasion = clock.now(), OF_EVENTS[event.kind], _occasion(event)
    for practice_id in sorted(_others(event, referral)):
        points = _in_writing(referral, practice_id, at)
        if not points:
            _say_nobody_told(referral, practice_id, (message, occasion), at)
        _write(_latest(referral, at), message, occasion, points, at)


def _in_writing(referral: Referral, practice_id: int, at: datetime) -> list[ContactPoint]:
    # A text message only where nothing quieter reaches anybody: nobody has to hurry.
    for channels in (QUIET, (SMS,)):
        points = people.reach(_SENDERS, channels, referral=referral, practice_id=practice_id, at=at)
        if points:
            return list(points)
    return []


def _say_nobody_told(
    referral: Referral, practice_id: int, notice: tuple[str, int], at: datetime
) -> None:
    (message, occasion), practice = notice, Practice.objects.get(pk=practice_id)
    said = {"message": message, "nth": occasion + 1, "practice": practice.name}
    # A repeated reaction says it once.
    if not referral.events.filter(kind=_NOBODY_TOLD, data=said).exists():
        outbox.record(_NOBODY_TOLD, referral=referral, by=ENGINE, at=at, data=said)


def _others(event: Event, referral: Referral) -> set[int]:
    # Who was asked together with another has to know when there is nothing left to take.
    others = {referral.sender_id}
    if OF_EVENTS[event.kind] in _FOR_ALL_WHO_WERE_ASKED:
        others |= _receiver(referral) | _still_asked(referral)
    elif event.actor_practice_id == referral.sender_id:
        others = _receiver(referral) or _still_asked(referral)
    return others - {event.actor_practice_id}


def _receiver(referral: Referral) -> set[int]:
    return {referral.receiver_id} if referral.receiver_id else set()


def _still_asked(referral: Referral) -> set[int]:
    # When somebody accepted, the others were told that it is taken.
    if referral.asks.filter(answer=Ask.Answer.ACCEPTED).exists():
        return set()
    return set(referral.asks.filter(answer="").values_list("practice_id", flat=True))


def tell_switched_off(obligation: Obligation, point: ContactPoint, at: datetime) -> None:
    """Tell a practice, by e-mail, that its own system takes no webhooks any more."""
    referral, practice_id = obligation.referral, point.practice_id
    for roles in (_OFFICE, _SURGEONS, (Recipient.GROUP,)):
        points = people.reach(roles, (EMAIL,), referral=referral, practice_id=practice_id, at=at)
        if points:
            _write(obligation, "webhook_off", 0, points, at)
            return


def inform_the_surgeon(referral: Referral, at: datetime) -> None:
    """Let the spine side know, by e-mail, of a case that is not its own; nobody is rung."""
    spine = referral.practice_id_of(Specialty.SPINE) or _asked(referral, Specialty.SPINE)
    if spine is None:
        return
    points = people.reach(_SURGEONS, (EMAIL,), referral=referral, practice_id=spine, at=at)
    _write(_latest(referral, at), "surgeon_informed", 0, points, at)


def _asked(referral: Referral, specialty: str) -> int | None:
    asks = referral.asks.filter(answer="", practice__specialty=specialty).order_by("-id")
    return asks.values_list("practice_id", flat=True).first()


def _tell(event: Event, message: str) -> None:
    referral = Referral.objects.locked().get(pk=event.referral_id)
    at, occasion = clock.now(), _occasion(event)
    points = _everyone_concerned(referral, at)
    if not any(point.practice_id == referral.sender_id for point in points):
        _say_nobody_told(referral, referral.sender_id, (message, occasion), at)
    _write(_latest(referral, at), message, occasion, points, at)


def _latest(referral: Referral, at: datetime) -> Obligation:
    # Notices hang on an obligation, of an urgent case on one of its alert. Who answered before
    # anybody was rung has one that is over.
    latest = referral.obligations.order_by(F("alert").desc(nulls_last=True), "-id").first()
    return latest or _already_answered(referral, at)


def _already_answered(referral: Referral, at: datetime) -> Obligation:
    ladder = ladder_of("acknowledge", at, referral.due_at or at)
    return Obligation.objects.create(
        referral=referral,
        practice_id=referral.receiver_id,
        kind=Kind.ACKNOWLEDGE,
        specialty=referral.sought_specialty,
        ladder=ladder.snapshot(compression=settings.LADDER_COMPRESSION),
        state=Obligation.State.CLOSED,
        opened_at=at,
        due_at=referral.due_at or at,
        outcome={"closed": "answered before anybody was rung"},
    )


def _occasion(event: Event) -> int:
    # The count of such events numbers the notices, so a repeated reaction writes none twice.
    same = Event.objects.filter(referral=event.referral_id, kind=event.kind)
    return same.filter(pk__lt=event.pk).count()


def _write(
    obligation: Obligation,
    message: str,
    occasion: int,
    points: Iterable[ContactPoint],
    at: datetime,
) -> None:
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
            for point in points
        ),
        ignore_conflicts=True,
    )


def _everyone_concerned(referral: Referral, at: datetime) -> set[ContactPoint]:
    # Whatever was tried may have arrived, also if it was withdrawn while on the wire.
    tried = Delivery.objects.filter(obligation__referral=referral, attempts__gte=1).exclude(
        state=Delivery.State.DEAD
    )
    # Nobody has to make a call only to say that none is needed.
    # A case that begins anew may have told people long ago.
    long_ago = PastDelivery.objects.filter(obligation__referral=referral, attempts__gte=1).exclude(
        state=Delivery.State.DEAD
    )
    reached = {*_points_of(tried), *_points_of(long_ago)}
    told = ContactPoint.objects.usable().filter(pk__in=reached).exclude(channel__in=CALLED)
    senders = _in_writing(referral, referral.sender_id, at)
    return {*_in_writing_if_they_can(list(told)), *senders}


def _points_of(messages: QuerySet[Delivery] | QuerySet[PastDelivery]) -> Iterable[UUID]:
    return messages.values_list("contact_point", flat=True).distinct()


def _in_writing_if_they_can(told: list[ContactPoint]) -> list[ContactPoint]:
    # Nobody is called up at night to hear that nothing is left to do, if a text can say so.
    written = {(p.practice_id, p.practitioner_id) for p in told if p.channel in WRITTEN}
    return [
        point
        for point in told
        if point.channel in WRITTEN or (point.practice_id, point.practitioner_id) not in written
    ]
