"""Asks a practice to take a referral, and says why that one. Nobody available is never silence."""

from datetime import datetime

from django.db.models import Count, Q

from coordination.routing import Candidate, NobodyAvailable, choose
from coordination.services import people
from referrals import clock, outbox
from referrals import services as referrals
from referrals.clinical import Tier
from referrals.models import Event, Practice, Referral
from referrals.walls import ENGINE
from referrals.workflow import UNDECIDED, Status

_NOBODY = "referral.nobody_available"
_TURNS = ("referral.submitted", "referral.passed", "referral.reassessed")


def route(event: Event) -> None:
    """Ask a practice, unless the referral is decided or one that was asked has not answered."""
    referral = Referral.objects.locked().get(pk=event.referral_id)
    waiting = referral.asks.filter(answer="", practice__specialty=referral.sought_specialty)
    if referral.status not in UNDECIDED or waiting.exists():
        return
    at = clock.now()
    if ask_next(referral, at) is None:
        referrals.nobody_available(referral)


def ask_next(referral: Referral, at: datetime) -> int | None:
    """Ask the best practice that was not asked yet; return its id, or ``None`` if there is none.

    The caller holds the lock on the referral.
    """
    sender = Practice.objects.get(pk=referral.sender_id)
    try:
        choice = choose(_candidates(referral, at), tier=Tier(referral.tier), region=sender.region)
    except NobodyAvailable as nobody:
        _say_nobody(referral, str(nobody), at)
        return None
    referrals.ask(referral, choice.practice_id, reason=choice.reason, by=ENGINE, at=at)
    return choice.practice_id


def _say_nobody(referral: Referral, reason: str, at: datetime) -> None:
    # Once is enough until something changes; the ladder asks again at every last rung.
    turns = referral.events.filter(kind__in=(_NOBODY, *_TURNS)).order_by("-id")
    if turns.values_list("kind", flat=True).first() != _NOBODY:
        outbox.record(_NOBODY, referral=referral, by=ENGINE, at=at, data={"reason": reason})


def _candidates(referral: Referral, at: datetime) -> list[Candidate]:
    undecided = Q(asks__answer="", asks__referral__status__in=(Status.SENT, Status.RECEIVED))
    practices = (
        Practice.objects.filter(specialty=referral.sought_specialty, is_active=True)
        .exclude(pk__in=referral.asks.values("practice"))
        .exclude(pk=referral.sender_id)
        .annotate(open_cases=Count("asks", filter=undecided))
    )
    return [
        Candidate(
            practice_id=practice.pk,
            name=practice.name,
            region=practice.region,
            capabilities=frozenset(practice.capabilities),
            on_call=people.on_call_name(practice, at),
            open_cases=practice.open_cases,
        )
        for practice in practices
    ]
