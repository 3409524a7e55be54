"""Keeps the clock of the next step: whoever has the move of a referral that presses not owes it."""

from datetime import datetime, timedelta

from django.conf import settings

from coordination.models import Obligation
from coordination.reminders import REMINDERS, ladder_of
from coordination.services.ladder import fire_alone
from coordination.services.outcome import cancel_open_deliveries, close_obligations
from coordination.services.owing import restart
from referrals import clock
from referrals.models import Event, Practice, Referral
from referrals.models.referral import OwnerSide

_WHY = "another step is next"


def keep_step(event: Event) -> None:
    """Let whoever has the next move owe it by its time. Doing it twice is doing it once."""
    keep(Referral.objects.locked().get(pk=event.referral_id), clock.now())


def keep(referral: Referral, at: datetime) -> None:
    """Let whoever has the next move owe it, and nobody anything else.

    While a case presses its alert says what is owed. What is owed already goes on as it is. The
    caller holds the lock on the referral.
    """
    if referral.is_pressing:
        return
    step = referral.next_action
    before = list(
        referral.obligations.filter(alert=None).select_for_update(no_key=True).order_by("id")
    )
    owed = _owed(referral, step, before, at) if step else None
    others = [one for one in before if one.state == Obligation.State.RUNNING and one is not owed]
    close_obligations(others, _WHY)
    if owed is not None and owed.next_due_at is not None and owed.next_due_at <= at:
        fire_alone(owed, referral, at)


def _owed(
    referral: Referral, step: str, before: list[Obligation], at: datetime
) -> Obligation | None:
    practice = _who_moves(referral)
    kind = REMINDERS[step].kind
    specialty = practice.specialty if practice else referral.sought_specialty
    kept = [one for one in before if (one.kind, one.specialty) == (kind, specialty)]
    owed = kept[0] if kept else Obligation(referral=referral, kind=kind, specialty=specialty)
    promise = {"step": step, "due": _due(referral, at).isoformat()}
    practice_id = practice.pk if practice else None
    if owed.pk and _is_kept(owed, promise, practice_id):
        return owed
    owed.practice_id = practice_id
    _start(owed, referral, promise, at)
    return owed


def _is_kept(owed: Obligation, promise: dict[str, str], practice_id: int | None) -> bool:
    runs = owed.state == Obligation.State.RUNNING
    return runs and owed.practice_id == practice_id and owed.ladder.get("promise") == promise


def _start(owed: Obligation, referral: Referral, promise: dict[str, str], at: datetime) -> None:
    ladder = ladder_of(promise["step"], at, _due(referral, at)).snapshot(
        compression=settings.LADDER_COMPRESSION
    )
    if owed.pk:
        cancel_open_deliveries(owed)
        restart(owed, at=at)
    owed.opened_at = at
    owed.ladder = ladder | {"promise": promise}
    owed.outcome = {}
    owed.due_at = at + timedelta(seconds=ladder["limit"])
    owed.next_due_at = at + timedelta(seconds=ladder["steps"][0]["after"])
    owed.save()


def _due(referral: Referral, at: datetime) -> datetime:
    # What is next has a time by a constraint; the type does not know it.
    return referral.due_at or at


def _who_moves(referral: Referral) -> Practice | None:
    if referral.owner_side == OwnerSide.SENDER:
        return referral.sender
    if referral.receiver:
        return referral.receiver
    sought = referral.asks.filter(answer="", practice__specialty=referral.sought_specialty)
    latest = sought.select_related("practice").order_by("-id").first()
    return latest.practice if latest else None
