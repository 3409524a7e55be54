"""Every text with the worst facts: short enough for one SMS, without a patient, always with the
line that sends danger to 911."""

from dataclasses import fields
from datetime import UTC, datetime
from itertools import product
from string import Formatter
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coordination.escalation import LADDERS
from coordination.messages import MESSAGES, NOTICES, SAFETY_LINE, Facts, compose, page_for

GSM7 = set(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ÄÖÑÜ§¿äöñüà"
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
)
ZONES = ("America/Chicago", "Australia/Lord_Howe", "Asia/Kolkata", "Pacific/Chatham", "UTC")
LINK = "https://tandem.northwest-spine-network.org/a/0123456789ABCDEF"
SHORT_LINK = "https://tandem.example.org/a/0123456789ABCDEF"
LONGEST_LINK = f"https://{'x' * 64}/a/0123456789ABCDEF"
ASKING = [text for text in MESSAGES if MESSAGES[text].keys]
NAMES = (
    "N", "Northwest Spine Institut", "Ångström\u2013Müller Rückenz.", "脊椎外科クリニック",
    "A{link}B{reference}", "line\nbreak\r\ninjected", "~^{}[]\\|€" * 2, "\u202eevil",
)  # fmt: skip


def facts(name="Northwest Spine", zone="America/Chicago", at=None, link=LINK, code="4821"):
    at = at or datetime(2026, 11, 25, 20, 35, tzinfo=UTC)
    return Facts("R-7K2QM", name, at, ZoneInfo(zone), link, code)


@pytest.mark.parametrize("link", [SHORT_LINK, LINK, LONGEST_LINK], ids=len)
@pytest.mark.parametrize(("text", "name", "zone"), [*product(MESSAGES, NAMES, ZONES)])
def test_an_sms_is_one_segment_of_plain_letters_with_its_link_and_safety_line(
    text, name, zone, link
):
    sms = compose(text, facts(name, zone, link=link)).sms
    assert len(sms) <= 160
    assert set(sms) <= GSM7
    assert sms.endswith(SAFETY_LINE)
    assert (f" {link} " in sms) == (text in ASKING)
    assert "R-7K2QM" in sms


def test_an_sms_says_who_is_asked_by_when_and_how_to_answer():
    sms = compose("emergency_surgeon", facts("NORTHWEST", link=SHORT_LINK)).sms
    assert sms == (
        "TANDEM EMERGENCY R-7K2QM to NORTHWES. Answer by Wed 14:35: reply 1 seen, 2 cannot "
        f"+4821 or {SHORT_LINK} {SAFETY_LINE}"
    )


def test_what_does_not_fit_falls_away_in_the_stated_order():
    gone = []
    for size in range(10, 65):
        link = f"https://{'x' * size}/a/0123456789ABCDEF"
        sms = compose("emergency_surgeon", facts("NORTHWEST SPINE", link=link)).sms
        parts = {"NORTHWEST SPINE": "the whole name", " to ": "the name", "+4821": "the reply",
                 "14:35": "the time"}  # fmt: skip
        # Without the offer to reply there is room for the name again.
        gone += [words for part, words in parts.items() if part not in sms and words not in gone]
    assert gone == ["the whole name", "the name", "the reply", "the time"]


@pytest.mark.parametrize("text", MESSAGES)
def test_whoever_has_no_code_is_offered_neither_reply_nor_key(text):
    message = compose(text, facts(code=""))
    assert message.keys == ""
    assert "reply" not in message.sms
    assert "Press" not in message.voice


def test_the_side_that_sent_is_not_offered_to_pass():
    assert compose("emergency_pain", facts()).keys == "1"
    assert "2 cannot" not in compose("emergency_pain", facts(link=SHORT_LINK)).sms
    assert "Press 2" not in compose("emergency_pain", facts()).voice


@pytest.mark.parametrize(("text", "name"), [*product(MESSAGES, NAMES)])
def test_a_call_spells_the_reference_and_says_no_address(text, name):
    spoken = compose(text, facts(name)).voice
    assert "R, 7, K, 2, Q, M" in spoken
    assert "R-7K2QM" not in spoken
    assert LINK not in spoken
    assert spoken.endswith("This does not replace 911 or the emergency department.")
    assert spoken.isprintable()


def test_a_call_says_what_is_asked_and_which_key_answers():
    assert compose("emergency_surgeon", facts("NORTHWEST")).voice == (
        "This is Tandem. An EMERGENCY referral is waiting for the spine surgeon on call of "
        "NORTHWEST. Reference R, 7, K, 2, Q, M. Answer by Wednesday 2:35 PM CST. Press 1 if you "
        "have seen this. Press 2 if you cannot: then the next is asked. This does not replace 911 "
        "or the emergency department."
    )


@given(
    text=st.sampled_from(sorted(MESSAGES)),
    name=st.text(min_size=1, max_size=24),
    zone=st.sampled_from(ZONES),
    at=st.datetimes(timezones=st.just(UTC), min_value=datetime(2000, 1, 1),
                    max_value=datetime(2100, 1, 1)),
)  # fmt: skip
def test_no_name_breaks_a_message(text, name, zone, at):
    message = compose(text, facts(name, zone, at))
    assert len(message.sms) <= 160
    assert set(message.sms) <= GSM7
    assert not set(message.subject) & set("\r\n")
    assert SAFETY_LINE in message.body
    assert SAFETY_LINE in message.sms


@pytest.mark.parametrize("text", MESSAGES)
def test_a_text_uses_only_facts_that_are_no_patient_facts(text):
    row = MESSAGES[text]
    allowed = {field.name for field in fields(Facts)} - {"zone"}
    # "to" is the name again, where it may be left out.
    for words in (row.subject, row.sms.replace("{to}", ""), row.ask, *row.lines):
        assert {name for _, name, _, _ in Formatter().parse(words) if name} <= allowed


def test_facts_hold_nothing_of_the_patient():
    assert {field.name for field in fields(Facts)} == {
        "reference", "practice", "answer_by", "zone", "link", "reply_code",
        "referral", "tier", "written_at",
    }  # fmt: skip


@pytest.mark.parametrize("key", LADDERS, ids=str)
def test_every_obligation_has_a_text_that_asks_for_it(key):
    wanted = page_for(*key)
    assert wanted in MESSAGES
    assert wanted not in NOTICES


@pytest.mark.parametrize("text", [text for text in MESSAGES if text.startswith(("emerg", "same"))])
def test_a_page_carries_its_link_and_its_time_in_the_readers_zone(text):
    message = compose(text, facts(zone="Asia/Kolkata"))
    assert LINK in message.sms
    assert LINK in message.body
    assert "Thu 02:05" in message.sms
    assert "Thu 02:05 IST" in message.body


@pytest.mark.parametrize("text", sorted(NOTICES))
def test_a_notice_asks_nobody_to_answer(text):
    message = compose(text, facts())
    assert LINK not in message.sms + message.body


def test_the_practice_gives_way_before_the_link():
    sms = compose("emergency_surgeon", facts("Northwest Spine Institute of Cook County")).sms
    assert LINK in sms
    assert "R-7K2QM" in sms
