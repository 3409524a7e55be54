"""The last way to reach somebody who is relied on stays, and the refusal says what to mend."""

from datetime import timedelta

import pytest

from coordination import services
from coordination.models import ContactPoint
from coordination.services import StillReliedOn
from referrals import clock
from tests import factories as make
from tests.cast import behind_the_wall, make_office
from tests.coordination.test_on_call import begin
from tests.coordination.threads import at_once


@pytest.fixture
def office(maintenance):
    found = make_office("spine", on_call=False)
    found.surgeons = [found.clinician]
    return found


def retire(office, point):
    with behind_the_wall(office.actor):
        return services.retire_contact_point(point.pk, by=office.actor)


def leave_one(office, **kept):
    """Turn off everything but one way, and return it."""
    one = ContactPoint.objects.filter(practice=office.practice, **kept).first()
    ContactPoint.objects.filter(practice=office.practice).exclude(pk=one.pk).update(is_active=False)
    return one


@pytest.mark.parametrize("channel", ["sms", "email"])
def test_the_last_way_to_reach_anybody_of_an_urgent_practice_stays(office, channel):
    last = leave_one(office, practitioner=office.clinician, channel=channel)
    with pytest.raises(StillReliedOn, match="last way to reach anybody of"):
        retire(office, last)
    last.refresh_from_db()
    assert last.is_active


def test_a_practice_to_which_no_red_flag_goes_may_turn_off_all_it_has(maintenance):
    quiet = make_office("pain", on_call=False)
    assert not retire(quiet, leave_one(quiet)).is_active


def test_a_practice_that_is_closed_may_turn_off_all_it_has(office):
    make.make_shift(office.clinician)
    last = leave_one(office, practitioner=office.clinician)
    office.practice.is_active = False
    office.practice.save(update_fields=["is_active"])
    assert not retire(office, last).is_active


def test_a_webhook_is_no_human_and_may_always_go(office):
    url = "https://hooks.example.org/tandem"
    point = services.add_contact_point(office.practice, channel="webhook", address=url)
    last = leave_one(office, practitioner=office.clinician)
    ContactPoint.objects.filter(pk=point.pk).update(is_active=True)
    with pytest.raises(StillReliedOn):
        retire(office, last)
    assert not retire(office, point).is_active


@pytest.mark.parametrize("by", ["rotation", "shift"])
def test_the_last_way_to_reach_a_member_or_whoever_is_on_call_stays(office, by):
    if by == "rotation":
        begin(office)
    else:
        make.make_shift(office.clinician)
    own = ContactPoint.objects.filter(practitioner=office.clinician)
    *others, last = own
    for point in others:
        retire(office, point)
    with pytest.raises(StillReliedOn, match=f"last way to reach {office.clinician}"):
        retire(office, last)
    now = clock.now()
    with pytest.raises(StillReliedOn, match="put somebody else on call"):
        retire(office, last)
    assert own.filter(is_active=True).get().verified_at <= now


def test_a_shift_that_is_over_holds_nothing(office):
    now = clock.now()
    services.put_on_call(
        office.clinician, starts=now - timedelta(days=2), ends=now - timedelta(days=1)
    )
    last = None
    for last in ContactPoint.objects.filter(practitioner=office.clinician):
        retire(office, last)
    last.refresh_from_db()
    assert not last.is_active


def test_two_who_retire_the_last_two_ways_at_once_leave_one(transactional_db):
    found = make_office("spine")
    points = list(ContactPoint.objects.filter(practitioner=found.clinician))
    retire(found, points.pop())
    tried = at_once(*(lambda point=one: retire(found, point) for one in points), role_name="app")
    assert [type(one) for one in tried].count(StillReliedOn) == 1
    assert ContactPoint.objects.filter(practitioner=found.clinician, is_active=True).count() == 1
