"""The page behind the link of a message: who may answer there, and what a scanner cannot do."""

import re

import pytest
from django.conf import settings
from django.urls import reverse

from config.servers.places import PROJECT
from coordination.api import one_tap
from coordination.models import Alert, ContactPoint
from coordination.services import links
from tests.coordination import stories as s
from tests.coordination.conftest import CANARY
from tests.coordination.links import (
    coordinator,
    desk,
    link,
    pain,
    ring_the_network,
    spoil,
    surgeon,
    text,
)
from tests.coordination.test_reactions import everything


def test_a_surgeon_says_seen_with_one_press(cast, emergency, visitor):
    page = visitor.post(link(emergency, surgeon(cast)), {"answer": "seen"})
    assert page.status_code == 200
    owed = s.owed(emergency, "acknowledge", "spine")
    assert (owed.state, owed.answered_by) == ("answered", str(cast.spine.clinician))
    assert owed.answered_via == "link"
    assert s.owed(emergency, "acknowledge", "pain").state == "running"


@pytest.mark.parametrize("name", ["", "   ", "\0"])
def test_a_front_desk_has_to_say_who_it_is(cast, emergency, visitor, name):
    page = visitor.post(link(emergency, desk(cast)), {"answer": "seen", "name": name})
    assert page.status_code == 400
    assert "type your name" in text(page)
    assert s.owed(emergency, "acknowledge", "spine").state == "running"


def test_a_named_person_at_the_desk_is_on_record(cast, emergency, visitor):
    visitor.post(link(emergency, desk(cast)), {"answer": "seen", "name": "RN Demo"})
    answered_by = s.owed(emergency, "acknowledge", "spine").answered_by
    assert answered_by.startswith("RN Demo (")


def test_whoever_cannot_has_the_next_asked(cast, emergency, visitor, run_engine):
    answer = {"answer": "cannot", "reason": "IN_THEATRE"}
    assert visitor.post(link(emergency, surgeon(cast)), answer).status_code == 200
    run_engine()
    assert s.owed(emergency, "acknowledge", "spine").practice == cast.other_spine.practice


@pytest.mark.parametrize(
    "answer", [{}, {"answer": "take"}, {"answer": "cannot"}, {"answer": "cannot", "reason": "x"}]
)
def test_an_answer_that_is_none_of_those_asked_for_changes_nothing(
    cast, emergency, visitor, answer
):
    before = everything()
    assert visitor.post(link(emergency, surgeon(cast)), answer).status_code == 400
    assert everything() == before


def test_a_scanner_that_opens_the_link_twenty_times_changes_nothing(cast, emergency, visitor):
    before = everything()
    for read in (visitor.get, visitor.head) * 10:
        assert read(link(emergency, surgeon(cast))).status_code == 200
    assert everything() == before
    assert visitor.post(link(emergency, surgeon(cast)), {"answer": "seen"}).status_code == 200


def test_the_page_is_small_and_names_no_patient(cast, emergency, visitor):
    css = (PROJECT / "coordination/static/coordination/one_tap.css").stat().st_size
    for point, specialty in ((surgeon(cast), "spine"), (pain(cast), "pain")):
        page = visitor.get(link(emergency, point, specialty))
        assert len(page.content) + css <= 15_000
        assert "<script" not in text(page)
        for word in (CANARY, "saddle", "retention", "cauda"):
            assert word.lower() not in text(page).lower()


def test_the_sender_of_an_emergency_is_told_to_send_the_patient(cast, emergency, visitor):
    page = text(visitor.get(link(emergency, pain(cast), "pain")))
    assert "send them to the emergency department now" in page
    assert "cannot" not in page.lower()


def test_who_comes_after_the_pass_of_their_practice_is_told_so(cast, emergency, visitor):
    s.pass_on(emergency, cast.spine)
    page = visitor.post(link(emergency, surgeon(cast)), {"answer": "seen"})
    assert page.status_code == 409
    assert "can no longer be answered" in text(page)


def test_who_comes_after_the_answer_sees_by_whom(cast, emergency, visitor):
    s.act("acknowledge", emergency, cast.spine)
    page = text(visitor.get(link(emergency, surgeon(cast))))
    assert f"Answered by {cast.spine.clinician}" in page
    assert 'value="seen"' not in page


def test_a_link_ends_a_day_after_its_alert(cast, emergency, visitor):
    Alert.objects.update(closed_at="2020-01-01T00:00Z", closed_by="Dr DEMO", close_reason="safe")
    page = visitor.get(link(emergency, surgeon(cast)))
    assert page.status_code == 410
    assert "has ended" in text(page)


def test_a_coordinators_page_has_nothing_to_press_and_takes_nothing(cast, emergency, visitor):
    ring_the_network(emergency)
    page = visitor.get(link(emergency, coordinator(cast)))
    assert page.status_code == 200
    assert "<button" not in text(page)
    before = everything()
    for answer in ({"answer": "seen"}, {"answer": "cannot", "reason": "IN_THEATRE"}):
        assert visitor.post(link(emergency, coordinator(cast)), answer).status_code == 403
    assert everything() == before


def test_wrong_links_are_counted_and_a_right_one_still_opens(cast, emergency, visitor):
    for number in range(one_tap.MISSES_A_MINUTE):
        assert visitor.get(f"/a/{number:016d}").status_code == 404
    assert visitor.get("/a/ZZZZZZZZZZZZZZZZ").status_code == 429
    assert visitor.get(link(emergency, surgeon(cast))).status_code == 200


def test_behind_a_proxy_wrong_links_are_counted_for_each_visitor(cast, visitor, settings):
    settings.BEHIND_TLS_PROXY = True
    for number in range(one_tap.MISSES_A_MINUTE):
        visitor.get(f"/a/{number:016d}", headers={"X-Forwarded-For": "203.0.113.9"})
    for seen_from, status in (("203.0.113.9", 429), ("198.51.100.7", 404)):
        headers = {"X-Forwarded-For": seen_from}
        assert visitor.get("/a/ZZZZZZZZZZZZZZZZ", headers=headers).status_code == status


@pytest.mark.parametrize("secret", ["0", "%00", "0" * 500, "ÅÅÅÅ", "' OR 1=1 --"])
def test_no_odd_link_breaks_the_page(visitor, db, secret):
    assert visitor.get(f"/a/{secret}").status_code == 404


def test_a_secret_is_80_random_bits_and_only_its_hash_is_kept(cast, emergency):
    owed = s.owed(emergency, "acknowledge", "spine")
    secret = links.secret_for(owed.pk, surgeon(cast).pk)
    assert re.fullmatch("[0-9A-HJKMNP-TV-Z]{16}", secret)
    kept = {bytes(token.secret_hash) for token in owed.ack_tokens.all()}
    assert links.hash_of(secret) in kept
    assert secret.encode() not in kept
    assert links.hash_of(secret.lower()) == links.hash_of(secret)


def test_the_way_to_the_details_is_the_desks_page_of_this_referral(cast, emergency, visitor):
    there = reverse("admin:referral_page", args=[emergency.uuid])
    assert f'href="{settings.PUBLIC_URL}{there}"' in text(
        visitor.get(link(emergency, surgeon(cast)))
    )


def test_somebody_elses_unreadable_number_takes_nobodys_answer_away(cast, emergency, visitor):
    spoil(ContactPoint.objects.filter(practice=cast.pain.practice, channel="sms"))
    page = visitor.post(link(emergency, surgeon(cast)), {"answer": "seen"})
    assert page.status_code == 200
    assert s.owed(emergency, "acknowledge", "spine").state == "answered"
