"""The calendar of rotations against an oracle that looks at every minute, in five zones."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coordination.rota import Pattern, free, turns

ZONES = ("America/Chicago", "Australia/Lord_Howe", "Asia/Kolkata", "Pacific/Chatham", "UTC")
# Both changes of the clock of each zone that has them, a leap day, the end of a year.
DAYS = (
    date(2026, 3, 8), date(2026, 11, 1), date(2026, 4, 5), date(2026, 10, 4), date(2026, 9, 27),
    date(2028, 2, 29), date(2026, 12, 31), date(2027, 1, 1),
)  # fmt: skip
MINUTE = timedelta(minutes=1)


def by_the_minute(day, at, zone):
    """The first minute that the clock on the wall shows this; else as long after the gap."""
    wanted = datetime.combine(day, at)
    here = datetime.combine(day, at, UTC) - timedelta(hours=15)
    before = here
    while here < datetime.combine(day, at, UTC) + timedelta(hours=15):
        shown = here.astimezone(zone).replace(tzinfo=None)
        if shown == wanted:
            return here
        if shown < wanted:
            before = here
        here += MINUTE
    return before + (wanted - before.astimezone(zone).replace(tzinfo=None))


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("day", DAYS, ids=str)
@pytest.mark.parametrize("at", [time(0, 30), time(1, 45), time(2, 30), time(8)], ids=str)
def test_each_hand_over_is_the_minute_that_the_clock_on_the_wall_shows(zone, day, at):
    pattern = Pattern(3, day - timedelta(days=1), at, ZoneInfo(zone), days=1)
    noon = datetime.combine(day, time(12), pattern.zone).astimezone(UTC)
    found = list(turns(pattern, noon - timedelta(days=1), noon + timedelta(days=1)))
    expected = [by_the_minute(day + timedelta(days=n), at, pattern.zone) for n in (-1, 0, 1, 2)]
    begins = [turn.begins for turn in found]
    assert begins == [one for one in expected if one in begins]
    assert expected[1] in begins
    for turn in found:
        assert turn.ends == expected[expected.index(turn.begins) + 1]


patterns = st.builds(
    lambda members, start, at, zone, unit: Pattern(members, start, at, ZoneInfo(zone), *unit),
    st.integers(1, 6),
    st.dates(date(2025, 1, 1), date(2029, 1, 1)),
    st.times().map(lambda at: at.replace(second=0, microsecond=0)),
    st.sampled_from(ZONES),
    st.one_of(
        st.tuples(st.integers(1, 28), st.none()),
        st.tuples(st.sampled_from((7, 14, 21, 28)), st.integers(1, 7)),
    ),
)


@given(patterns, st.integers(0, 900), st.integers(1, 60))
def test_turns_follow_each_other_without_gap_and_each_member_in_order(pattern, after, days):
    begin = pattern.starts + timedelta(days=after)
    end = begin + timedelta(days=days)
    found = list(turns(pattern, begin, end))
    assert found[0].begins <= begin < found[0].ends
    assert found[-1].begins < end <= found[-1].ends
    for one, following in pairwise(found):
        assert one.ends == following.begins
        assert following.member == (one.member + 1) % pattern.members
    for turn in found:
        # A clock moves by an hour at most; a first turn may be shorter.
        assert turn.ends - turn.begins <= timedelta(days=pattern.days, hours=1)


@given(patterns, st.integers(0, 400))
def test_a_turn_is_the_same_from_wherever_it_is_asked(pattern, after):
    begin = pattern.starts + timedelta(days=after)
    (whole,) = [turn for turn in turns(pattern, begin, begin + MINUTE)]
    from_the_start = turns(pattern, pattern.starts, begin + MINUTE)
    assert whole in list(from_the_start)


def test_weeks_are_handed_over_on_their_weekday_and_the_first_turn_is_the_shorter():
    # A Thursday; handed over on Mondays.
    pattern = Pattern(2, date(2026, 12, 3), time(8), ZoneInfo("America/Chicago"), 7, weekday=1)
    found = list(turns(pattern, pattern.starts, pattern.starts + timedelta(days=9)))
    local = [(turn.member, turn.begins.astimezone(pattern.zone)) for turn in found]
    assert [(member, f"{at:%a %b %d %H:%M}") for member, at in local] == [
        (0, "Thu Dec 03 08:00"), (1, "Mon Dec 07 08:00"),
    ]  # fmt: skip


def test_a_turn_over_the_change_of_the_clock_has_an_hour_more_or_less():
    for day, hours in ((date(2026, 3, 8), 23), (date(2026, 11, 1), 25)):
        pattern = Pattern(1, day, time(0), ZoneInfo("America/Chicago"), days=1)
        (turn,) = turns(pattern, pattern.starts, pattern.starts + MINUTE)
        assert turn.ends - turn.begins == timedelta(hours=hours)


def test_before_it_starts_a_rotation_has_no_turn():
    pattern = Pattern(1, date(2026, 12, 3), time(8), ZoneInfo("UTC"), 7, weekday=1)
    assert list(turns(pattern, pattern.starts - timedelta(days=9), pattern.starts)) == []


hours = st.integers(0, 48)


@given(st.lists(st.tuples(hours, hours)), hours, hours)
def test_free_is_each_hour_that_no_period_covers(periods, begin, end):
    def at(hour):
        return datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=hour)

    found = free([(at(a), at(b)) for a, b in periods if a < b], at(begin), at(end))
    counted = {hour for a, b in found for hour in range(49) if a <= at(hour) < b}
    assert counted == {h for h in range(begin, end) if not any(a <= h < b for a, b in periods)}
    assert all(one[1] < following[0] for one, following in pairwise(found))
