"""People at the desk: clients whose requests run as the app's role, signed in or on their way."""

import base64
from dataclasses import dataclass

import django_otp
from django.contrib.auth.models import User
from django.test import Client
from django_otp.oath import TOTP

from referrals import clock
from referrals.admin.gate import SINCE
from referrals.models import Authenticator, Practitioner
from referrals.services import accounts
from tests.cast import OfficeClient

SEED = b"DEMO seed of a test."
LIST = "/admin/referrals/referral/"
URGENT = f"{LIST}?list=urgent"


@dataclass
class Account:
    """An account with its password."""

    user: User
    password: str


def make_account(person: Practitioner, username: str = "nora", *, enrolled: bool = True) -> Account:
    """Give a person an account, with an authenticator of a known seed or with none."""
    made = accounts.add_staff_account(person, username=username)
    user = User.objects.get(username=username)
    if enrolled:
        accounts.enrol(user, SEED, at=clock.now(), confirmed=True)
    return Account(user, made.password)


def code(seed: bytes = SEED, *, steps: int = 0) -> str:
    """Return what the telephone shows, now or so many half minutes later."""
    return f"{TOTP(seed, drift=steps).token():06d}"


def at_the_desk(person: Practitioner, username: str = "", client: Client | None = None) -> Client:
    """Return the client of somebody who has signed in, as the app's role unless one is given."""
    account = make_account(person, username or f"user-{person.pk}")
    client = client or OfficeClient()
    client.force_login(account.user, backend="django.contrib.auth.backends.ModelBackend")
    session = client.session
    device = Authenticator.objects.get(user=account.user)
    session[django_otp.DEVICE_ID_SESSION_KEY] = device.persistent_id
    session[SINCE] = clock.now().timestamp()
    session.save()
    return client


def page_of(referral: object) -> str:
    """Return the address of the page of a referral."""
    return f"{LIST}{referral.uuid}/"


def press(client: OfficeClient, referral: object, act: str, **typed: object):  # type: ignore[no-untyped-def]
    """Press a button, with what was typed."""
    named = {name.replace("__", "."): value for name, value in typed.items()}
    return client.post(f"{page_of(referral)}{act}/", named, follow=True)


def text(answer: object) -> str:
    """Return the page as text."""
    return answer.content.decode()


def seed_of(key: str) -> bytes:
    """Return the seed from the key as it stands on the page."""
    plain = key.replace(" ", "")
    return base64.b32decode(plain + "=" * (-len(plain) % 8))
