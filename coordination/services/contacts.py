"""Keeps how people are reached."""

import base64
import binascii
import secrets
from collections.abc import Callable, Mapping
from datetime import datetime
from uuid import UUID

import phonenumbers
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction

from coordination.channels import egress
from coordination.escalation import (
    ANSWERING_SERVICE,
    EMAIL,
    HOSPITAL_OPERATOR,
    SMS,
    VOICE,
    WEBHOOK,
)
from coordination.models import ContactPoint
from coordination.services.reliance import refuse_to_lose
from coordination.services.rota_lock import lock_rota
from referrals import clock
from referrals.models import Practice, Practitioner
from referrals.walls import Actor

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


def _webhook(address: str) -> str:
    try:
        egress.read(address)
    except egress.EgressRefused as refused:
        raise AddressRefused(str(refused)) from refused
    return address


_READ: Mapping[str, Callable[[str], str]] = {
    SMS: _telephone,
    VOICE: _telephone,
    ANSWERING_SERVICE: _telephone,
    HOSPITAL_OPERATOR: _telephone,
    EMAIL: _email,
    WEBHOOK: _webhook,
}
_SECRET = "whsec_"  # noqa: S105 - the prefix by which Standard Webhooks knows one
_SECRET_BYTES = range(24, 65)


def add_contact_point(
    practice: Practice,
    *,
    channel: str,
    address: str,
    practitioner: Practitioner | None = None,
    secret: str = "",
) -> ContactPoint:
    """Add a verified way to reach a person, or the front desk if no person is given.

    :param secret: signs what a webhook is sent; made if none is given. Show it once, as
        ``point.secret``, to whoever sets up the receiving system.
    :raises AddressRefused: if the address, or the secret, is none of its channel.
    """
    point = ContactPoint(
        practice=practice, practitioner=practitioner, channel=channel, verified_at=clock.now()
    )
    point.address = _READ.get(channel, str)(address.strip())
    if channel == WEBHOOK:
        point.secret = _checked(secret) if secret else _new_secret()
    point.save()
    return point


def rotate_secret(point: ContactPoint) -> str:
    """Give a webhook a new secret and return it. Until the next change the old one signs too."""
    old = point.secret.split()[0]
    point.secret = f"{_new_secret()} {old}"
    point.save(update_fields=["encrypted_secret"])
    return point.secret.split()[0]


def found(point: ContactPoint, at: datetime, *, works: bool) -> None:
    """Note since when a contact point has been failing, or that it works again."""
    if works and point.failing_since:
        ContactPoint.objects.filter(pk=point.pk).update(failing_since=None)
    elif not works and not point.failing_since:
        unnoticed = ContactPoint.objects.filter(pk=point.pk, failing_since__isnull=True)
        unnoticed.update(failing_since=at)


def switch_off(point: ContactPoint) -> None:
    """Send nothing more to a contact point."""
    ContactPoint.objects.filter(pk=point.pk).update(is_active=False)


def _new_secret() -> str:
    return _SECRET + base64.b64encode(secrets.token_bytes(32)).decode()


def _checked(secret: str) -> str:
    try:
        key = base64.b64decode(secret.removeprefix(_SECRET), validate=True)
    except binascii.Error:
        key = b""
    if not secret.startswith(_SECRET) or len(key) not in _SECRET_BYTES:
        raise AddressRefused(
            "secret: write whsec_ and 24 to 64 random bytes in base64, or leave it out."
        )
    return secret


@transaction.atomic
def retire_contact_point(point_uuid: UUID, *, by: Actor) -> ContactPoint:
    """Send nothing more to an address of the actor's own practice. Saying it twice is once.

    :raises ContactPoint.DoesNotExist: if it is not their practice's.
    :raises StillReliedOn: if somebody who is relied on could not be reached any more.
    """
    lock_rota(by.own_practice_id)
    own = ContactPoint.objects.filter(practice=by.own_practice_id)
    point = own.select_related("practice", "practitioner").get(pk=point_uuid)
    if point.is_active:
        refuse_to_lose(point)
        point.is_active = False
        point.save(update_fields=["is_active"])
    return point
