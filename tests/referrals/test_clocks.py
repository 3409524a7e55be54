"""Working hours, nights and deadlines, over the changes of the clocks of four continents."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from referrals import deadlines
from referrals.calendars import (
    Calendar,
    NoWorkingHours,
    add_working_days,
    add_working_hours,
    is_night,
    next_morning,
)
from referrals.clinical import Tier
from referrals.deadlines import Pace, acknowledge_by, ladder_start, pace_of, plan_by, step_by
from referrals.models.practice import working_week

CHICAGO = ZoneInfo("America/Chicago")
ZONES = [ZoneInfo(z) for z in ("America/Chicago", "Australia/Lord_Howe", "Asia/Kolkata",
                               "Pacific/Chatham")]  # fmt: skip
WEEK = working_week()
USUAL = Calendar(CHICAGO, WEEK)
ALL_DAY = {str(day): [["00:00", "23:59"]] for day in range(1, 8)}


def local(text, zone=CHICAGO):
    return datetime.fromisoformat(text).replace(tzinfo=zone)


def test_hours_are_counted_within_sessions_only():
    assert add_working_hours(local("2026-11-23T09:00"), 8, USUAL) == local("2026-11-23T17:00")
    assert add_working_hours(local("2026-11-23T09:01"), 8, USUAL) == local("2026-11-24T08:01")


def test_a_friday_evening_waits_for_monday():
    assert add_working_hours(local("2026-11-20T18:00"), 1, USUAL) == local("2026-11-23T09:00")


def test_a_lunch_break_does_not_count():
    week = {"1": [["08:00", "12:00"], ["13:00", "17:00"]]}
    assert add_working_hours(local("2026-11-23T11:00"), 2, Calendar(CHICAGO, week)) == local(
        "2026-11-23T14:00"
    )


@pytest.mark.parametrize(
    ("start", "hours", "end"),
    [
        ("2028-02-28T16:00", 2, "2028-02-29T09:00"),
        ("2027-02-26T16:00", 2, "2027-03-01T09:00"),
        ("2026-12-31T16:30", 1, "2027-01-01T08:30"),
    ],
)
def test_leap_days_and_year_ends_are_days_like_others(start, hours, end):
    assert add_working_hours(local(start), hours, USUAL) == local(end)


def test_eight_hours_over_the_spring_gap_are_eight_real_hours():
    # 2026-03-08, 02:00 to 03:00 does not exist in Chicago.
    started = local("2026-03-08T00:00")
    ended = add_working_hours(started, 8, Calendar(CHICAGO, ALL_DAY))
    assert ended.astimezone(UTC) - started.astimezone(UTC) == timedelta(hours=8)
    assert ended.astimezone(CHICAGO).hour == 9


def test_a_session_that_opens_within_the_gap_opens_after_it():
    week = {"7": [["02:30", "10:00"]]}
    ended = add_working_hours(local("2026-03-08T00:00"), 1, Calendar(CHICAGO, week))
    assert ended == datetime(2026, 3, 8, 9, 30, tzinfo=UTC)


def test_a_time_that_exists_twice_means_the_first():
    week = {"7": [["01:30", "05:00"]]}
    ended = add_working_hours(local("2026-11-01T00:00"), 0.5, Calendar(CHICAGO, week))
    assert ended == datetime(2026, 11, 1, 7, 0, tzinfo=UTC)


def test_lord_howe_moves_its_clock_by_half_an_hour():
    zone = ZoneInfo("Australia/Lord_Howe")
    before, after = local("2026-10-03T21:00", zone), local("2026-10-04T07:00", zone)
    assert next_morning(before, zone) == after
    assert after.astimezone(UTC) - before.astimezone(UTC) == timedelta(hours=9, minutes=30)


# From ten in the evening until seven; a night without a change has nine hours.
@pytest.mark.parametrize(
    ("zone", "evening", "hours"),
    [
        ("America/Chicago", "2026-03-07", 8), ("America/Chicago", "2026-10-31", 10),
        ("Australia/Lord_Howe", "2026-10-03", 8.5), ("Australia/Lord_Howe", "2027-04-03", 9.5),
        ("Pacific/Chatham", "2026-09-26", 8), ("Pacific/Chatham", "2027-04-03", 10),
        ("Asia/Kolkata", "2026-03-07", 9), ("America/Chicago", "2028-02-28", 9),
    ],
)  # fmt: skip
def test_a_night_on_which_the_clocks_change_is_as_long_as_it_is(zone, evening, hours):
    there = ZoneInfo(zone)
    begun, end = local(f"{evening}T22:00", there).astimezone(UTC), timedelta(hours=hours)
    assert next_morning(begun, there).astimezone(UTC) - begun == end
    for passed in range(0, int(end.total_seconds()), 600):
        sent = begun + timedelta(seconds=passed)
        assert acknowledge_by(Pace.EMERGENCY, sent, Calendar(there, WEEK)) - sent == timedelta(
            minutes=15
        )
        assert plan_by(Pace.EMERGENCY, sent) - sent == timedelta(minutes=30)
        assert ladder_start(Pace.SAME_DAY_24H, sent, there).astimezone(UTC) == begun + end


@pytest.mark.parametrize(
    "week",
    [
        {}, {"1": []}, {"8": [["08:00", "17:00"]]}, {"1": [["17:00", "08:00"]]},
        {"1": [["08:00", "08:00"]]},
    ],
)  # fmt: skip
def test_a_week_without_hours_says_so_and_never_searches_for_ever(week):
    with pytest.raises(NoWorkingHours):
        add_working_hours(local("2026-11-23T09:00"), 1, Calendar(CHICAGO, week))


def test_a_week_without_hours_does_not_hold_up_an_urgent_referral():
    sent = local("2026-11-21T09:00")
    assert acknowledge_by(Pace.URGENT, sent, Calendar(CHICAGO, {})) == sent + timedelta(hours=8)


MOMENTS = st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1)).map(
    lambda naive: naive.replace(tzinfo=UTC)
)


@settings(max_examples=60)
@given(at=MOMENTS, hours=st.floats(0.1, 40), more=st.floats(0.1, 10), zone=st.sampled_from(ZONES))
def test_more_hours_end_later_and_always_within_a_session(at, hours, more, zone):
    ended = add_working_hours(at, hours, Calendar(zone, WEEK))
    there = ended.astimezone(zone)
    assert ended - at >= timedelta(hours=hours) - timedelta(microseconds=1)
    assert there.isoweekday() <= 5
    assert (8, 0) <= (there.hour, there.minute) <= (17, 0)
    assert add_working_hours(at, hours + more, Calendar(zone, WEEK)) > ended


@settings(max_examples=60)
@given(at=MOMENTS, zone=st.sampled_from(ZONES))
def test_the_next_morning_is_seven_oclock_and_at_most_a_day_ahead(at, zone):
    morning = next_morning(at, zone)
    assert (morning.astimezone(zone).hour, morning.astimezone(zone).minute) == (7, 0)
    assert timedelta(0) < morning - at <= timedelta(hours=25)
    assert not is_night(morning, zone)


@pytest.mark.parametrize(
    ("clock", "night"),
    [
        ("20:59", False), ("21:00", True), ("23:59", True), ("00:00", True), ("06:59", True),
        ("07:00", False),
    ],
)  # fmt: skip
def test_the_night_is_from_nine_to_seven(clock, night):
    for zone in ZONES:
        assert is_night(local(f"2026-11-23T{clock}", zone), zone) is night


@pytest.mark.parametrize(
    ("tier", "within", "pace"),
    [
        (Tier.NONE, "", Pace.ROUTINE), (Tier.ROUTINE, "", Pace.ROUTINE),
        (Tier.URGENT, "", Pace.URGENT),
        (Tier.SAME_DAY, "24h", Pace.SAME_DAY_24H), (Tier.SAME_DAY, "now", Pace.SAME_DAY_NOW),
        (Tier.SAME_DAY, "", Pace.SAME_DAY_NOW), (Tier.EMERGENCY, "24h", Pace.EMERGENCY),
    ],
)  # fmt: skip
def test_a_tier_has_its_pace_and_a_doubtful_same_day_is_now(tier, within, pace):
    assert pace_of(tier, within) is pace


def test_only_a_24_hour_case_by_night_waits_for_the_morning():
    by_night = local("2026-11-23T22:00")
    for pace in Pace:
        start = ladder_start(pace, by_night, CHICAGO)
        waits = pace is Pace.SAME_DAY_24H
        assert start == (local("2026-11-24T07:00") if waits else by_night)


def test_every_pace_has_its_times_and_the_more_urgent_is_never_slower():
    sent = local("2026-11-23T09:00")
    order = [Pace.EMERGENCY, Pace.SAME_DAY_NOW, Pace.SAME_DAY_24H, Pace.URGENT, Pace.ROUTINE]
    assert set(order) == set(Pace)
    for times in (
        [acknowledge_by(pace, sent, USUAL) for pace in order],
        [plan_by(pace, sent) for pace in order],
    ):
        assert times == sorted(times)
    minutes = {p: (plan_by(p, sent) - sent).total_seconds() / 60 for p in order}
    assert minutes == {
        Pace.EMERGENCY: 30, Pace.SAME_DAY_NOW: 240, Pace.SAME_DAY_24H: 1440,
        Pace.URGENT: 14 * 1440, Pace.ROUTINE: 42 * 1440,
    }  # fmt: skip
    assert acknowledge_by(Pace.EMERGENCY, sent, USUAL) == sent + timedelta(minutes=15)
    assert acknowledge_by(Pace.URGENT, sent, USUAL) == local("2026-11-23T17:00")
    assert acknowledge_by(Pace.ROUTINE, sent, USUAL) == local("2026-11-25T17:00")


def by_counting(start: datetime, minutes: int, calendar: Calendar) -> datetime:
    """The slow way: walk minute by minute in UTC and count those in which the practice is open."""
    at = start
    while minutes:
        there = at.astimezone(calendar.zone)
        sessions = calendar.week.get(str(there.isoweekday()), ())
        clock = f"{there:%H:%M}"
        is_open = any(opens <= clock < closes for opens, closes in sessions)
        minutes -= is_open and there.date() not in calendar.holidays
        at += timedelta(minutes=1)
    return at


THANKSGIVING = date(2026, 11, 26)
# Weeks in which the clocks change, a leap day, a year's end, holidays on a Monday and a Friday.
STARTS = [
    ("America/Chicago", "2026-03-06T15:20"),
    ("America/Chicago", "2026-10-30T15:20"),
    ("America/Chicago", "2026-11-25T16:10"),
    ("America/Chicago", "2028-02-28T16:55"),
    ("America/Chicago", "2026-12-31T08:00"),
    ("Australia/Lord_Howe", "2026-04-03T16:40"),
    ("Australia/Lord_Howe", "2026-10-02T16:40"),
    ("Asia/Kolkata", "2026-08-14T09:15"),
    ("Pacific/Chatham", "2026-04-03T10:45"),
    ("Pacific/Chatham", "2026-09-25T10:45"),
]
DAYS_OFF = frozenset(
    {THANKSGIVING, date(2026, 11, 27), date(2027, 1, 1), date(2026, 4, 6), date(2026, 10, 5),
     date(2026, 9, 28)}
)  # fmt: skip
SATURDAY_NIGHTS = {str(day): [["00:30", "04:30"], ["13:00", "14:00"]] for day in (5, 6, 7, 1)}


@pytest.mark.parametrize("week", [WEEK, SATURDAY_NIGHTS], ids=["office", "nights"])
@pytest.mark.parametrize(("zone", "start"), STARTS)
@pytest.mark.parametrize("hours", [1, 8, 20])
def test_working_hours_are_what_counting_minutes_gives(zone, start, week, hours):
    calendar = Calendar(ZoneInfo(zone), week, DAYS_OFF)
    began = local(start, calendar.zone).astimezone(UTC)
    assert add_working_hours(began, hours, calendar) == by_counting(began, hours * 60, calendar)


@pytest.mark.parametrize(
    ("start", "days", "end"),
    [
        ("2026-11-23T09:00", 0, "2026-11-23T17:00"),
        ("2026-11-23T09:00", 2, "2026-11-25T17:00"),
        # After closing time it comes with the next working day.
        ("2026-11-23T17:00", 0, "2026-11-24T17:00"),
        ("2026-11-23T18:00", 1, "2026-11-25T17:00"),
        # A holiday, a bridge day and a weekend do not count.
        ("2026-11-25T09:00", 1, "2026-11-30T17:00"),
        ("2026-11-26T09:00", 0, "2026-11-30T17:00"),
        ("2026-11-21T03:00", 0, "2026-11-23T17:00"),
        ("2026-12-30T09:00", 2, "2027-01-04T17:00"),
        ("2028-02-28T09:00", 1, "2028-02-29T17:00"),
        # The clocks change on Sunday: closing time stays five o'clock.
        ("2026-03-06T09:00", 1, "2026-03-09T17:00"),
        ("2026-10-30T09:00", 1, "2026-11-02T17:00"),
    ],
)
def test_working_days_end_when_the_practice_closes(start, days, end):
    calendar = Calendar(CHICAGO, WEEK, DAYS_OFF)
    assert add_working_days(local(start), days, calendar) == local(end)


def test_a_day_with_a_lunch_break_is_one_working_day():
    week = {"1": [["08:00", "12:00"], ["13:00", "17:00"]], "3": [["08:00", "12:00"]]}
    calendar = Calendar(CHICAGO, week)
    assert add_working_days(local("2026-11-23T12:30"), 0, calendar) == local("2026-11-23T17:00")
    assert add_working_days(local("2026-11-23T12:30"), 1, calendar) == local("2026-11-25T12:00")


@pytest.mark.parametrize("pace", [Pace.URGENT, Pace.ROUTINE])
@pytest.mark.parametrize("step", list(deadlines.STEP_WITHIN))
def test_steps_that_can_wait_skip_days_off_and_a_red_flag_never_does(pace, step):
    calendar = Calendar(CHICAGO, WEEK, DAYS_OFF)
    since = local("2026-11-25T16:00")
    assert step_by(step, pace, since, calendar) >= local("2026-11-30T17:00")
    for urgent in (Pace.EMERGENCY, Pace.SAME_DAY_NOW, Pace.SAME_DAY_24H):
        assert step_by(step, urgent, since, calendar) <= since + timedelta(days=1)
        assert acknowledge_by(urgent, since, calendar) <= since + timedelta(hours=1)


def test_days_count_without_a_working_week():
    since = local("2026-11-25T16:00")
    assert step_by("close", Pace.ROUTINE, since, Calendar(CHICAGO, {})) == since + timedelta(days=5)
