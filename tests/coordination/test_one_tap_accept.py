"""Accepting from the link: with the person's PIN and a plan, once, and never without."""

import re
from datetime import datetime, timedelta
from functools import partial

import pytest
from django.utils import timezone

from coordination.escalation import HOLDS
from coordination.models import ContactPoint, Plan
from referrals import clock
from referrals.deadlines import Pace
from referrals.models import Event, Practitioner
from referrals.services.pins import TRIES, set_pin, try_pin
from referrals.services.practices import register_emergency_department
from tests.cast import OfficeClient
from tests.coordination import stories as s
from tests.coordination.links import (
    coordinator,
    desk,
    link,
    pain,
    ring_the_network,
    surgeon,
    text,
)
from tests.coordination.test_reactions import everything
from tests.coordination.threads import at_once

PIN = "402917"
ED = {
    "ed_name": "DEMO General",
    "ed_phone": "+15550009111",
    "mri_around_the_clock": True,
    "spine_cover": "on call",
    "transfer_agreement": True,
    "reviewed_at": "2026-11-01",
}


@pytest.fixture
def with_pin(cast):
    set_pin(cast.spine.clinician.pk, PIN)
    register_emergency_department(cast.spine.practice, **ED)


def plan(cast, **other):
    soon = (timezone.now() + timedelta(hours=1)).astimezone(cast.spine.practice.zone)
    return {
        "answer": "accept",
        "disposition": "emergency_department",
        "place": "DEMO General",
        "clinician": "Dr DEMO",
        "at": soon.strftime("%Y-%m-%dT%H:%M"),
        "pin": PIN,
    } | other


def test_the_time_is_this_minute_unless_it_is_changed(cast, with_pin, emergency, visitor):
    page = text(visitor.get(link(emergency, surgeon(cast))))
    [offered] = re.findall(r'name="at" required value="([^"]*)"', page)
    shown = datetime.fromisoformat(offered).replace(tzinfo=cast.spine.practice.zone)
    assert abs(timezone.now() - shown) < timedelta(minutes=2)
    given = plan(cast, at=offered)
    assert visitor.post(link(emergency, surgeon(cast)), given).status_code == 200


def test_one_press_with_the_pin_accepts_and_records_the_plan(cast, with_pin, emergency, visitor):
    given = plan(cast)
    page = visitor.post(link(emergency, surgeon(cast)), given)
    assert page.status_code == 200
    assert "accepts, and the plan is on record" in text(page)
    after = s.again(emergency)
    assert (after.status, after.receiver) == ("accepted", cast.spine.practice)
    kept = Plan.objects.get(referral=emergency)
    local = kept.at.astimezone(cast.spine.practice.zone).strftime("%Y-%m-%dT%H:%M")
    assert (kept.place, kept.recorded_by, local) == (
        "DEMO General", str(cast.spine.clinician), given["at"],
    )  # fmt: skip
    assert s.owed(emergency, "plan", "spine").answered_via == "link"


@pytest.mark.parametrize("pin", ["555550", "", "40291", "4029170", "\uff14\uff102917"])
def test_a_wrong_pin_changes_the_counter_and_nothing_else(cast, with_pin, emergency, visitor, pin):
    before = everything()
    page = visitor.post(link(emergency, surgeon(cast)), plan(cast, pin=pin))
    assert page.status_code == 403
    assert "4 tries are left" in text(page)
    assert everything() == before
    assert Practitioner.objects.get(pk=cast.spine.clinician.pk).pin_failures == 1


def test_five_wrong_pins_are_told_in_words_and_seen_still_works(cast, with_pin, emergency, visitor):
    here = link(emergency, surgeon(cast))
    for _ in range(TRIES):
        visitor.post(here, plan(cast, pin="555550"))
    page = visitor.post(here, plan(cast))
    assert page.status_code == 403
    assert "too many wrong PINs" in text(page)
    assert s.again(emergency).status == "sent"
    assert visitor.post(here, {"answer": "seen"}).status_code == 200


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"at": ""}, "Say when"),
        ({"at": "tomorrow"}, "Say when"),
        ({"at": "2030-01-01T10:00"}, "A plan lies ahead"),
        ({"place": " "}, "Say where"),
        ({"place": "x" * 121}, "Say where"),
        ({"clinician": ""}, "Say who"),
        ({"disposition": "home"}, "Choose how"),
    ],
)
def test_a_slip_in_the_plan_is_told_costs_no_try_and_keeps_what_was_typed(
    cast, with_pin, emergency, visitor, wrong, said
):
    before = everything()
    page = visitor.post(link(emergency, surgeon(cast)), plan(cast, pin="555550", **wrong))
    assert page.status_code == 400
    assert said in text(page)
    assert "<details open" in text(page)
    assert "555550" not in text(page)
    assert everything() == before
    assert Practitioner.objects.get(pk=cast.spine.clinician.pk).pin_failures == 0


def test_the_place_is_filled_in_from_the_emergency_directory(cast, with_pin, emergency, visitor):
    page = text(visitor.get(link(emergency, surgeon(cast))))
    assert 'name="place" required maxlength="120" autocomplete="off" value="DEMO General"' in page
    assert "tel:+15550009111" in page


def test_who_has_no_pin_is_told_so_and_has_nothing_to_press(cast, emergency, visitor):
    page = text(visitor.get(link(emergency, surgeon(cast))))
    assert "You have no PIN yet" in page
    assert 'value="accept"' not in page
    before = everything()
    assert visitor.post(link(emergency, surgeon(cast)), plan(cast)).status_code == 403
    assert everything() == before


def test_neither_desk_nor_sender_nor_coordinator_accepts(cast, with_pin, emergency, visitor):
    set_pin(cast.pain.clinician.pk, PIN)
    set_pin(cast.network.coordinator.pk, PIN)
    ring_the_network(emergency)
    before = everything()
    for here in (
        link(emergency, desk(cast)),
        link(emergency, pain(cast), "pain"),
        link(emergency, coordinator(cast)),
    ):
        assert 'value="accept"' not in text(visitor.get(here))
        given = plan(cast, name="RN Demo")
        assert visitor.post(here, given).status_code in (403, 409)
    assert everything() == before


def test_the_sought_pain_side_accepts_too(cast, run_engine, visitor):
    referral = s.send(cast.spine, sought="pain", receiver=cast.pain.practice)
    run_engine()
    set_pin(cast.pain.clinician.pk, PIN)
    assert visitor.post(link(referral, pain(cast), "pain"), plan(cast)).status_code == 200
    assert s.again(referral).receiver == cast.pain.practice


def test_seen_promises_the_time_at_which_it_lapses_before_it_is_pressed_and_after(
    cast, with_pin, emergency, visitor, monkeypatch
):
    now = clock.now()
    monkeypatch.setattr(clock, "now", lambda: now)
    at = f"{(now + HOLDS[Pace.EMERGENCY]).astimezone(cast.spine.practice.zone):%H:%M}"
    page = text(visitor.get(link(emergency, surgeon(cast))))
    assert f"Seen: I accept or pass it on by {at}" in page
    assert "we ring your side again" in page
    seen = visitor.post(link(emergency, surgeon(cast)), {"answer": "seen"})
    assert f"Accept or pass it on by {at}" in text(seen)
    assert 'value="accept"' in text(seen)
    # What is promised is what rings.
    assert s.owed(emergency, "acknowledge", "spine").lapses_at == now + HOLDS[Pace.EMERGENCY]
    colleague = text(visitor.get(link(emergency, desk(cast))))
    assert f"we ring again at {at}" in colleague


def test_the_page_says_who_was_told_and_who_is_next(cast, emergency, visitor):
    page = text(visitor.get(link(emergency, surgeon(cast))))
    assert f"<strong>You</strong>, {cast.spine.practice.short_name}" in page
    assert f"{cast.spine.practice.short_name} front desk" in page
    due = s.owed(emergency, "acknowledge", "spine").next_due_at
    assert f"at {due.astimezone(cast.spine.practice.zone):%H:%M}" in page
    assert "whoever is on call" in page


def test_each_side_may_telephone_the_other(cast, run_engine, visitor):
    referral = s.send(cast.pain, call_back="+15550004321")
    run_engine()
    number = surgeon(cast).address
    assert "tel:+15550004321" in text(visitor.get(link(referral, surgeon(cast))))
    assert number not in text(visitor.get(link(referral, surgeon(cast))))
    assert f"tel:{number}" in text(visitor.get(link(referral, pain(cast), "pain")))
    ring_the_network(referral)
    page = text(visitor.get(link(referral, coordinator(cast))))
    assert f"tel:{number}" in page
    assert "tel:+15550004321" in page


def test_of_two_who_accept_at_once_one_wins_and_the_other_learns_who(town, sandbox):
    referral, points = _two_are_asked(town)
    given = [plan(town, place=place) for place in ("DEMO One", "DEMO Two")]
    presses = [
        partial(OfficeClient().post, link(referral, point), form)
        for point, form in zip(points, given, strict=True)
    ]
    pages = at_once(*presses, role_name="app")
    assert sorted(page.status_code for page in pages) == [200, 409]
    won = next(place for place, page in enumerate(pages) if page.status_code == 200)
    winner = s.again(referral).receiver
    assert winner == points[won].practice
    lost = text(pages[1 - won])
    assert f"Accepted by <strong>{points[won].practitioner}</strong>, {winner.name}" in lost
    assert Plan.objects.filter(referral=referral).count() == 1
    assert Event.objects.filter(referral=referral, kind="referral.accepted").count() == 1


def test_of_six_wrong_pins_at_once_each_is_counted(town):
    person = town.spine.clinician
    set_pin(person.pk, PIN)
    checks = at_once(*[partial(try_pin, person.pk, "555550")] * 6, role_name="app")
    assert sorted(check.tries_left for check in checks) == [0, 0, 1, 2, 3, 4]
    assert Practitioner.objects.get(pk=person.pk).pin_locked_until is not None


def _two_are_asked(town):
    referral = s.send(town.pain)
    _relay()
    ring_the_network(referral)
    points = [
        ContactPoint.objects.get(practitioner=office.clinician, channel="sms")
        for office in (town.spine, town.other_spine)
    ]
    for office in (town.spine, town.other_spine):
        set_pin(office.clinician.pk, PIN)
    return referral, points


def _relay():
    with s.role("engine"):
        while s.relay():
            pass
