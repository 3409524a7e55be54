"""The table of ladders, exhaustively: who is rung, when, and how long nobody may answer."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise, product
from zoneinfo import ZoneInfo

import pytest

from coordination import escalation
from coordination.channels.registry import CHANNELS, Retry
from coordination.escalation import LADDERS, PAIN, SPINE, WRITTEN, Kind, Recipient, Route
from coordination.reminders import ladder_of
from referrals.deadlines import Pace

R = Recipient
URGENT_PACES = (Pace.EMERGENCY, Pace.SAME_DAY_NOW, Pace.SAME_DAY_24H)
CHICAGO = ZoneInfo("America/Chicago")
NOON = datetime(2026, 6, 1, 17, tzinfo=UTC)


def minutes(ladder):
    return [step.after.total_seconds() / 60 for step in ladder.steps]


@pytest.mark.parametrize(("pace", "specialty"), [*product(URGENT_PACES, (PAIN, SPINE))])
def test_every_pace_has_someone_to_acknowledge_on_each_side(pace, specialty):
    ladder = LADDERS[(pace, Kind.ACKNOWLEDGE, specialty)]
    assert ladder.steps[0].after == timedelta()


@pytest.mark.parametrize("pace", URGENT_PACES)
def test_every_urgent_case_owes_a_plan(pace):
    assert (pace, Kind.PLAN, SPINE) in LADDERS


@pytest.mark.parametrize("key", LADDERS, ids=str)
def test_the_waits_of_a_ladder_increase_and_it_never_ends(key):
    ladder = LADDERS[key]
    assert all(one.after < other.after for one, other in pairwise(ladder.steps))
    assert ladder.repeat_every > timedelta()
    assert ladder.limit > timedelta()


@pytest.mark.parametrize("key", LADDERS, ids=str)
def test_every_step_names_somebody_and_a_channel_that_exists(key):
    for step in LADDERS[key].steps:
        assert step.recipients
        assert set(step.channels) <= set(CHANNELS)
        assert step.channels


@pytest.mark.parametrize("pace", URGENT_PACES)
@pytest.mark.parametrize(("kind", "specialty"), [*product(Kind, (PAIN, SPINE))])
def test_the_last_step_of_an_urgent_ladder_reaches_beyond_the_practice(pace, kind, specialty):
    ladder = LADDERS.get((pace, kind, specialty))
    if ladder is not None:
        last = ladder.steps[-1]
        assert Recipient.NETWORK in (*last.recipients, *last.warned)


def test_the_surgeon_side_of_an_emergency_is_rung_as_designed():
    # The voice steps come with the voice channel; until then an SMS stands in for them.
    steps = LADDERS[(Pace.EMERGENCY, Kind.ACKNOWLEDGE, SPINE)].steps
    assert [(s.after.total_seconds() / 60, s.recipients) for s in steps] == [
        (0, (R.ON_CALL, R.FRONT_DESK)),
        (2, (R.ON_CALL,)),
        (5, (R.BACKUP,)),
        (10, (R.GROUP, R.FRONT_DESK)),
        (15, (R.NETWORK, R.ALTERNATE)),
        (30, (R.GROUP, R.ALTERNATE)),
    ]
    assert steps[-1].warned == (R.NETWORK, R.DIRECTOR, R.REFERRER)


def test_only_the_last_step_of_the_surgeons_side_warns_and_names_who_decides():
    warning = {key for key, one in LADDERS.items() if one.steps[-1].warned}
    assert warning == {
        (Pace.EMERGENCY, Kind.ACKNOWLEDGE, SPINE),
        *product((Pace.SAME_DAY_NOW, Pace.SAME_DAY_24H), (Kind.ACKNOWLEDGE, Kind.PLAN), (SPINE,)),
    }
    for key in warning:
        *before, last = LADDERS[key].steps
        assert {R.DIRECTOR, R.REFERRER} <= set(last.warned)
        assert not any(step.warned for step in before)


def test_the_pain_side_of_an_emergency_is_rung_as_designed():
    steps = LADDERS[(Pace.EMERGENCY, Kind.ACKNOWLEDGE, PAIN)].steps
    assert [(s.after.total_seconds() / 60, s.recipients) for s in steps] == [
        (0, (R.RESPONSIBLE, R.COORDINATOR)),
        (5, (R.RESPONSIBLE,)),
        (10, (R.GROUP, R.FRONT_DESK)),
        (15, (R.GROUP, R.COORDINATOR, R.NETWORK)),
    ]


@pytest.mark.parametrize(
    ("pace", "specialty", "after", "repeat", "limit"),
    [
        (Pace.EMERGENCY, SPINE, [0, 2, 5, 10, 15, 30], 15, 15),
        (Pace.EMERGENCY, PAIN, [0, 5, 10, 15], 15, 15),
        (Pace.SAME_DAY_NOW, SPINE, [0, 15, 20, 40, 60], 20, 60),
        (Pace.SAME_DAY_NOW, PAIN, [0, 20, 40, 60], 20, 60),
        (Pace.SAME_DAY_24H, SPINE, [0, 15, 20, 40, 60], 20, 60),
        (Pace.SAME_DAY_24H, PAIN, [0, 20, 40, 60], 20, 60),
    ],
)
def test_the_figures_are_those_of_the_design(pace, specialty, after, repeat, limit):
    ladder = LADDERS[(pace, Kind.ACKNOWLEDGE, specialty)]
    assert minutes(ladder) == after
    assert ladder.repeat_every == timedelta(minutes=repeat)
    assert ladder.limit == timedelta(minutes=limit)


@pytest.mark.parametrize(
    ("pace", "hours"), [(Pace.EMERGENCY, 0.5), (Pace.SAME_DAY_NOW, 4), (Pace.SAME_DAY_24H, 24)]
)
def test_a_plan_is_late_after_so_many_hours(pace, hours):
    assert LADDERS[(pace, Kind.PLAN, SPINE)].limit == timedelta(hours=hours)


@pytest.mark.parametrize(
    ("pace", "minutes"),
    [(Pace.EMERGENCY, 15), (Pace.SAME_DAY_NOW, 60), (Pace.SAME_DAY_24H, 240)],
)
@pytest.mark.parametrize("specialty", [PAIN, SPINE])
def test_seen_holds_for_so_long(pace, minutes, specialty):
    ladder = LADDERS[(pace, Kind.ACKNOWLEDGE, specialty)].snapshot()
    lapses = escalation.lapses_at(ladder, pace, NOON, CHICAGO)
    assert lapses == NOON + timedelta(minutes=minutes)


def test_seen_in_the_evening_of_a_24_hour_case_holds_until_the_morning_of_an_emergency_not():
    evening = datetime(2026, 6, 2, 2, 30, tzinfo=UTC)  # 21:30 in Chicago
    for pace, until in (
        (Pace.SAME_DAY_24H, datetime(2026, 6, 2, 12, tzinfo=UTC)),
        (Pace.SAME_DAY_NOW, evening + timedelta(minutes=60)),
    ):
        ladder = LADDERS[(pace, Kind.ACKNOWLEDGE, SPINE)].snapshot()
        assert escalation.lapses_at(ladder, pace, evening, CHICAGO) == until


@pytest.mark.parametrize("pace", [Pace.URGENT, Pace.ROUTINE])
def test_seen_of_an_elective_referral_holds_for_good(pace):
    ladder = ladder_of("acknowledge", NOON, NOON + timedelta(days=2)).snapshot()
    assert escalation.lapses_at(ladder, pace, NOON, CHICAGO) is None


def test_an_obligation_written_before_lapses_were_known_does_not_lapse():
    assert escalation.lapses_at({"limit": 900.0}, Pace.EMERGENCY, NOON, CHICAGO) is None


@pytest.mark.parametrize(
    ("pace", "calls"), [(Pace.SAME_DAY_NOW, 180), (Pace.SAME_DAY_24H, 1380), (Pace.EMERGENCY, 15)]
)
def test_who_accepted_and_has_no_plan_is_rung_an_hour_before_it_is_late_or_at_half_time(
    pace, calls
):
    ladder = LADDERS[(pace, Kind.PLAN, SPINE)]
    before = [one for one in minutes(ladder) if one < ladder.limit.total_seconds() / 60]
    assert calls in before
    assert set(ladder.steps[-2].recipients) == {R.ON_CALL, R.BACKUP}


def owed(pace, route):
    promises = escalation.plan(pace, route, opened=NOON, zone=CHICAGO)
    return {(p.kind, p.specialty) for p in promises}


BOTH_SIDES = {
    (Kind.ACKNOWLEDGE, SPINE), (Kind.ACKNOWLEDGE, PAIN), (Kind.PLAN, SPINE),
    (Kind.PATIENT, PAIN), (Kind.ED_HANDOVER, PAIN),
}  # fmt: skip


@pytest.mark.parametrize(
    ("pace", "route", "expected"),
    [
        (Pace.EMERGENCY, Route.BOTH, BOTH_SIDES),
        (Pace.EMERGENCY, Route.CALL_911_AND_BOTH, BOTH_SIDES),
        (Pace.EMERGENCY, Route.PAIN_FIRST, BOTH_SIDES),
        (Pace.EMERGENCY, Route.CALL_911, {o for o in BOTH_SIDES if o[1] == PAIN}),
        (Pace.SAME_DAY_NOW, Route.BOTH, BOTH_SIDES - {(Kind.ED_HANDOVER, PAIN)}),
        (
            Pace.SAME_DAY_24H, Route.BOTH,
            BOTH_SIDES - {(Kind.ED_HANDOVER, PAIN), (Kind.PATIENT, PAIN)},
        ),
    ],
)  # fmt: skip
def test_the_route_and_the_pace_choose_what_is_owed(pace, route, expected):
    assert owed(pace, route) == expected


@pytest.mark.parametrize(("pace", "route"), [*product(URGENT_PACES, Route)])
def test_whatever_the_route_the_pain_side_is_asked_at_the_start(pace, route):
    promises = escalation.plan(pace, route, opened=NOON, zone=CHICAGO)
    pain = next(p for p in promises if (p.kind, p.specialty) == (Kind.ACKNOWLEDGE, PAIN))
    assert pain.start == NOON


@pytest.mark.parametrize("compression", [1, 60])
def test_a_surgeon_who_comes_second_waits_an_hour_compressed_like_every_wait(compression):
    promises = escalation.plan(
        Pace.EMERGENCY, Route.PAIN_FIRST, opened=NOON, zone=CHICAGO, compression=compression
    )
    waits = {p.specialty: p.start - NOON for p in promises}
    assert waits == {SPINE: timedelta(hours=1) / compression, PAIN: timedelta()}


@pytest.mark.parametrize(
    ("zone", "night", "starts"),
    [
        # The nights of the clock change, forward and back, and two zones that never change.
        ("America/Chicago", "2026-03-08T07:30Z", "2026-03-08T12:00Z"),
        ("America/Chicago", "2026-11-01T06:30Z", "2026-11-01T13:00Z"),
        ("America/Chicago", "2026-11-01T07:30Z", "2026-11-01T13:00Z"),
        ("Australia/Lord_Howe", "2026-10-03T15:15Z", "2026-10-03T20:00Z"),
        ("Australia/Lord_Howe", "2026-04-04T14:45Z", "2026-04-04T20:30Z"),
        ("Pacific/Chatham", "2026-09-26T13:30Z", "2026-09-26T17:15Z"),
        ("Pacific/Chatham", "2026-04-04T13:30Z", "2026-04-04T18:15Z"),
        ("Asia/Kolkata", "2026-06-01T20:00Z", "2026-06-02T01:30Z"),
        ("America/Chicago", "2028-02-29T05:00Z", "2028-02-29T13:00Z"),
        ("America/Chicago", "2027-01-01T05:30Z", "2027-01-01T13:00Z"),
    ],
)
def test_a_24_hour_case_by_night_rings_at_seven_in_the_morning(zone, night, starts):
    opened, first = (datetime.fromisoformat(text) for text in (night, starts))
    promises = escalation.plan(Pace.SAME_DAY_24H, Route.BOTH, opened=opened, zone=ZoneInfo(zone))
    assert {promise.start for promise in promises} == {first}
    assert first.astimezone(ZoneInfo(zone)).time().isoformat() == "07:00:00"


@pytest.mark.parametrize("pace", [Pace.EMERGENCY, Pace.SAME_DAY_NOW])
def test_what_is_for_now_rings_at_night_too(pace):
    night = datetime(2026, 11, 1, 7, 30, tzinfo=UTC)
    promises = escalation.plan(pace, Route.BOTH, opened=night, zone=CHICAGO)
    assert {promise.start for promise in promises} == {night}


@pytest.mark.parametrize("key", LADDERS, ids=str)
def test_compression_divides_every_wait_of_a_ladder(key):
    plain, fast = LADDERS[key].snapshot(), LADDERS[key].snapshot(compression=60)
    assert fast["limit"] == plain["limit"] / 60
    assert fast["repeat_every"] == plain["repeat_every"] / 60
    assert [s["after"] for s in fast["steps"]] == [s["after"] / 60 for s in plain["steps"]]
    assert (fast["lapses_after"] or 0) == (plain["lapses_after"] or 0) / 60


@pytest.mark.parametrize(
    ("attempts", "seconds"), [(1, 1), (2, 5), (3, 15), (4, 30), (5, 60), (6, 60), (100, 60)]
)
def test_an_urgent_message_is_tried_again_within_a_minute_for_as_long_as_it_takes(
    attempts, seconds
):
    for name in set(WRITTEN) & set(CHANNELS):
        assert CHANNELS[name].urgent.wait_after(attempts) == timedelta(seconds=seconds)
        assert not CHANNELS[name].urgent.gives_up


def test_what_failed_together_does_not_come_back_together():
    call = CHANNELS["sms"].urgent
    waits = [call.wait_after(5, sooner=n / 10) for n in range(11)]
    assert waits == sorted(set(waits), reverse=True)
    assert (waits[0], waits[-1]) == (timedelta(seconds=60), timedelta(seconds=48))
    assert call.wait_after(1, timedelta(seconds=30), sooner=1) == timedelta(seconds=30)


def test_a_call_the_provider_does_not_take_is_given_up_within_a_minute_so_that_the_ladder_goes_on():
    call = CHANNELS["voice"].urgent
    assert call.gives_up
    waited = sum((call.wait_after(n) for n in range(1, call.tries)), timedelta())
    assert waited < timedelta(minutes=1)


def test_the_last_wait_repeats():
    retry = Retry((timedelta(seconds=2), timedelta(seconds=7)), tries=9)
    assert [retry.wait_after(n).seconds for n in (1, 2, 3, 9)] == [2, 7, 7, 7]
