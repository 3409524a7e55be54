"""Failure codes in words: for every code there is a sentence, also for one never seen before."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coordination.channels.codes import CODES, PROVIDER_CODES, in_words

ALL = [*CODES, *(f"sms_{n}" for n in PROVIDER_CODES), *(f"voice_{n}" for n in PROVIDER_CODES)]


@pytest.mark.parametrize("code", ALL)
def test_a_known_code_is_told_in_a_plain_sentence(code):
    words = in_words(code)
    assert words[0].isupper()
    assert words.endswith(".")
    assert "_" not in words


@pytest.mark.parametrize(
    ("code", "part"),
    [
        ("sms_21211", "not a telephone number"),
        ("voice_21211", "not a telephone number"),
        ("sms_30003", "off or out of reach"),
        ("smtp_599", "refused the message for good. (code smtp_599)"),
        ("smtp_471", "for now. (code smtp_471)"),
        ("sms_99999", "refused the message. (code sms_99999)"),
        ("voice_99999", "refused the call. (code voice_99999)"),
        ("KeyError", "no words for. (code KeyError)"),
    ],
)
def test_a_code_says_what_happened(code, part):
    assert part in in_words(code)


@given(st.text(max_size=40))
def test_any_code_has_words_and_no_code_has_none(code):
    assert bool(in_words(code)) == bool(code)
