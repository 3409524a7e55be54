"""Whose move it is when a red flag rises late, and once it is safe: never a step without an act."""

from datetime import timedelta

import pytest

from referrals.clinical import Tier
from referrals.models import Practice
from referrals.models.practice import Role
from referrals.steps import act_for
from referrals.workflow import Status, actions
from tests import factories as make
from tests.coordination import stories as s
from tests.referrals.services import by_hand, life
from tests.referrals.services.by_hand import person

# By status: whose move it is once the red flag that rose there is safe, and what for.
ONCE_SAFE = {
    Status.ACCEPTED: ("receiver", "see_patient"),
    Status.AWAITING_INFORMATION: ("sender", "answer_information"),
    Status.SCHEDULED: ("receiver", "see_patient"),
    Status.NO_SHOW: ("receiver", "schedule"),
    Status.VISIT_CANCELLED: ("receiver", "schedule"),
    Status.SEEN: ("receiver", "report"),
    Status.CANCEL_REQUESTED: ("receiver", "confirm_cancellation"),
    Status.REPORTED: ("sender", "close"),
}
# What everybody does after the flag, and whose move it is after that.
ANSWERS = (
    ("spine", "acknowledge", (), ("receiver", "record_plan")),
    ("spine", "record_plan", (s.PLAN,), ("sender", "acknowledge")),
    ("pain", "acknowledge", (), ("sender", "reach_patient")),
)


def raised(cast, run_engine, status, findings=make.FOOT_DROP_TODAY):
    """A referral in whose status a red flag has just risen."""
    referral = life.brought_to(status, cast)
    s.add_findings(referral, cast.pain, findings)
    run_engine()
    return referral


def made_safe(cast, referral):
    for office, act, takes, _ in ANSWERS:
        s.act(act, referral, getattr(cast, office), *takes)
    s.act("record_patient_contact", referral, cast.pain, s.REACHED)
    found = s.again(referral)
    assert found.safe_at
    return found


def open_to_its_owner(referral):
    found = s.again(referral)
    offices = {"sender": found.sender, "receiver": found.receiver}
    side = found.side_of(make.make_actor(offices[found.owner_side]))
    return act_for(found.next_action, actions(found.standing, side))


@pytest.mark.parametrize("status", ONCE_SAFE)
def test_each_in_turn_has_an_act_to_do_while_it_presses_and_then_it_goes_on(
    cast, run_engine, status
):
    referral = raised(cast, run_engine, status)
    assert life.turn(referral) == ("receiver", "acknowledge")
    for office, act, takes, turn in ANSWERS:
        assert open_to_its_owner(referral)
        s.act(act, referral, getattr(cast, office), *takes)
        assert life.turn(referral) == turn
    assert open_to_its_owner(referral) == "record_patient_contact"
    s.act("record_patient_contact", referral, cast.pain, s.REACHED)
    assert s.again(referral).safe_at
    assert life.turn(referral) == ONCE_SAFE[status]
    assert open_to_its_owner(referral)


def test_a_report_is_the_senders_to_read_again_once_the_new_flag_is_safe(cast, run_engine):
    referral = made_safe(cast, raised(cast, run_engine, Status.REPORTED))
    assert referral.due_at - referral.safe_at == timedelta(days=1)
    life.act("close", referral, cast.pain)
    assert life.again(referral).status == "closed"


def test_a_visit_that_was_booked_keeps_its_time(cast, run_engine):
    referral = made_safe(cast, raised(cast, run_engine, Status.SCHEDULED))
    assert referral.due_at == referral.visits.booked().get().starts_at


@pytest.mark.parametrize("act", ["schedule", "record_visit", "report", "request_information"])
def test_nothing_that_is_done_meanwhile_takes_the_plan_off_the_list(cast, run_engine, act):
    referral = raised(cast, run_engine, Status.SCHEDULED)
    s.act("acknowledge", referral, cast.spine)
    due = s.again(referral).due_at
    life.act(act, referral, cast.spine)
    assert life.turn(referral) == ("receiver", "record_plan")
    assert s.again(referral).due_at == due
    assert open_to_its_owner(referral)


def test_once_the_emergency_department_has_the_patient_the_sender_decides(cast, run_engine):
    referral = s.send(cast.pain, findings=make.FOOT_DROP_TODAY)
    run_engine()
    s.hand_over(referral, cast.pain)
    assert life.turn(referral) == ("sender", "acknowledge")
    s.act("acknowledge", referral, cast.pain)
    s.act("record_patient_contact", referral, cast.pain, s.REACHED)
    assert life.turn(referral) == ("sender", "decide_next")
    life.act("request_cancellation", referral, cast.pain)
    assert life.again(referral).status == "cancelled"


def test_a_report_is_the_senders_again_when_the_urgency_is_lowered(cast, run_engine):
    referral = raised(cast, run_engine, Status.REPORTED)
    by_hand.lower(referral, person(cast.spine), person(cast.pain), Tier.ROUTINE)
    assert life.turn(referral) == ("sender", "close")
    # Not only once the engine has closed the alert.
    life.act("close", referral, cast.pain)


@pytest.mark.parametrize("status", [Status.SEEN, Status.CANCEL_REQUESTED])
def test_what_falls_below_urgent_goes_on_as_what_it_was(cast, run_engine, status):
    referral = raised(cast, run_engine, status)
    s.act("acknowledge", referral, cast.spine)
    by_hand.lower(referral, person(cast.spine), person(cast.pain), Tier.ROUTINE)
    assert life.turn(referral) == ONCE_SAFE[status]


def nobody_to_ask(cast, run_engine, findings):
    Practice.objects.filter(specialty="spine").update(is_active=False)
    referral = s.send(cast.pain, findings=findings)
    run_engine()
    return referral


def test_an_elective_referral_that_nobody_can_take_is_the_senders_to_send_on(cast, run_engine):
    referral = nobody_to_ask(cast, run_engine, make.STABLE_CLAUDICATION)
    assert life.turn(referral) == ("sender", "find_receiver")
    assert open_to_its_owner(referral) == "redirect"
    life.act("redirect", referral, cast.pain)


def test_an_urgent_case_that_nobody_can_take_is_the_networks_until_somebody_is_found(
    cast, run_engine
):
    referral = nobody_to_ask(cast, run_engine, make.FOOT_DROP_TODAY)
    assert life.turn(referral) == ("coordinator", "find_receiver")
    s.act("acknowledge", referral, cast.pain)
    assert life.turn(referral) == ("coordinator", "find_receiver")
    Practice.objects.filter(pk=cast.spine.practice.pk).update(is_active=True)
    s.add_findings(referral, cast.pain, {})
    run_engine()
    assert life.turn(referral) == ("receiver", "acknowledge")


def test_an_urgent_case_that_nobody_can_take_is_the_senders_once_it_is_lowered(cast, run_engine):
    referral = nobody_to_ask(cast, run_engine, make.FOOT_DROP_TODAY)
    second = person(cast.pain, make.make_person(cast.pain.practice, Role.NURSE))
    by_hand.lower(referral, person(cast.pain), second, Tier.ROUTINE)
    assert life.turn(referral) == ("sender", "find_receiver")


def test_who_passes_what_an_emergency_department_has_leaves_it_to_the_sender(cast, run_engine):
    referral = s.send(cast.pain, findings=make.FOOT_DROP_TODAY, receiver=cast.spine.practice)
    run_engine()
    s.act("accept", referral, cast.spine)
    s.hand_over(referral, cast.pain)
    s.act("acknowledge", referral, cast.pain)
    s.act("record_patient_contact", referral, cast.pain, s.REACHED)
    assert s.again(referral).safe_at
    assert life.turn(referral) == ("receiver", "schedule")
    s.pass_on(referral, cast.spine)
    assert life.turn(referral) == ("sender", "decide_next")
