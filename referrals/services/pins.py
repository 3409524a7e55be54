"""The PIN with which a person accepts from the link of a message.

Its hash and its wrong tries are kept in the database, so that a restart forgives nobody.
"""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.auth.hashers import check_password, make_password
from django.db import transaction

from referrals import clock
from referrals.models import Practitioner

DIGITS = 6
TRIES = 5
LOCKED_FOR = timedelta(minutes=15)
_SHAPE = re.compile(r"[0-9]{6}")
_ROWS = ("0123456789", "9876543210")


class PinUnusable(ValueError):
    """This cannot be a PIN."""


@dataclass(frozen=True)
class PinCheck:
    """What came of one try: right, or how many tries are left, or until when there are none."""

    right: bool
    tries_left: int = 0
    locked_until: datetime | None = None


def set_pin(practitioner_id: int, pin: str) -> Practitioner:
    """Give a person a new PIN, and unlock it.

    :raises PinUnusable: if it is not six digits, or one that anybody would try first.
    """
    if not _SHAPE.fullmatch(pin):
        raise PinUnusable(f"A PIN is {DIGITS} digits, 0 to 9. Choose such a one.")
    if len(set(pin)) == 1 or any(pin in row for row in _ROWS):
        raise PinUnusable("This PIN is among the first that anybody tries. Choose another.")
    person = Practitioner.objects.get(pk=practitioner_id)
    person.pin_hash, person.pin_failures, person.pin_locked_until = make_password(pin), 0, None
    person.save(update_fields=["pin_hash", "pin_failures", "pin_locked_until"])
    return person


@transaction.atomic
def try_pin(practitioner_id: int, pin: str) -> PinCheck:
    """Compare a PIN with the person's, and count the try if it is wrong.

    It answers and does not raise: an exception would undo the count with the caller's transaction.
    """
    # The lock makes tries that come at the same moment count one after the other.
    person = Practitioner.objects.select_for_update(no_key=True).get(pk=practitioner_id)
    at = clock.now()
    if person.pin_locked_until and person.pin_locked_until > at:
        return PinCheck(right=False, locked_until=person.pin_locked_until)
    right = bool(person.pin_hash) and person.is_active and check_password(pin, person.pin_hash)
    person.pin_failures = 0 if right else person.pin_failures + 1
    person.pin_locked_until = None
    if person.pin_failures >= TRIES:
        person.pin_failures, person.pin_locked_until = 0, at + LOCKED_FOR
    person.save(update_fields=["pin_failures", "pin_locked_until"])
    left = 0 if person.pin_locked_until else TRIES - person.pin_failures
    return PinCheck(right, left, person.pin_locked_until)
