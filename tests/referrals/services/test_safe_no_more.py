"""A safe urgent case rings again once the patient does not come, or will not."""

import pytest

from coordination.models import Obligation
from referrals.models import RedFlag
from tests import factories as make
from tests.coordination import stories as s
from tests.referrals.services import life
from tests.referrals.services.by_hand import person, resolve_all
from tests.referrals.services.test_urgent_endings import (
    PLAN,
    REACHED,
    coordinate,
    run_the_engine,
    safe,
)

REFUSED = {"reached": True, "understood": True, "transport": "none", "destination": "refused"}


def ringing(referral):
    found = Obligation.objects.running().filter(referral=referral, alert__isnull=False)
    return set(found.values_list("kind", "specialty"))


@pytest.mark.parametrize("act", ["record_no_show", "cancel_visit"])
def test_a_patient_with_a_red_flag_who_is_not_seen_rings_everybody_again(cast, act):
    referral = safe(cast)
    life.act("schedule", referral, cast.spine)
    life.act(act, referral, cast.spine)
    found = life.again(referral)
    assert (found.safe_at, found.plan_recorded_at) == (None, None)
    assert life.turn(referral) == ("receiver", "acknowledge")
    run_the_engine()
    assert life.again(referral).alert_open
    assert {("acknowledge", "spine"), ("acknowledge", "pain"), ("plan", "spine")} <= ringing(
        referral
    )
    assert ("patient", "pain") in ringing(referral)


@pytest.mark.parametrize("act", ["record_no_show", "cancel_visit"])
def test_a_missed_visit_rings_nobody_once_every_red_flag_is_resolved(cast, act):
    referral = safe(cast)
    life.act("schedule", referral, cast.spine)
    resolve_all(referral, person(cast.spine))
    life.act(act, referral, cast.spine)
    run_the_engine()
    assert life.again(referral).safe_at
    assert not ringing(referral)
    assert life.turn(referral) == ("receiver", "schedule")


@pytest.mark.parametrize("act", ["record_no_show", "cancel_visit"])
def test_a_missed_visit_rings_nobody_if_an_emergency_department_has_the_patient(cast, act):
    referral = safe(cast)
    life.act("schedule", referral, cast.spine)
    s.hand_over(referral, cast.pain)
    life.act(act, referral, cast.spine)
    run_the_engine()
    assert life.again(referral).safe_at
    assert not ringing(referral)


@pytest.mark.parametrize("is_handed_over", [False, True])
def test_a_patient_who_refuses_after_the_case_was_safe_rings_everybody_again(cast, is_handed_over):
    referral = safe(cast)
    if is_handed_over:
        s.hand_over(referral, cast.pain)
    coordinate("record_patient_contact", referral, cast.pain, REFUSED, via="api")
    run_the_engine()
    found = life.again(referral)
    assert (found.safe_at, found.handed_over_at, found.alert_open) == (None, None, True)
    assert ("patient", "pain") in ringing(referral)
    assert RedFlag.objects.unresolved(found.patient_id).exists()


def test_a_case_that_rang_again_becomes_safe_again(cast):
    referral = safe(cast)
    coordinate("record_patient_contact", referral, cast.pain, REFUSED, via="api")
    run_the_engine()
    for office in (cast.spine, cast.pain):
        coordinate("acknowledge", referral, office, via="api")
    coordinate("record_plan", referral, cast.spine, PLAN, via="api")
    coordinate("record_patient_contact", referral, cast.pain, REACHED, via="api")
    assert life.again(referral).safe_at
    assert not ringing(referral)


def test_a_call_that_reached_nobody_takes_no_acknowledgement_away(cast):
    referral = life.send(cast, make.FOOT_DROP_TODAY)
    coordinate("acknowledge", referral, cast.pain, via="api")
    coordinate("record_patient_contact", referral, cast.pain, REFUSED, via="api")
    run_the_engine()
    coordinate("record_patient_contact", referral, cast.pain, REFUSED, via="api")
    assert life.again(referral).pain_acknowledged_at
