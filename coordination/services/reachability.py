"""Says who of those on call could not be reached, and which facts grow old. It only reads."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import QuerySet

from coordination.escalation import CHANNEL_WORDS
from coordination.models import ContactPoint, OnCallShift, StaffMessage
from coordination.services.coverage import LOOK_AHEAD
from referrals.models import EmergencyDirectory, Practice, Practitioner

RED, AMBER = "red", "amber"
# So long does a proof hold that an address works, or that an emergency department was looked up.
STALE_AFTER = timedelta(days=90)
_WAYS_WANTED = 2


@dataclass(frozen=True)
class Finding:
    """One thing to mend: how bad, at which practice, about whom (empty: the practice), in words."""

    colour: str
    practice: Practice
    about: str
    words: str


def findings(practices: QuerySet[Practice], at: datetime) -> Iterator[Finding]:
    """List what is to mend, for those on call from ``at`` on and for their practices."""
    for practice in practices:
        people = _on_call(practice, at)
        points = ContactPoint.objects.filter(practitioner__in=people, is_active=True)
        silent = set(_silent(points, at))
        for person in people:
            own = [point for point in points if point.practitioner_id == person.pk]
            for colour, words in _of_person(person, own, at):
                yield Finding(colour, practice, str(person), words)
            for channel in sorted(point.channel for point in own if point.pk in silent):
                words = (
                    f"did not answer the test by {in_words(channel)}: ask whether it reached them"
                )
                yield Finding(AMBER, practice, str(person), words)
        for words in _of_directory(practice, at):
            yield Finding(AMBER, practice, "", words)


def in_words(channel: str) -> str:
    """Name a channel for people."""
    return CHANNEL_WORDS.get(channel, channel)


def _silent(points: QuerySet[ContactPoint], at: datetime) -> Iterator[UUID]:
    unanswered = StaffMessage.objects.unanswered(at).filter(contact_point__in=points)
    yield from unanswered.values_list("contact_point", flat=True)


def _on_call(practice: Practice, at: datetime) -> list[Practitioner]:
    shifts = OnCallShift.objects.filter(practice=practice).between(at, at + LOOK_AHEAD)
    people = Practitioner.objects.filter(pk__in=shifts.values("practitioner"))
    return list(people.order_by("name"))


def _of_person(
    person: Practitioner, points: Iterable[ContactPoint], at: datetime
) -> Iterator[tuple[str, str]]:
    if not person.is_active:
        yield RED, "is on call and does not work here any more: put somebody else on call"
        return
    ways = sorted({point.channel for point in points if point.verified_at})
    if not ways:
        yield RED, "cannot be reached: no way to reach them was ever proved to work"
    elif len(ways) < _WAYS_WANTED:
        yield RED, f"is reached by {in_words(ways[0])} alone: add a second way of another kind"
    for point in sorted(points, key=lambda point: point.channel):
        yield from _of_point(point, at)


def _of_point(point: ContactPoint, at: datetime) -> Iterator[tuple[str, str]]:
    way = in_words(point.channel)
    if point.failing_since:
        yield RED, f"{way} fails since {point.failing_since:%Y-%m-%d}: mend or retire it"
    if point.verified_at is None:
        yield AMBER, f"{way} was never proved to work: nothing is sent there"
    elif at - point.verified_at > STALE_AFTER:
        yield AMBER, f"{way} was last proved to work on {point.verified_at:%Y-%m-%d}"


def _of_directory(practice: Practice, at: datetime) -> Iterator[str]:
    entry = EmergencyDirectory.objects.filter(practice=practice).first()
    if entry is None:
        yield "has no emergency department on record: nobody is told where to send a patient"
    elif at.astimezone(practice.zone).date() - entry.reviewed_at > STALE_AFTER:
        yield f"its emergency department was last reviewed on {entry.reviewed_at}: review it"
