"""A lowering that waits is over with its referral."""

import pytest

from referrals.clinical import Tier
from referrals.models import Lowering
from referrals.services.lowering import NobodyProposed
from referrals.workflow import Status
from tests import factories as make
from tests.referrals.services import life
from tests.referrals.services.by_hand import confirm, lower, person, propose, raise_to
from tests.referrals.services.test_urgent_endings import run_the_engine


@pytest.mark.parametrize("end", ["decline", "request_cancellation", "enter_in_error", "redirect"])
def test_a_lowering_that_waits_is_withdrawn_when_the_referral_ends(cast, end):
    referral = life.send(cast, {"foot_drop": "present", "motor_onset_days": 3})
    lower(referral, person(cast.pain), person(cast.spine), Tier.URGENT)
    run_the_engine()
    propose(referral, person(cast.pain), Tier.ROUTINE)
    life.act(end, referral, cast.spine if end == "decline" else cast.pain)
    assert not Lowering.objects.waiting().filter(referral=referral).exists()


def test_a_lowering_proposed_before_the_end_is_not_confirmed_after_it_was_reopened(cast):
    referral = life.send(cast, {"foot_drop": "present", "motor_onset_days": 3})
    lower(referral, person(cast.pain), person(cast.spine), Tier.URGENT)
    run_the_engine()
    propose(referral, person(cast.pain), Tier.ROUTINE)
    life.act("decline", referral, cast.spine)
    life.act("reopen", referral, cast.pain)
    with pytest.raises(NobodyProposed):
        confirm(referral, person(cast.pain, make.make_person(cast.pain.practice)))


def test_a_lowering_that_waits_is_withdrawn_when_the_report_was_read(cast):
    referral = life.brought_to(Status.REPORTED, cast)
    raise_to(referral, person(cast.pain), Tier.URGENT)
    propose(referral, person(cast.pain), Tier.ROUTINE)
    life.act("close", referral, cast.pain)
    assert not Lowering.objects.waiting().filter(referral=referral).exists()
