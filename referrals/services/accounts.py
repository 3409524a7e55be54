"""Accounts with which people sign in at the desk: a password and the code of an authenticator.

A password is made here and shown once; a seed is shown until its first code was typed.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.auth.models import User
from django.db import transaction
from django_otp.oath import TOTP

from referrals import clock
from referrals.models import Authenticator, Practitioner

SEED_BYTES = 20
# A telephone's clock may be half a minute off.
TOLERANCE = 1
ENROL_WITHIN = timedelta(minutes=10)
_DIGITS = 6


class AccountRefused(Exception):
    """The account cannot be made like this. Says how to mend it."""


class CodeRefused(Exception):
    """The code is wrong, was used before, or came too soon after a wrong one."""


class EnrolmentRefused(Exception):
    """An authenticator is enrolled only by an account without one, right after its password."""


@dataclass(frozen=True)
class NewAccount:
    """What a person needs for the first sign-in. The password is not stored."""

    username: str
    password: str
    person: str
    practice: str


@transaction.atomic
def add_staff_account(person: Practitioner, *, username: str) -> NewAccount:
    """Let a person of a practice sign in at the desk, with a password made here.

    :raises AccountRefused: if the person has an account, has left, or the name is taken.
    """
    if person.user_id:
        raise AccountRefused(f"{person} has an account already.")
    if not person.is_active:
        raise AccountRefused(f"{person} does not work there any more.")
    if not username.strip() or User.objects.filter(username=username).exists():
        raise AccountRefused(f"The user name {username!r} is taken or empty. Choose another one.")
    password = _password()
    person.user = User.objects.create_user(username, password=password, is_staff=True)
    person.save(update_fields=["user"])
    return NewAccount(username, password, str(person), person.practice.name)


@transaction.atomic
def start_over(username: str) -> NewAccount:
    """Give an account a new password and forget its authenticator; its sessions end.

    :raises AccountRefused: if no person of a practice has this account.
    """
    person = Practitioner.objects.filter(user__username=username).select_related("practice").first()
    if person is None:
        raise AccountRefused(f"Nobody has the account {username!r}.")
    user = User.objects.select_for_update(no_key=True).get(practitioner=person)
    password = _password()
    user.set_password(password)
    user.save(update_fields=["password"])
    # What a lost telephone knows is worthless from now on.
    enrol(user, secrets.token_bytes(SEED_BYTES), at=clock.now())
    return NewAccount(username, password, str(person), person.practice.name)


@transaction.atomic
def begin_enrolment(user: User) -> Authenticator:
    """Return the authenticator that waits for its first code, with a seed to show.

    :raises EnrolmentRefused: if the account has one, or its password is not fresh.
    """
    at = clock.now()
    if user.last_login is None or at - user.last_login > ENROL_WITHIN:
        raise EnrolmentRefused("Sign in with your password again first.")
    account = User.objects.select_for_update(no_key=True).get(pk=user.pk)
    known = Authenticator.objects.filter(user=account).first()
    if known is None:
        return enrol(account, secrets.token_bytes(SEED_BYTES), at=at)
    if known.confirmed:
        raise EnrolmentRefused("This account has an authenticator already.")
    return known


def enrol(user: User, seed: bytes, *, at: datetime, confirmed: bool = False) -> Authenticator:
    """Give an account its one authenticator, in place of an earlier one.

    :param confirmed: only for a demo, where the seed is known; else its first code confirms it.
    """
    made = Authenticator.objects.filter(user=user).first() or Authenticator(user=user)
    made.name, made.made_at, made.confirmed = "authenticator", at, confirmed
    made.seed, made.drift, made.last_step = seed, 0, -1
    made.throttle_reset(commit=False)
    made.save()
    return made


def check_code(user: User, code: str) -> Authenticator:
    """Check the code of an account's authenticator; the first right one confirms it.

    :raises CodeRefused: if it is not right.
    """
    # Outside the refusal: a wrong code is counted, and the count must stay.
    with transaction.atomic():
        device = Authenticator.objects.select_for_update().filter(user=user).first()
        right = device is not None and _verify(device, code)
    if device is None or not right:
        raise CodeRefused("This code is not right. Wait for the next one and type that.")
    return device


def _password() -> str:
    return secrets.token_urlsafe(15)


def _verify(device: Authenticator, code: str) -> bool:
    allowed, _ = device.verify_is_allowed()
    if not allowed:
        return False
    totp = TOTP(device.seed, drift=device.drift)
    typed = code.replace(" ", "")
    well_formed = typed.isascii() and typed.isdigit() and len(typed) == _DIGITS
    if not well_formed or not totp.verify(int(typed), TOLERANCE, device.last_step + 1):
        device.throttle_increment()
        return False
    device.drift, device.last_step, device.confirmed = totp.drift, totp.t(), True
    device.throttle_reset(commit=False)
    device.save()
    return True
