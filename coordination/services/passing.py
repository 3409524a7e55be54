"""What follows when a practice cannot take an urgent case: the next is asked and told at once."""

from datetime import datetime

from coordination.escalation import Kind, Route
from coordination.models import Obligation
from coordination.services.ladder import fire_alone
from coordination.services.outcome import cancel_open_deliveries
from coordination.services.owing import restart
from coordination.services.route import ask_next, needs_nobody
from referrals import clock
from referrals import services as referrals
from referrals.models import Ask, Event, Referral


def ask_the_next(event: Event) -> None:
    """Ask the next practice and ring its people; with none left the coordinators are rung."""
    referral = Referral.objects.locked().get(pk=event.referral_id)
    needs_none = needs_nobody(referral) or referral.route == Route.CALL_911
    if not referral.standing.is_undecided or needs_none:
        return
    at = clock.now()
    practice_id = _asked_since(event) or ask_next(referral, at) or _still_asked(referral)
    if practice_id is None:
        referrals.nobody_available(referral)
    owed = referral.obligations.exclude(state=Obligation.State.CLOSED).filter(
        alert__isnull=False,
        alert__closed_at__isnull=True,
        specialty=referral.sought_specialty,
    )
    for obligation in owed.select_for_update(no_key=True, of=("self",)):
        if obligation.practice_id != practice_id or _withdrawn(obligation, referral):
            _hand_to(obligation, practice_id, referral, at)


def _withdrawn(obligation: Obligation, referral: Referral) -> bool:
    # Another practice than the one rung may have acknowledged, and then passed.
    answered = obligation.state == Obligation.State.ANSWERED
    is_seen = referral.acknowledged_at(obligation.specialty)
    return answered and obligation.kind == Kind.ACKNOWLEDGE and is_seen is None


def _asked_since(event: Event) -> int | None:
    # Present only when this reaction has run before.
    since = Ask.objects.filter(referral=event.referral_id, answer="", asked_at__gte=event.at)
    sought = since.filter(practice__specialty=event.referral.sought_specialty)
    return sought.order_by("-id").values_list("practice_id", flat=True).first()


def _still_asked(referral: Referral) -> int | None:
    waiting = referral.asks.filter(answer="", practice__specialty=referral.sought_specialty)
    return waiting.order_by("id").values_list("practice_id", flat=True).first()


def _hand_to(
    obligation: Obligation, practice_id: int | None, referral: Referral, at: datetime
) -> None:
    cancel_open_deliveries(obligation)
    obligation.practice_id = practice_id
    if obligation.kind == Kind.ACKNOWLEDGE:
        # Whoever passed may have acknowledged before; the next practice has not.
        restart(obligation, at=at)
    obligation.save()
    if obligation.kind == Kind.ACKNOWLEDGE:
        fire_alone(obligation, referral, at)
