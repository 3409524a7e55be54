"""The database's clock set forward and back, a zone that changes, holidays, and a long stop."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection

from coordination import services
from coordination.models import Delivery, Obligation
from referrals import clock
from referrals.deadlines import Pace, ladder_start
from referrals.models import Event, Practice
from tests.cast import role
from tests.coordination import stories as s
from tests.faults.options import TIMES

HOUR = timedelta(hours=1)
CLOCKS = ("clock_timestamp", "statement_timestamp", "transaction_timestamp", "now")


@pytest.fixture
def set_clock(cast):
    """Let the clock of the database go wrong by so much, for all that the service asks it."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE SCHEMA wrong")
        for name in CLOCKS:
            cursor.execute(
                f"CREATE FUNCTION wrong.{name}() RETURNS timestamptz LANGUAGE sql AS "
                f"$$ SELECT pg_catalog.{name}() + current_setting('wrong.by')::interval $$"
            )
        cursor.execute("GRANT USAGE ON SCHEMA wrong TO PUBLIC")
        cursor.execute("SET LOCAL search_path = wrong, pg_catalog, public")

    def by(wrong):
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('wrong.by', %s, false)", [f"{wrong}"])

    by(timedelta())
    return by


def test_a_clock_that_jumps_forward_rings_early_and_loses_nobody(cast, run_engine, set_clock):
    referral = s.send(cast.pain)
    run_engine()
    before = Delivery.objects.count()
    set_clock(HOUR)
    run_engine()
    assert Delivery.objects.count() > before
    assert set(Delivery.objects.values_list("state", flat=True)) <= {"sent", "cancelled"}
    latest = clock.now() + timedelta(minutes=30)
    for owed in Obligation.objects.filter(referral=referral).running():
        assert owed.next_due_at <= latest
    s.act("acknowledge", referral, cast.spine)
    assert s.states(referral)[("acknowledge", "spine")] == "answered"


def test_a_clock_that_is_set_back_holds_up_no_new_case_and_loses_no_old_one(
    cast, run_engine, set_clock
):
    old = s.send(cast.pain)
    run_engine()
    first_round = s.told(old)
    set_clock(-HOUR)
    new = s.send(cast.pain)
    run_engine()
    assert s.told(new) == first_round
    # It would wait for as long as the clock was set back: the dispatcher sees it, and has it ring.
    assert s.told(old) == first_round
    with role("engine"):
        services.ring_now(HOUR)
    run_engine()
    assert sum(s.told(old).values()) > sum(first_round.values())


def test_what_was_sent_just_before_the_clock_was_set_back_is_told_at_once(
    cast, run_engine, set_clock
):
    referral = s.send(cast.pain)
    set_clock(-HOUR)
    run_engine()
    assert s.told(referral)[cast.spine.practice.pk]
    assert s.told(referral)[cast.pain.practice.pk]


def engine_turns():
    """Hand all events on and fire all rungs that are due; nothing is sent."""
    with role("engine"):
        while s.relay() or services.climb():
            pass


def times():
    """When each of all obligations rings next, and by when it is owed."""
    return sorted(Obligation.objects.values_list("pk", "next_due_at", "due_at"))


def test_a_practice_that_moves_its_zone_moves_no_timer_of_any_open_case(cast):
    for _ in range(TIMES):
        s.send(cast.pain)
    engine_turns()
    before = times()
    Practice.objects.update(time_zone="Pacific/Chatham")
    engine_turns()
    assert times() == before
    Obligation.objects.running().update(next_due_at=clock.NOW)
    engine_turns()
    rungs = Obligation.objects.filter(kind="acknowledge").values_list("rung", flat=True)
    assert list(rungs) == [2] * 2 * TIMES


# A climb looks at sixteen obligations; of these cases it are two each.
LOOKED_AT = 8


def test_five_minutes_in_which_nobody_turned_the_engine_are_made_up_for_the_oldest_first(cast):
    cases = [s.send(cast.pain).pk for _ in range(12)]
    engine_turns()
    Obligation.objects.exclude(kind="acknowledge").update(state="closed", next_due_at=None)
    oldest_first = cases[::-1]
    for place, pk in enumerate(oldest_first):
        overdue = clock.now() - timedelta(minutes=5, seconds=-place)
        Obligation.objects.filter(referral=pk).running().update(next_due_at=overdue)
    fired = Event.objects.filter(kind="obligation.rung_fired", pk__gt=Event.objects.latest("pk").pk)
    engine_turns()
    order = list(dict.fromkeys(fired.order_by("pk").values_list("referral", flat=True)))
    assert sorted(order) == cases
    for place, pk in enumerate(order):
        assert oldest_first.index(pk) < place + LOOKED_AT


# 25 December, a Sunday at three, New Year's midnight, and a night on which the clocks change.
NIGHTS = [
    datetime(2026, 12, 25, 3, 0), datetime(2026, 11, 29, 3, 0), datetime(2027, 1, 1, 0, 0),
    datetime(2026, 11, 1, 1, 30), datetime(2026, 3, 8, 2, 30), datetime(2028, 2, 29, 23, 59),
]  # fmt: skip


@pytest.mark.parametrize("zone", ["America/Chicago", "Australia/Lord_Howe", "Pacific/Chatham"])
@pytest.mark.parametrize("night", NIGHTS, ids=str)
def test_no_holiday_no_sunday_and_no_night_holds_an_emergency_back(night, zone):
    there = ZoneInfo(zone)
    at = night.replace(tzinfo=there).astimezone(UTC)
    for pace in (Pace.EMERGENCY, Pace.SAME_DAY_NOW):
        assert ladder_start(pace, at, there) == at
