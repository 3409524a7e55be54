"""Who has accepted stays the one expected, unless somebody gives the patient back aloud."""

import pytest
from django.core.cache import cache
from django.db import IntegrityError, transaction

from coordination.models import AckToken, ContactPoint, Delivery
from referrals.models import Referral
from referrals.services.pins import set_pin
from tests import factories as make
from tests.coordination import calling_back as provider
from tests.coordination import stories as s
from tests.coordination.links import desk, link, surgeon, text
from tests.coordination.test_one_tap_accept import PIN, plan


@pytest.fixture(autouse=True)
def _no_misses_yet():
    cache.clear()


@pytest.fixture
def colleague(cast):
    """A second surgeon of the practice, on the second rung."""
    person = make.make_person(cast.spine.practice)
    make.make_shift(person, "backup")
    return person


@pytest.fixture
def accepted(cast, run_engine, visitor, colleague):
    """An emergency that rang two surgeons, and was accepted by the first one's link and PIN."""
    referral = s.send(cast.pain)
    run_engine()
    for _ in range(2):
        s.fire_next_rung(referral, "acknowledge", "spine")
    run_engine()
    set_pin(cast.spine.clinician.pk, PIN)
    assert visitor.post(link(referral, surgeon(cast)), plan(cast)).status_code == 200
    run_engine()
    return referral


def stays(referral):
    now = s.again(referral)
    assert (now.status, now.receiver_id is None) == ("accepted", False)
    assert now.plan_recorded_at is not None


def test_a_colleagues_late_sms_undoes_no_acceptance(accepted, colleague, run_engine):
    point = ContactPoint.objects.get(practitioner=colleague, channel="sms")
    code = AckToken.objects.get(contact_point=point).reply_code
    provider.text(point.address, f"2 {code}")
    run_engine()
    stays(accepted)


def test_a_colleagues_late_key_undoes_no_acceptance(accepted, colleague, run_engine):
    call = Delivery.objects.filter(contact_point__practitioner=colleague, channel="voice").first()
    provider.press(call, "2")
    run_engine()
    stays(accepted)


def test_a_late_press_at_the_front_desk_undoes_no_acceptance(cast, accepted, visitor):
    cannot = {"answer": "cannot", "reason": "IN_THEATRE", "name": "anybody"}
    page = visitor.post(link(accepted, desk(cast)), cannot)
    assert page.status_code == 409
    assert "Cannot: send" not in text(visitor.get(link(accepted, desk(cast))))
    stays(accepted)


def test_who_had_accepted_hears_that_their_practice_gave_it_back(cast, accepted, run_engine):
    s.pass_on(accepted, cast.spine)
    run_engine()
    told = Delivery.objects.filter(message="given_back", state__in=("sent", "delivered"))
    assert surgeon(cast).pk in set(told.values_list("contact_point", flat=True))


def test_nobody_hears_of_giving_back_what_nobody_had_accepted(cast, run_engine):
    referral = s.send(cast.pain)
    run_engine()
    s.pass_on(referral, cast.spine)
    run_engine()
    assert not Delivery.objects.filter(message="given_back").exists()


@pytest.fixture
def given_back(cast, run_engine):
    """A same-day case: accepted, the plan written down by the sender, then given back."""
    referral = s.send(cast.pain, findings=make.FOOT_DROP_TODAY)
    run_engine()
    s.act("acknowledge", referral, cast.pain)
    s.act("accept", referral, cast.spine)
    s.act("record_plan", referral, cast.pain, s.PLAN)
    s.pass_on(referral, cast.spine)
    run_engine()
    s.act("record_patient_contact", referral, cast.pain, s.REACHED)
    return referral


def test_a_plan_leaves_with_the_practice_it_was_about_whoever_wrote_it_down(given_back):
    assert s.again(given_back).plan_recorded_at is None
    assert s.states(given_back)["plan", "spine"] == "running"


@pytest.mark.parametrize("act", ["acknowledge", "accept"])
def test_the_next_practice_makes_nothing_safe_by_an_old_plan(cast, given_back, run_engine, act):
    s.act(act, given_back, cast.other_spine)
    run_engine()
    assert s.again(given_back).safe_at is None


def test_the_database_knows_no_safe_case_that_nobody_accepted(cast, run_engine):
    referral = s.send(cast.pain)
    stamped = dict.fromkeys(
        ("pain_acknowledged_at", "spine_acknowledged_at", "plan_recorded_at", "safe_at"),
        referral.sent_at,
    )
    with pytest.raises(IntegrityError, match="referral_safe_means"), transaction.atomic():
        Referral.objects.filter(pk=referral.pk).update(**stamped)
