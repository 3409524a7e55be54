"""The secret links of urgent messages and their reply codes: made, hashed, and found again."""

import hashlib
import hmac
import secrets
import uuid
from collections.abc import Container
from dataclasses import dataclass

from django.conf import settings
from django.db import connection

_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH = 16
_CODES = 10_000
_TRIES = 50


class LinkUnknown(Exception):
    """No link has this secret."""


@dataclass(frozen=True)
class Link:
    """Whom a link speaks for, and about what."""

    token_id: int
    practice_id: int


def secret_for(obligation_id: int, contact_point: uuid.UUID) -> str:
    """Return the 16 Crockford characters (80 bits) of one link.

    It is derived, so a message tried again carries the same link although none is stored.
    """
    return _derived(f"ack:{obligation_id}:{contact_point}")


def secret_of_test(message: uuid.UUID) -> str:
    """Return the characters of the link of a test; derived as well."""
    return _derived(f"test:{message}")


def _derived(what: str) -> str:
    place = what.encode()
    number = int.from_bytes(hmac.digest(settings.SECRET_KEY.encode(), place, "sha256")[:10], "big")
    letters = ""
    for _ in range(LENGTH):
        number, digit = divmod(number, len(_CROCKFORD))
        letters += _CROCKFORD[digit]
    return letters


def hash_of(secret: str) -> bytes:
    """Return what is stored of a secret. It has 80 random bits, so one round is enough."""
    return hashlib.sha256(secret.upper().encode()).digest()


def url_of(secret: str) -> str:
    """Return the address a person opens."""
    return f"{settings.PUBLIC_URL}/a/{secret}"


def new_code(taken: Container[str]) -> str:
    """Return four digits that are not taken; empty if nearly all are, and then nobody may reply."""
    for _ in range(_TRIES):
        code = f"{secrets.randbelow(_CODES):04}"
        if code not in taken:
            return code
    return ""


def find_by_code(address: bytes, code: str) -> list[Link]:
    """Find whom a reply speaks for: the open questions to this number with this code.

    Two are as good as none: a code is never guessed.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM tandem_find_reply(%s, %s)", [address, code])
        return [Link(*found) for found in cursor.fetchall()]


def find(secret: str) -> Link:
    """Find whom a link speaks for. It works before any practice is known, so it asks the database
    for these two ids alone.

    :raises LinkUnknown: if no link has this secret.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM tandem_find_link(%s)", [hash_of(secret)])
        found = cursor.fetchone()
    if found is None:
        raise LinkUnknown("This link is not known.")
    return Link(*found)
