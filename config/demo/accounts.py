"""The log-ins for the desk of the demo. Their authenticators are known, so they are never secret.

The password is new at each run: who has not seen the demo start cannot sign in.
"""

from dataclasses import dataclass

from django.contrib.auth.models import User

from referrals import clock
from referrals.admin.sign_in import key_text, key_uri
from referrals.models import Practitioner
from referrals.services import accounts


@dataclass(frozen=True)
class DeskLogin:
    """What one person of the demo needs to sign in at the desk."""

    person: str
    username: str
    password: str
    key: str
    otpauth: str


def desk_login(person: Practitioner, *, username: str) -> DeskLogin:
    """Give a person of the demo an account, or their account a new password.

    The key of the authenticator begins with DEMO and stays the same, so a telephone that scanned
    it once goes on working.
    """
    made = (
        accounts.start_over(username)
        if person.user_id
        else accounts.add_staff_account(person, username=username)
    )
    seed = seed_of(username)
    accounts.enrol(User.objects.get(username=username), seed, at=clock.now(), confirmed=True)
    return DeskLogin(
        made.person, made.username, made.password, key_text(seed), key_uri(username, seed)
    )


def seed_of(username: str) -> bytes:
    """Return the seed of somebody's authenticator. It is known to all, hence for the demo only."""
    return f"DEMO {username}".encode().ljust(accounts.SEED_BYTES, b".")[: accounts.SEED_BYTES]
