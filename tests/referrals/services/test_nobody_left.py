"""Whatever is passed or handed over, somebody has the move and can end the referral."""

import pytest

from referrals import services
from referrals.clinical import Tier
from referrals.workflow import TransitionRefused
from tests import factories as make
from tests.cast import behind_the_wall
from tests.coordination import stories as s
from tests.referrals.services import life
from tests.referrals.services.by_hand import lower, person
from tests.referrals.services.test_urgent_endings import run_the_engine, safe


def test_a_report_is_not_lost_by_a_pass_after_a_handover(cast):
    referral = safe(cast)
    s.hand_over(referral, cast.pain)
    life.act("schedule", referral, cast.spine)
    life.act("report", referral, cast.spine)
    with pytest.raises(TransitionRefused):
        s.pass_on(referral, cast.spine)
    life.act("close", referral, cast.pain)
    assert life.again(referral).status == "closed"


def test_the_sender_calls_off_what_was_handed_over_and_passed(cast):
    referral = life.send(cast, make.CAUDA_EQUINA)
    run_the_engine()
    s.hand_over(referral, cast.pain)
    s.act("acknowledge", referral, cast.pain)
    s.act("record_patient_contact", referral, cast.pain, s.REACHED)
    s.act("acknowledge", referral, cast.spine)
    s.pass_on(referral, cast.spine)
    run_the_engine()
    assert life.turn(referral) == ("sender", "decide_next")
    life.act("request_cancellation", referral, cast.pain)
    assert life.again(referral).status == "cancelled"


def test_the_sender_calls_off_at_once_what_everybody_has_passed(cast):
    referral = life.send(cast, make.FOOT_DROP_TODAY)
    run_the_engine()
    s.act("acknowledge", referral, cast.spine)
    for office in (cast.spine, cast.other_spine):
        s.pass_on(referral, office)
        run_the_engine()
    nurse = make.make_person(cast.pain.practice, "clinician")
    lower(referral, person(cast.pain), person(cast.pain, nurse), Tier.ROUTINE)
    run_the_engine()
    assert life.again(referral).status == "received"
    life.act("request_cancellation", referral, cast.pain)
    assert life.again(referral).status == "cancelled"


def test_a_patient_in_an_emergency_department_is_reached_by_the_next_pain_practice(cast):
    by = person(cast.spine)
    with behind_the_wall(by):
        referral = services.submit(
            make.make_intake(make.CAUDA_EQUINA, sought="pain", receiver=cast.pain.practice), by=by
        )
    run_the_engine()
    s.hand_over(referral, cast.spine)
    s.pass_on(referral, cast.pain)
    run_the_engine()
    found = life.again(referral)
    waiting = found.asks.filter(answer="", practice__specialty="pain")
    assert waiting.exists() or found.next_action == "find_receiver"
