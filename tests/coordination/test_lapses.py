"""Seen is not accepted: what was seen and leads to nothing is owed anew, and nothing else is."""

from datetime import timedelta

import pytest

from coordination.escalation import HOLDS
from coordination.models import AckToken, Obligation
from referrals import clock
from referrals.clinical import Tier
from referrals.deadlines import Pace
from referrals.models import Event
from tests import factories as make
from tests.coordination import stories as s
from tests.coordination.calling_back import text
from tests.coordination.links import surgeon
from tests.flows import kept
from tests.referrals.services.by_hand import lower, person

ACK = "acknowledge"
LAPSED = "acknowledgement.lapsed"


def spine(referral):
    return s.owed(referral, ACK, "spine")


def time_passes(referral, run_engine):
    """Let every acknowledgement that can lapse do so."""
    Obligation.objects.filter(referral=referral, state="answered").exclude(next_due_at=None).update(
        next_due_at=clock.NOW
    )
    run_engine()


@pytest.fixture
def seen(cast, emergency):
    s.act(ACK, emergency, cast.spine)
    return s.again(emergency)


def test_what_was_seen_lapses_after_the_time_of_its_pace(seen):
    owed = spine(seen)
    assert owed.state == "answered"
    assert owed.lapses_at == owed.answered_at + HOLDS[Pace.EMERGENCY]


def test_seen_and_nothing_else_has_the_side_rung_again_from_the_first_rung(
    cast, seen, run_engine, sandbox
):
    first = spine(seen)
    before = len(sandbox.messages())
    time_passes(seen, run_engine)
    owed = spine(seen)
    assert (owed.state, owed.round, owed.rung) == ("running", first.round + 1, 1)
    assert owed.answered_by == ""
    assert owed.due_at > first.due_at
    rung = [one for one in sandbox.messages()[before:] if one.to == surgeon(cast).address]
    assert any("Answer by" in one.body for one in rung)


def test_a_lapse_is_one_event_and_no_act_of_a_person(seen, run_engine):
    time_passes(seen, run_engine)
    lapsed = Event.objects.get(referral=seen, kind=LAPSED)
    assert lapsed.actor_name == "Tandem"
    assert lapsed.data == {"specialty": "spine", "round": 0}
    now = s.again(seen)
    assert (now.status, now.version) == (seen.status, seen.version)
    assert now.spine_acknowledged_at is None
    assert (now.owner_side, now.next_action) == ("receiver", ACK)
    assert now.due_at > clock.now()


def test_who_sees_it_again_after_a_lapse_acts_anew_and_may_let_it_lapse_again(
    cast, seen, run_engine
):
    time_passes(seen, run_engine)
    s.act(ACK, seen, cast.spine)
    assert s.kinds(seen)["referral.acknowledged"] == 2
    time_passes(seen, run_engine)
    assert s.kinds(seen)[LAPSED] == 2
    assert spine(seen).round == 2


def test_nothing_lapses_before_its_time(seen, run_engine):
    run_engine()
    assert spine(seen).state == "answered"
    assert s.kinds(seen)[LAPSED] == 0


@pytest.mark.parametrize("who", ["accepted", "planned", "handed_over"])
def test_a_lapse_undoes_no_acceptance_no_plan_and_no_handover(cast, seen, run_engine, who):
    if who == "handed_over":
        s.hand_over(seen, cast.pain)
    else:
        s.act("accept", seen, cast.spine, plan=s.PLAN if who == "planned" else None)
    assert spine(seen).lapses_at is None
    time_passes(seen, run_engine)
    assert spine(seen).state == "answered"
    assert s.again(seen).spine_acknowledged_at
    assert s.kinds(seen)[LAPSED] == 0


def test_a_lapse_that_is_due_with_the_acceptance_finds_nothing_left(cast, seen):
    Obligation.objects.filter(pk=spine(seen).pk).update(next_due_at=clock.NOW)
    s.act("accept", seen, cast.spine)
    with s.role("engine"):
        assert s.services.climb() == 0


def test_what_the_pain_clinic_has_seen_that_sent_it_holds(cast, emergency, run_engine):
    s.act(ACK, emergency, cast.pain)
    assert s.owed(emergency, ACK, "pain").lapses_at is None


def test_both_sides_of_a_patient_sent_back_are_asked_anew_until_somebody_takes_them(
    cast, run_engine
):
    referral = s.send(cast.spine, sought="pain", receiver=cast.pain.practice)
    run_engine()
    s.act(ACK, referral, cast.spine)
    s.act(ACK, referral, cast.pain)
    time_passes(referral, run_engine)
    assert s.kinds(referral)[LAPSED] == 2
    s.act("accept", referral, cast.pain)
    s.act(ACK, referral, cast.spine)
    assert spine(referral).lapses_at is None


def test_who_asks_for_information_has_seen_it_and_that_lapses_too(cast, emergency, run_engine):
    s.act("request_information", emergency, cast.spine, wanted="DEMO")
    time_passes(emergency, run_engine)
    assert spine(emergency).state == "running"
    assert s.again(emergency).status == "awaiting_information"


def test_the_practice_that_has_seen_it_is_the_one_that_is_rung_again(cast, emergency, run_engine):
    for _ in range(4):
        s.fire_next_rung(emergency, ACK, "spine")
    s.act(ACK, emergency, cast.other_spine)
    time_passes(emergency, run_engine)
    assert spine(emergency).practice == cast.other_spine.practice
    told = spine(emergency).deliveries.filter(round=spine(emergency).round, rung=0)
    assert set(told.values_list("contact_point__practice", flat=True)) == {
        cast.other_spine.practice.pk
    }


def test_who_has_seen_it_before_the_alert_opened_is_not_paged_and_it_lapses(cast, run_engine):
    referral = s.send(cast.pain, receiver=cast.spine.practice)
    s.act(ACK, referral, cast.spine)
    run_engine()
    owed = spine(referral)
    assert (owed.state, owed.answered_by) == ("answered", str(cast.spine.clinician))
    assert owed.lapses_at == s.again(referral).spine_acknowledged_at + HOLDS[Pace.EMERGENCY]
    assert not s.told(referral, "emergency_surgeon")
    time_passes(referral, run_engine)
    assert spine(referral).state == "running"
    assert s.told(referral, "emergency_surgeon")


def test_who_handed_over_before_the_alert_opened_is_asked_for_nothing_twice(cast, run_engine):
    referral = s.send(cast.pain, receiver=cast.spine.practice)
    s.hand_over(referral, cast.pain)
    s.act(ACK, referral, cast.pain)
    run_engine()
    assert set(s.states(referral)) == {("patient", "pain")}
    assert not s.told(referral, "emergency_surgeon")


def test_what_two_people_lowered_lapses_no_more(cast, run_engine):
    referral = s.send(cast.pain, findings=make.FOOT_DROP_TODAY)
    run_engine()
    s.act(ACK, referral, cast.spine)
    assert spine(referral).lapses_at
    lower(referral, person(cast.pain), person(cast.spine), Tier.ROUTINE)
    run_engine()
    assert spine(referral).lapses_at is None


def test_a_lapse_that_fails_stops_only_itself(cast, seen, run_engine, monkeypatch):
    Obligation.objects.filter(pk=spine(seen).pk).update(ladder={"broken": True})
    time_passes(seen, run_engine)
    owed = spine(seen)
    assert owed.state == "answered"
    assert owed.next_due_at > clock.now() + timedelta(seconds=30)


def test_whoever_replies_by_sms_or_key_hears_when_we_ring_again(cast, emergency):
    number = surgeon(cast)
    reply = AckToken.objects.get(obligation=spine(emergency), contact_point=number).reply_code
    said = text(number.address, f"1 {reply}")
    hour = spine(emergency).lapses_at.astimezone(cast.spine.practice.zone).strftime("%H:%M")
    assert f"we ring again at {hour}" in said


def test_the_api_says_when_it_lapses(cast, seen, client_of):
    shown = client_of(cast.pain).get(f"/api/v1/referrals/{seen.uuid}/coordination").json()
    (owed,) = [
        one for one in shown["obligations"]
        if (one["kind"], one["specialty"]) == (ACK, "spine")
    ]  # fmt: skip
    assert owed["lapses_at"]
    assert owed["next_rung_at"] is None


def test_a_surgeon_who_sent_the_patient_and_has_seen_it_is_asked_anew_if_it_is_given_back(
    cast, run_engine
):
    referral = s.send(cast.spine, sought="pain", receiver=cast.pain.practice)
    run_engine()
    s.act(ACK, referral, cast.spine)
    s.act("accept", referral, cast.pain)
    s.pass_on(referral, cast.pain)
    run_engine()
    kept.what_was_seen_and_led_to_nothing_lapses()


def test_the_lapse_of_one_side_gives_the_other_no_more_time(cast, run_engine):
    referral = s.send(cast.spine, sought="pain", receiver=cast.pain.practice)
    run_engine()
    s.act(ACK, referral, cast.spine)
    due = s.again(referral).due_at
    Obligation.objects.filter(referral=referral, state="answered").update(next_due_at=clock.NOW)
    run_engine()
    now = s.again(referral)
    assert now.spine_acknowledged_at is None
    assert (now.owner_side, now.next_action) == ("receiver", ACK)
    assert now.due_at == due
