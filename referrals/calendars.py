"""Working hours, nights and mornings where a practice is. Pure: instants in, instants out, in UTC.

A local time that does not exist (spring) is moved forward; one that exists twice (autumn) means
the first.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import dropwhile, islice
from zoneinfo import ZoneInfo

MORNING = time(7)
NIGHT = time(21)

Week = Mapping[str, Sequence[Sequence[str]]]


class NoWorkingHours(Exception):
    """The working week has no hours, so working time can never pass."""


def instant(day: date, at: time, zone: ZoneInfo) -> datetime:
    """Return the instant of a local day and time, in UTC."""
    return datetime.combine(day, at, zone).astimezone(UTC)


@dataclass(frozen=True)
class Calendar:
    """When a practice works.

    :param week: ISO weekday "1".."7" to local ``[opens, closes]`` pairs, "HH:MM".
    :param holidays: the local days on which it is closed whatever the week says.
    """

    zone: ZoneInfo
    week: Week
    holidays: frozenset[date] = frozenset()


def is_night(at: datetime, zone: ZoneInfo) -> bool:
    """Say whether the local time is in the night, 21:00 to 07:00."""
    local = at.astimezone(zone).time()
    return local >= NIGHT or local < MORNING


def next_morning(at: datetime, zone: ZoneInfo) -> datetime:
    """Return the first 07:00 local after ``at``, in UTC."""
    local = at.astimezone(zone)
    day = local.date() if local.time() < MORNING else local.date() + timedelta(days=1)
    return instant(day, MORNING, zone)


def add_working_hours(start: datetime, hours: float, calendar: Calendar) -> datetime:
    """Return the instant at which so many working hours have passed since ``start``, in UTC.

    :raises NoWorkingHours: if the week has no session that lasts.
    """
    left = timedelta(hours=hours)
    for opens, closes in _sessions(start, calendar):
        begin = max(opens, start)
        if begin + left <= closes:
            return begin + left
        left -= max(closes - begin, timedelta())
    raise AssertionError("working sessions never end")  # pragma: no cover


def add_working_days(start: datetime, days: int, calendar: Calendar) -> datetime:
    """Return when the practice closes on the ``days``-th working day after that of ``start``.

    What comes after closing time, or on a day off, comes with the next working day.

    :raises NoWorkingHours: if the week has no session that lasts.
    """
    closings = _closings(start, calendar)
    return next(islice(dropwhile(lambda closes: closes <= start, closings), days, None))


def _closings(start: datetime, calendar: Calendar) -> Iterator[datetime]:
    day, last = None, start
    for opens, closes in _sessions(start, calendar):
        local = opens.astimezone(calendar.zone).date()
        if day not in (None, local):
            yield last
        day, last = local, closes


def _sessions(start: datetime, calendar: Calendar) -> Iterator[tuple[datetime, datetime]]:
    week, zone = calendar.week, calendar.zone
    if not _has_hours(week):
        raise NoWorkingHours("This practice has no working hours; give it some.")
    day = start.astimezone(zone).date()
    while True:
        for opens, closes in (
            () if day in calendar.holidays else week.get(str(day.isoweekday()), ())
        ):
            begin = instant(day, time.fromisoformat(opens), zone)
            end = instant(day, time.fromisoformat(closes), zone)
            if end > start:
                yield begin, end
        day += timedelta(days=1)


def _has_hours(week: Week) -> bool:
    days = (week.get(str(day), ()) for day in range(1, 8))
    return any(opens < closes for sessions in days for opens, closes in sessions)
