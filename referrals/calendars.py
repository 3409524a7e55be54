"""Working hours, nights and mornings where a practice is. Pure: instants in, instants out, in UTC.

A local time that does not exist (spring) is moved forward; one that exists twice (autumn) means
the first.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

MORNING = time(7)
NIGHT = time(21)

Week = Mapping[str, Sequence[Sequence[str]]]


class NoWorkingHours(Exception):
    """The working week has no hours, so working time can never pass."""


def instant(day: date, at: time, zone: ZoneInfo) -> datetime:
    """Return the instant of a local day and time, in UTC."""
    return datetime.combine(day, at, zone).astimezone(UTC)


def is_night(at: datetime, zone: ZoneInfo) -> bool:
    """Say whether the local time is in the night, 21:00 to 07:00."""
    local = at.astimezone(zone).time()
    return local >= NIGHT or local < MORNING


def next_morning(at: datetime, zone: ZoneInfo) -> datetime:
    """Return the first 07:00 local after ``at``, in UTC."""
    local = at.astimezone(zone)
    day = local.date() if local.time() < MORNING else local.date() + timedelta(days=1)
    return instant(day, MORNING, zone)


def add_working_hours(start: datetime, hours: float, week: Week, zone: ZoneInfo) -> datetime:
    """Return the instant at which so many working hours have passed since ``start``, in UTC.

    :param week: ISO weekday "1".."7" to local ``[opens, closes]`` pairs, "HH:MM".
    :raises NoWorkingHours: if the week has no session that lasts.
    """
    if not _has_hours(week):
        raise NoWorkingHours("This practice has no working hours; give it some.")
    left = timedelta(hours=hours)
    for opens, closes in _sessions(start, week, zone):
        begin = max(opens, start)
        if begin + left <= closes:
            return begin + left
        left -= max(closes - begin, timedelta())
    raise AssertionError("working sessions never end")  # pragma: no cover


def _has_hours(week: Week) -> bool:
    days = (week.get(str(day), ()) for day in range(1, 8))
    return any(opens < closes for sessions in days for opens, closes in sessions)


def _sessions(start: datetime, week: Week, zone: ZoneInfo) -> Iterator[tuple[datetime, datetime]]:
    day = start.astimezone(zone).date()
    while True:
        for opens, closes in week.get(str(day.isoweekday()), ()):
            begin = instant(day, time.fromisoformat(opens), zone)
            end = instant(day, time.fromisoformat(closes), zone)
            if end > start:
                yield begin, end
        day += timedelta(days=1)
