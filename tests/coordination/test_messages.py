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
NAMES = (
    "N", "Northwest Spine Institut", "Ångström\u2013Müller Rückenz.", "脊椎外科クリニック",
    "A{link}B{reference}", "line\nbreak\r\ninjected", "~^{}[]\\|€" * 2, "\u202eevil",
)  # fmt: skip


def facts(name="Northwest Spine", zone="America/Chicago", at=None):
    at = at or datetime(2026, 11, 25, 20, 35, tzinfo=UTC)
    return Facts("R-7K2QM", name, at, ZoneInfo(zone), LINK)


@pytest.mark.parametrize(("text", "name", "zone"), [*product(MESSAGES, NAMES, ZONES)])
def test_an_sms_is_one_segment_of_plain_letters(text, name, zone):
    sms = compose(text, facts(name, zone)).sms
    assert len(sms) <= 160
    assert set(sms) <= GSM7
    assert sms.endswith(SAFETY_LINE)


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
    for words in (row.subject, row.sms, *row.lines):
        assert {name for _, name, _, _ in Formatter().parse(words) if name} <= allowed


def test_facts_hold_nothing_of_the_patient():
    assert {field.name for field in fields(Facts)} == {
        "reference", "practice", "answer_by", "zone", "link",
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
    assert "Thu 02:05 IST" in message.sms
    assert "Thu 02:05 IST" in message.body


@pytest.mark.parametrize("text", NOTICES)
def test_a_notice_asks_nobody_to_answer(text):
    message = compose(text, facts())
    assert LINK not in message.sms + message.body


def test_the_practice_gives_way_before_the_link():
    sms = compose("emergency_surgeon", facts("Northwest Spine Institute of Cook County")).sms
    assert LINK in sms
    assert "R-7K2QM" in sms
