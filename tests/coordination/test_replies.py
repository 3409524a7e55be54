"""Answers by SMS and by a key: who may give one, what it does, and that nothing is ever guessed."""

from itertools import cycle
from zoneinfo import ZoneInfo

import pytest
from django.core.cache import cache

from coordination.answers import ANSWERS, as_sms
from coordination.models import AckToken, Alert, ContactPoint, Delivery
from coordination.services import links
from coordination.services.replies import read_sms
from referrals.models import Ask, Event, Practitioner
from tests import factories as make
from tests.coordination import stories as s
from tests.coordination.calling_back import press, text
from tests.referrals.api.problems import rows_of_all_tables


@pytest.fixture(autouse=True)
def _no_misses_yet():
    cache.clear()


@pytest.fixture
def emergency(cast, run_engine):
    referral = s.send(cast.pain)
    run_engine()
    return referral


def rings_again(referral):
    lapses = s.owed(referral, "acknowledge", "spine").lapses_at
    return f"{lapses.astimezone(ZoneInfo('America/Chicago')):%H:%M}"


def point_of(office, channel="sms"):
    return ContactPoint.objects.get(practitioner=office.clinician, channel=channel)


def code_of(referral, office, specialty="spine"):
    owed = s.owed(referral, "acknowledge", specialty)
    return AckToken.objects.get(obligation=owed, contact_point=point_of(office)).reply_code


def surgeon(referral):
    owed = s.owed(referral, "acknowledge", "spine")
    return owed.state, owed.answered_by, owed.answered_via


RUNNING = ("running", "", "")


def test_the_sms_offers_the_code_that_answers_it(cast, emergency, sandbox):
    received = [m.body for m in sandbox.record.after(0) if m.to == point_of(cast.spine).address]
    assert [f"+{code_of(emergency, cast.spine)} or http" in body for body in received] == [True]


def test_seen_by_sms_is_recorded_as_that_person_and_said_back(cast, emergency):
    number = point_of(cast.spine).address
    said = text(number, f"1 {code_of(emergency, cast.spine)}")
    assert said == as_sms("seen_surgeon", emergency.reference, rings_again(emergency))
    assert "Seen is not accepted" in said
    assert surgeon(emergency) == ("answered", str(cast.spine.clinician), "sms")
    assert s.again(emergency).spine_acknowledged_at is not None
    assert s.again(emergency).status == "received"
    told = Event.objects.get(referral=emergency, kind="referral.acknowledged")
    assert (told.actor_name, told.actor_practice_id) == (
        str(cast.spine.clinician), cast.spine.practice.pk,
    )  # fmt: skip


def test_the_pain_side_hears_what_it_still_owes(cast, emergency):
    code = code_of(emergency, cast.pain, "pain")
    assert "patient reached" in text(point_of(cast.pain).address, f"1 {code}")
    assert s.states(emergency)["acknowledge", "pain"] == "answered"


def test_cannot_by_sms_has_the_next_practice_asked(cast, emergency, run_engine):
    number, code = point_of(cast.spine).address, code_of(emergency, cast.spine)
    assert text(number, f"2 {code}") == as_sms("passed", emergency.reference)
    run_engine()
    asked = Ask.objects.filter(referral=emergency)
    assert asked.get(practice=cast.spine.practice).answer_reason == "NO_REASON_GIVEN"
    assert asked.filter(practice=cast.other_spine.practice, answer="").exists()
    # Whoever has passed is out of it; neither their 1 nor their 2 means anything any more.
    before = surgeon(emergency)
    for choice in "12":
        assert text(number, f"{choice} {code}") == as_sms("too_late", emergency.reference)
    assert surgeon(emergency) == before == RUNNING


def test_the_sender_cannot_pass_its_own_emergency_on(cast, emergency):
    code = code_of(emergency, cast.pain, "pain")
    said = text(point_of(cast.pain).address, f"2 {code}")
    assert said == as_sms("only_seen", emergency.reference)
    assert s.states(emergency)["acknowledge", "pain"] == "running"


GOOD = ("1 {}", "1 +{}", "+1 {}", "1+{}", "1{}", "{} 1", " 1   {} ", "1.{}.", "1 seen {}",
        "SEEN {}", "Seen, {}", "1\n{}", "1, +{}!")  # fmt: skip


@pytest.mark.parametrize("form", GOOD)
def test_an_sms_is_read_however_it_is_spelled(form):
    assert read_sms(form.format("4821")) == ("1", "4821")


@pytest.mark.parametrize("form", ["2 {}", "2{}", "cannot {}", "CAN'T {}", "2 cannot +{}"])
def test_cannot_is_read_however_it_is_spelled(form):
    assert read_sms(form.format("4821")) == ("2", "4821")


BAD = ("", "1", "4821", "seen", "3 4821", "1 2 4821", "1 seen, 2 cannot +4821", "1 4821 4822",
       "1 482", "1 48210", "314821", "not seen 4821", "1 4821 ok", "who is this? 1 4821",
       "\uff11 4821", "1 ٤٨٢١", "1 4821\0x", "\U0001f44d", "yes 4821", "1 " * 5000)  # fmt: skip


@pytest.mark.parametrize("body", BAD)
def test_what_is_not_one_answer_and_one_code_is_not_read(body):
    assert read_sms(body) == ("", "")


def test_what_is_not_understood_changes_nothing_and_says_how_to_answer(cast, emergency):
    before = rows_of_all_tables()
    for body in ("1", "hello", ""):
        said = text(point_of(cast.spine).address, body)
        assert said == as_sms("not_understood")
    assert rows_of_all_tables() == before


def test_a_reply_from_another_number_counts_for_nothing(cast, emergency):
    before, code = rows_of_all_tables(), code_of(emergency, cast.spine)
    for office in (cast.pain, cast.other_spine, cast.outsider):
        if code != code_of(emergency, cast.pain, "pain"):
            said = text(point_of(office).address, f"1 {code}")
            assert said == as_sms("not_understood")
    assert text("", f"1 {code}") == as_sms("not_understood")
    assert rows_of_all_tables() == before


def test_a_wrong_code_counts_for_nothing(cast, emergency):
    right = code_of(emergency, cast.spine)
    wrong = f"{(int(right) + 1) % 10_000:04}"
    assert text(point_of(cast.spine).address, f"1 {wrong}") == as_sms("not_understood")
    assert surgeon(emergency) == RUNNING


def test_two_questions_to_one_number_are_told_apart_by_their_codes(cast, run_engine):
    first, second = s.send(cast.pain), s.send(cast.pain)
    run_engine()
    codes = [code_of(one, cast.spine) for one in (first, second)]
    assert len(set(codes)) == 2
    assert second.reference in text(point_of(cast.spine).address, f"1 {codes[1]}")
    assert surgeon(first) == RUNNING
    assert surgeon(second)[0] == "answered"


def test_a_code_that_is_open_at_a_number_is_not_given_to_it_again(cast, run_engine, monkeypatch):
    # Each side draws one code for each referral: the same one both times, and then another.
    drawn = cycle([5, 6])
    monkeypatch.setattr(links.secrets, "randbelow", lambda limit: next(drawn))
    first, second = s.send(cast.pain), s.send(cast.pain)
    run_engine()
    for office, side in ((cast.pain, "pain"), (cast.spine, "spine")):
        codes = {code_of(one, office, side) for one in (first, second)}
        assert codes == {"0005", "0006"}


def test_a_code_that_names_two_questions_is_not_guessed(cast, run_engine):
    first, second = s.send(cast.pain), s.send(cast.pain)
    run_engine()
    tokens = AckToken.objects.filter(contact_point=point_of(cast.spine))
    tokens.update(reply_code="4821")
    assert text(point_of(cast.spine).address, "1 4821") == as_sms("not_understood")
    assert surgeon(first) == surgeon(second) == RUNNING


def test_a_code_ends_with_its_alert(cast, emergency):
    number, code = point_of(cast.spine).address, code_of(emergency, cast.spine)
    Alert.objects.update(closed_at="2026-01-01T00:00Z", closed_by="x", close_reason="safe")
    assert text(number, f"1 {code}") == as_sms("not_understood")
    assert surgeon(emergency) == RUNNING


def test_a_reply_that_comes_twice_counts_once(cast, emergency):
    number, code = point_of(cast.spine).address, code_of(emergency, cast.spine)
    assert len({text(number, f"1 {code}") for _ in range(3)}) == 1
    assert s.kinds(emergency)["referral.acknowledged"] == 1


def test_whoever_answers_second_is_told_so(cast, emergency):
    s.act("acknowledge", emergency, cast.spine, by=make.make_actor(cast.spine.practice))
    said = text(point_of(cast.spine).address, f"1 {code_of(emergency, cast.spine)}")
    assert said == as_sms("answered_before", emergency.reference)


def test_whoever_has_left_can_answer_no_more(cast, emergency):
    number, code = point_of(cast.spine).address, code_of(emergency, cast.spine)
    Practitioner.objects.filter(pk=cast.spine.clinician.pk).update(is_active=False)
    assert text(number, f"1 {code}") == as_sms("not_understood")
    assert surgeon(emergency) == RUNNING


def test_ten_wrong_replies_a_minute_are_enough_and_the_link_still_answers(cast, emergency, client):
    number, code = point_of(cast.spine).address, code_of(emergency, cast.spine)
    said = [text(number, "1 x") for _ in range(11)]
    assert said == [as_sms("not_understood")] * 10 + [as_sms("too_many")]
    assert text(number, f"1 {code}") == as_sms("too_many")
    other = text(point_of(cast.pain).address, f"1 {code_of(emergency, cast.pain, 'pain')}")
    assert "Recorded" in other
    owed = s.owed(emergency, "acknowledge", "spine")
    secret = links.secret_for(owed.pk, point_of(cast.spine).pk)
    assert client.post(f"/a/{secret}", {"answer": "seen"}).status_code == 200


def test_only_a_named_person_of_the_side_that_owes_is_given_a_code(cast, emergency):
    make.make_front_desk(cast.spine.practice, channel="sms")
    for _ in range(4):
        s.fire_next_rung(emergency, "acknowledge", "spine")
    owed = s.owed(emergency, "acknowledge", "spine")
    tokens = AckToken.objects.filter(obligation=owed).select_related("contact_point__practice")
    given = {token.contact_point for token in tokens if token.reply_code}
    assert {point.channel for point in given} == {"sms", "voice"}
    assert all(point.practitioner_id for point in given)
    assert {point.practice.specialty for point in given} == {"spine"}
    left_out = {token.contact_point for token in tokens} - given
    assert any(point.practitioner_id is None and point.channel == "sms" for point in left_out)
    assert any(point.practice.specialty == "coordination" for point in left_out)


def test_a_code_is_new_among_those_taken_and_none_is_given_when_nearly_all_are():
    taken = {f"{n:04}" for n in range(10_000)}
    assert links.new_code(taken) == ""
    free = set(f"{n:04}" for n in range(5_000))
    assert links.new_code(taken - free) in free


@pytest.fixture
def call(cast, emergency, run_engine):
    """The call to the surgeon on the second rung."""
    s.fire_next_rung(emergency, "acknowledge", "spine")
    run_engine()
    return Delivery.objects.get(contact_point=point_of(cast.spine, "voice"))


def test_a_pressed_1_is_seen_and_said_back_letter_by_letter(cast, emergency, call):
    said = press(call, "1")
    assert said.startswith("Recorded: you have seen R, ")
    assert emergency.reference not in said
    assert surgeon(emergency) == ("answered", str(cast.spine.clinician), "voice")
    assert press(call, "1") == said
    assert s.kinds(emergency)["referral.acknowledged"] == 1


def test_a_pressed_2_has_the_next_practice_asked(cast, emergency, call, run_engine):
    assert press(call, "2").startswith("Recorded: you cannot take")
    run_engine()
    assert Ask.objects.filter(referral=emergency, practice=cast.other_spine.practice).exists()
    assert "can no longer be answered" in press(call, "1")


@pytest.mark.parametrize("digits", ["", "3", "0", "11", "12", "#", "*", "\uff11"])
def test_any_other_key_records_nothing(emergency, call, digits):
    before = rows_of_all_tables()
    assert press(call, digits).startswith(ANSWERS["wrong_key"])
    assert rows_of_all_tables() == before


def test_a_key_counts_only_on_the_call_that_was_placed(cast, emergency, call):
    before = rows_of_all_tables()
    sms = Delivery.objects.filter(contact_point=point_of(cast.spine)).first()
    assert press(call, "1", called="+15559999999").startswith(ANSWERS["wrong_key"])
    assert press(sms, "1").startswith(ANSWERS["wrong_key"])
    assert rows_of_all_tables() == before


def test_a_key_pressed_after_the_alert_closed_records_nothing(emergency, call):
    Alert.objects.update(closed_at="2026-01-01T00:00Z", closed_by="x", close_reason="safe")
    assert "is closed" in press(call, "1")
    assert surgeon(emergency) == RUNNING


def test_a_front_desk_that_picks_up_is_sent_to_the_link(cast, emergency, call):
    ContactPoint.objects.filter(pk=call.contact_point_id).update(practitioner=None)
    assert press(call, "1").startswith(ANSWERS["needs_a_name"])
    assert surgeon(emergency) == RUNNING


@pytest.mark.parametrize("answer", ANSWERS)
def test_an_answer_is_one_sms_with_the_safety_line(answer):
    said = as_sms(answer, "R-7K2QM")
    assert len(said) <= 160
    assert said.isascii()
    assert said.endswith("Does not replace 911/ED")
