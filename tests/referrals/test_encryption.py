"""What is encrypted is unreadable elsewhere: changed, moved, or without its key."""

import base64
import os

import pytest

from referrals.encryption import Undecryptable, decrypt, encrypt

PLACE = "contact_point:1:address"


def a_key():
    return base64.urlsafe_b64encode(os.urandom(32)).decode()


@pytest.fixture
def keys(settings):
    settings.FIELD_KEYS = {"k1": a_key()}
    return settings


def test_a_text_comes_back_and_is_not_seen_in_what_is_stored(keys):
    stored = encrypt("+15550001111", bound_to=PLACE)
    assert b"5550001111" not in stored
    assert decrypt(stored, bound_to=PLACE) == "+15550001111"
    assert stored != encrypt("+15550001111", bound_to=PLACE)


def test_any_changed_byte_is_noticed(keys):
    stored = encrypt("+15550001111", bound_to=PLACE)
    for place in range(len(stored)):
        changed = bytearray(stored)
        changed[place] ^= 1
        with pytest.raises(Undecryptable):
            decrypt(bytes(changed), bound_to=PLACE)


def test_a_value_moved_to_another_row_is_noticed(keys):
    with pytest.raises(Undecryptable):
        decrypt(encrypt("x", bound_to=PLACE), bound_to="contact_point:2:address")


@pytest.mark.parametrize("stored", [b"", b":", b"k1:", b"k1:short", b"k9:" + b"x" * 40, b"\xff:x"])
def test_what_was_never_encrypted_is_refused(keys, stored):
    with pytest.raises(Undecryptable):
        decrypt(stored, bound_to=PLACE)


def test_a_new_key_encrypts_while_the_old_one_still_reads(keys):
    old = encrypt("x", bound_to=PLACE)
    keys.FIELD_KEYS = {"k2": a_key(), **keys.FIELD_KEYS}
    assert encrypt("x", bound_to=PLACE).startswith(b"k2:")
    assert decrypt(old, bound_to=PLACE) == "x"
    keys.FIELD_KEYS = {"k2": keys.FIELD_KEYS["k2"]}
    with pytest.raises(Undecryptable):
        decrypt(old, bound_to=PLACE)
