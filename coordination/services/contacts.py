"""Keeps how people are reached, and who is on call."""

from collections.abc import Callable, Mapping
from datetime import datetime

import phonenumbers
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange

from coordination.escalation import ANSWERING_SERVICE, EMAIL, HOSPITAL_OPERATOR, SMS, VOICE
from coordination.models import ContactPoint, OnCallShift
from referrals import clock
from referrals.models import Practice, Practitioner

# A number that is written without its country is one of here.
_COUNTRY = "US"


class AddressRefused(ValueError):
    """The address cannot be one of its channel; the words say what to write instead."""


def _telephone(address: str) -> str:
    """Return the number as the provider writes it (E.164), so that a reply from it is known."""
    refusal = "address: this is not a telephone number. Write it like +1 312 555 0100."
    try:
        number = phonenumbers.parse(address, _COUNTRY)
    except phonenumbers.NumberParseException as error:
        raise AddressRefused(refusal) from error
    # Possible is enough: numbers set aside for examples and drills are never valid.
    if number.extension or not phonenumbers.is_possible_number(number):
        raise AddressRefused(refusal)
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _email(address: str) -> str:
    try:
        validate_email(address)
    except ValidationError as error:
        raise AddressRefused(
            "address: this is not an e-mail address. Write it like desk@spine.example."
        ) from error
    return address


_READ: Mapping[str, Callable[[str], str]] = {
    SMS: _telephone,
    VOICE: _telephone,
    ANSWERING_SERVICE: _telephone,
    HOSPITAL_OPERATOR: _telephone,
    EMAIL: _email,
}


def add_contact_point(
    practice: Practice,
    *,
    channel: str,
    address: str,
    practitioner: Practitioner | None = None,
) -> ContactPoint:
    """Add a verified way to reach a person, or the front desk if no person is given.

    :raises AddressRefused: if it is no telephone number, or no e-mail address.
    """
    point = ContactPoint(
        practice=practice, practitioner=practitioner, channel=channel, verified_at=clock.now()
    )
    point.address = _READ.get(channel, str)(address.strip())
    point.save()
    return point


def put_on_call(
    practitioner: Practitioner,
    *,
    starts: datetime,
    ends: datetime,
    level: str = OnCallShift.Level.PRIMARY,
) -> OnCallShift:
    """Put somebody on call for their practice, from ``starts`` to just before ``ends``.

    :raises IntegrityError: if somebody is on call at that level already.
    """
    return OnCallShift.objects.create(
        practice=practitioner.practice,
        practitioner=practitioner,
        level=level,
        period=DateTimeTZRange(starts, ends),
    )
