"""Asks a practice to take a referral, and says why that one. Nobody available is never silence."""

from datetime import datetime

from django.db import connection
from django.db.models import QuerySet

from coordination.routing import COUNTED_TO, Candidate, NobodyAvailable, choose
from coordination.services import people
from referrals import clock, outbox
from referrals import services as referrals
from referrals.clinical import Tier
from referrals.models import Ask, Event, Practice, Referral
from referrals.models.practice import Specialty
from referrals.walls import ENGINE
from referrals.workflow import UNDECIDED

_NOBODY = "referral.nobody_available"
_TURNS = (
    "referral.submitted",
    "referral.passed",
    "referral.reassessed",
    "referral.urgency_raised",
    "referral.reopened",
)


def route(event: Event) -> None:
    """Ask a practice, unless the referral is decided or one that was asked has not answered.

    While an emergency department has the patient nobody is asked who has no part left.
    """
    referral = Referral.objects.locked().get(pk=event.referral_id)
    waiting = referral.asks.filter(answer="", practice__specialty=referral.sought_specialty)
    if not referral.standing.is_undecided or needs_nobody(referral) or waiting.exists():
        return
    at = clock.now()
    if ask_next(referral, at) is None:
        referrals.nobody_available(referral)


def needs_nobody(referral: Referral) -> bool:
    """Say whether an emergency department has the patient, and the side sought no part left.

    The pain side has: it reaches the patient.
    """
    is_done = referral.sought_specialty == Specialty.SPINE or referral.safe_at is not None
    return referral.handed_over_at is not None and is_done


def ask_next(referral: Referral, at: datetime) -> int | None:
    """Ask the best practice that was not asked yet; return its id, or ``None`` if there is none.

    The caller holds the lock on the referral.
    """
    try:
        choice = choose(
            _candidates(referral, at), tier=Tier(referral.tier), region=referral.sender.region
        )
    except NobodyAvailable as nobody:
        _say_nobody(referral, str(nobody), at)
        return None
    referrals.ask(referral, choice.practice_id, reason=choice.reason, by=ENGINE, at=at)
    return choice.practice_id


def would_ask(referral: Referral, at: datetime) -> list[Practice]:
    """Return the practices that would be asked one after the other, at that instant."""
    left, found = _candidates(referral, at), []
    while left:
        try:
            choice = choose(left, tier=Tier(referral.tier), region=referral.sender.region)
        except NobodyAvailable:
            break
        found.append(choice.practice_id)
        left = [one for one in left if one.practice_id != choice.practice_id]
    named = Practice.objects.in_bulk(found)
    return [named[pk] for pk in found]


def _say_nobody(referral: Referral, reason: str, at: datetime) -> None:
    # Once is enough until something changes; the ladder asks again at every last rung.
    turns = referral.events.filter(kind__in=(_NOBODY, *_TURNS)).order_by("-id")
    if turns.values_list("kind", flat=True).first() != _NOBODY:
        outbox.record(_NOBODY, referral=referral, by=ENGINE, at=at, data={"reason": reason})


def _candidates(referral: Referral, at: datetime) -> list[Candidate]:
    practices = list(
        Practice.objects.beside(referral.sender_id)
        .filter(specialty=referral.sought_specialty)
        .exclude(pk__in=_asked_before(referral).values("practice"))
        .exclude(pk=referral.sender_id)
    )
    ids = [practice.pk for practice in practices]
    on_call, open_cases = people.names_on_call(ids, at), _open_cases(ids)
    return [
        Candidate(
            practice_id=practice.pk,
            name=practice.name,
            region=practice.region,
            capabilities=frozenset(practice.capabilities),
            on_call=on_call.get(practice.pk),
            open_cases=open_cases[practice.pk],
        )
        for practice in practices
    ]


def _asked_before(referral: Referral) -> QuerySet[Ask]:
    # Nobody is asked again who had this patient before they were sent on, however often.
    same_patient, earlier = [referral.pk], referral.redirected_from_id
    while earlier:
        same_patient.append(earlier)
        sent_on = Referral.objects.values_list("redirected_from", flat=True)
        earlier = sent_on.get(pk=earlier)
    return Ask.objects.filter(referral__in=same_patient)


def _open_cases(practices: list[int]) -> dict[int, int]:
    # By hand for its limit: to count a hundred thousand cases took a third of a second.
    undecided = [status.value for status in UNDECIDED]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT practice, (SELECT count(*) FROM (SELECT FROM referrals_ask a"
            " JOIN referrals_referral r ON r.id = a.referral_id"
            " WHERE a.practice_id = practice AND a.answer = ''"
            " AND (r.status = ANY(%s) OR r.resumes_as = ANY(%s))"
            " LIMIT %s) undecided) FROM unnest(%s::bigint[]) practice",
            [undecided, undecided, COUNTED_TO, practices],
        )
        return dict(cursor.fetchall())
