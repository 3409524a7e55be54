"""The calendar of being on call: the turns of a rotation, and what nobody covers. Pure.

Instants in and out are UTC. Turns are handed over at a local time: one that does not exist
(spring) is moved forward, one that exists twice (autumn) means the first.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import count
from zoneinfo import ZoneInfo

from referrals import calendars

Period = tuple[datetime, datetime]


@dataclass(frozen=True)
class Pattern:
    """How a rotation of ``members`` people hands over: every so many ``days``, at a local time.

    A rotation of weeks hands over on ``weekday`` (ISO, 1 is Monday); if it starts on another day,
    its first turn is the shorter. ``weekday`` is ``None`` if its length is counted in days.
    """

    members: int
    starts_on: date
    hand_over_at: time
    zone: ZoneInfo
    days: int
    weekday: int | None = None

    @property
    def starts(self) -> datetime:
        """The instant at which the first turn begins."""
        return calendars.instant(self.starts_on, self.hand_over_at, self.zone)


@dataclass(frozen=True)
class Turn:
    """One turn: the place of its member in the rotation (0, 1, …), from, and to (exclusive)."""

    member: int
    begins: datetime
    ends: datetime


def turns(pattern: Pattern, begin: datetime, end: datetime) -> Iterator[Turn]:
    """List the whole turns that overlap ``begin`` to ``end``, in order."""
    first = _first_hand_over(pattern)
    passed = (begin.astimezone(pattern.zone).date() - first).days // pattern.days
    for place in count(max(0, passed - 1)):
        begins = max(_hand_over(pattern, first, place), pattern.starts)
        ends = _hand_over(pattern, first, place + 1)
        if begins >= end:
            return
        # A zone that skips a day over the date line has a turn without time.
        if ends > max(begins, begin):
            yield Turn(place % pattern.members, begins, ends)


def free(taken: Iterable[Period], begin: datetime, end: datetime) -> list[Period]:
    """List what of ``begin`` to ``end`` none of these periods covers, in order."""
    found, at = [], begin
    for starts, ends in sorted(taken):
        if at >= end:
            break
        if starts > at:
            found.append((at, min(starts, end)))
        at = max(at, ends)
    return [*found, (at, end)] if at < end else found


def _first_hand_over(pattern: Pattern) -> date:
    if pattern.weekday is None:
        return pattern.starts_on
    return pattern.starts_on - timedelta(
        days=(pattern.starts_on.isoweekday() - pattern.weekday) % 7
    )


def _hand_over(pattern: Pattern, first: date, place: int) -> datetime:
    day = first + timedelta(days=place * pattern.days)
    return calendars.instant(day, pattern.hand_over_at, pattern.zone)
