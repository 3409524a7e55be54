"""Whoever has the next move of a referral that can wait owes it by its time, and is reminded."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from coordination import services
from coordination.escalation import QUIET, Kind, Recipient
from coordination.models import Delivery, Obligation
from coordination.reminders import REMINDERS, ladder_of
from referrals.models import Event
from referrals.models.practice import Role
from referrals.services import Appointment
from referrals.steps import DONE_BY
from referrals.workflow import Status
from tests import factories as make
from tests.cast import role
from tests.coordination import stories as s
from tests.referrals.services import life

# Only an urgent case asks for these, and its alert says so.
OF_ALERTS = {"record_plan", "reach_patient", "confirm_arrival"}
MONDAY = datetime(2026, 11, 23, 15, tzinfo=UTC)


@pytest.fixture
def desks(cast):
    for office in (cast.pain, cast.spine):
        make.make_person(office.practice, Role.COORDINATOR, channels=("email",))


def owed(referral):
    return Obligation.objects.running().filter(referral=referral)


def late(referral):
    """Let the time to the next reminder be over."""
    s.let_pass(owed(referral).get(), days=30)
    with role("engine"):
        assert services.climb()


def ended(obligation):
    return Obligation.objects.get(pk=obligation.pk).state == Obligation.State.CLOSED


def react(referral):
    with role("engine"):
        services.keep_step(Event.objects.filter(referral=referral).latest("id"))


def test_every_step_has_somebody_who_is_reminded_of_it():
    assert set(REMINDERS) == set(DONE_BY) - OF_ALERTS


@pytest.mark.parametrize("step", REMINDERS)
@pytest.mark.parametrize("given", [timedelta(), timedelta(minutes=1), timedelta(days=42)], ids=str)
def test_reminders_are_quiet_and_come_ever_later_to_ever_more_people(step, given):
    ladder = ladder_of(step, MONDAY, MONDAY + given)
    assert all(one.after < other.after for one, other in pairwise(ladder.steps))
    assert all(set(one.channels) == set(QUIET) for one in ladder.steps)
    reached = [set(one.recipients) for one in ladder.steps]
    assert all(one <= other for one, other in pairwise(reached))
    assert Recipient.NETWORK in reached[-1]
    over = next(one for one in ladder.steps if one.after >= given)
    assert ladder.steps[-1].after >= given + timedelta(hours=24)
    assert over.after - given in (timedelta(), timedelta(hours=24))


@pytest.mark.parametrize("step", REMINDERS)
def test_what_was_due_already_is_reminded_of_at_once_or_after_the_visit(step):
    ladder = ladder_of(step, MONDAY, MONDAY - timedelta(days=3))
    first = timedelta(hours=24) if step == "see_patient" else timedelta()
    assert ladder.steps[0].after == first
    assert ladder.limit == timedelta()


@pytest.mark.parametrize("status", sorted(set(Status) - {Status.RECEIVED}))
def test_whoever_has_the_move_owes_that_step_by_its_time_and_nobody_owes_more(
    cast, run_engine, status
):
    referral = life.brought_to(status, cast)
    run_engine()
    now = s.again(referral)
    found = list(owed(referral))
    if not now.next_action:
        assert found == []
        return
    offices = {"sender": now.sender, "receiver": now.receiver}
    assert [(one.kind, one.practice, one.due_at) for one in found] == [
        (REMINDERS[now.next_action].kind, offices[now.owner_side], now.due_at)
    ]


def test_who_has_seen_it_owes_an_answer(cast, run_engine):
    referral = life.send(cast)
    run_engine()
    s.act("acknowledge", referral, cast.spine)
    run_engine()
    assert owed(referral).get().kind == Kind.PLAN


def test_the_desk_is_reminded_then_the_coordinator_then_the_network_and_then_every_day(
    cast, run_engine, desks
):
    referral = life.brought_to(Status.SEEN, cast)
    run_engine()
    assert not s.told(referral, "report_due")
    told = []
    for _ in range(4):
        late(referral)
        latest = Delivery.objects.filter(message="report_due").order_by("-created_at")
        at = latest[0].created_at
        told.append({one.contact_point.owner_name for one in latest.filter(created_at=at)})
    desk, coordinator, network, again = told
    assert desk < coordinator < network == again
    assert set(s.told(referral, "report_due")) == {
        cast.spine.practice.pk, cast.network.practice.pk,
    }  # fmt: skip


def test_the_same_event_twice_reminds_nobody_twice(cast, run_engine, desks):
    referral = life.brought_to(Status.SEEN, cast)
    run_engine()
    late(referral)
    before = Obligation.objects.filter(referral=referral).order_by("id").values()
    kept = list(before)
    react(referral)
    assert list(before.all()) == kept


def test_a_visit_that_moves_moves_what_is_owed(cast, run_engine):
    referral = life.brought_to(Status.SCHEDULED, cast)
    run_engine()
    later = s.again(referral).due_at + timedelta(days=7)
    life.act("schedule", referral, cast.spine, Appointment(later))
    run_engine()
    assert owed(referral).get().due_at == later


def test_a_step_that_is_done_reminds_nobody_any_more(cast, run_engine, desks):
    referral = life.brought_to(Status.SEEN, cast)
    run_engine()
    report = owed(referral).get()
    late(referral)
    life.act("report", referral, cast.spine)
    run_engine()
    assert ended(report)
    assert not report.deliveries.open().exists()
    assert owed(referral).get().kind == Kind.CLOSE


def test_while_information_is_awaited_the_receiver_owes_nothing(cast, run_engine):
    referral = life.brought_to(Status.AWAITING_INFORMATION, cast)
    run_engine()
    assert owed(referral).get().practice == cast.pain.practice
    life.act("answer_information", referral, cast.pain)
    run_engine()
    back = owed(referral).get()
    assert (back.practice, back.kind) == (cast.spine.practice, Kind.VISIT)
    assert back.due_at == s.again(referral).due_at


def test_a_red_flag_takes_the_place_of_every_reminder_until_it_is_safe(cast, run_engine):
    referral = life.brought_to(Status.SEEN, cast)
    run_engine()
    reminder = owed(referral).get()
    s.add_findings(referral, cast.pain, make.FOOT_DROP_TODAY)
    run_engine()
    assert ended(reminder)
    assert not owed(referral).filter(alert=None).exists()
    s.act("acknowledge", referral, cast.spine)
    s.act("record_plan", referral, cast.spine, s.PLAN)
    s.act("acknowledge", referral, cast.pain)
    s.act("record_patient_contact", referral, cast.pain, s.REACHED)
    run_engine()
    assert owed(referral).get().kind == Kind.REPORT
