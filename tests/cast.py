"""The cast of every story: a pain clinic, two spine offices, the network, and an outsider.

The outsider is a whole practice like the others that must not see anything.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import count

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client

from config.sandbox.server import Sandbox
from coordination import engine
from referrals.models import Practice, Practitioner
from referrals.models.api_key import Scope
from referrals.models.practice import Role, Specialty
from referrals.services.keys import issue_api_key
from referrals.walls import Actor, acting_as
from tests import factories as make

_requests = count(1)


@dataclass
class Office:
    """One practice with its people and the key of its system."""

    practice: Practice
    clinician: Practitioner
    coordinator: Practitioner
    key: str

    @property
    def actor(self) -> Actor:
        """The practice's clinician, acting."""
        return make.make_actor(self.practice, self.clinician)


@dataclass
class Cast:
    """Everybody."""

    pain: Office
    spine: Office
    other_spine: Office
    network: Office
    outsider: Office


def make_office(specialty: str, *, on_call: bool = True, **given: object) -> Office:
    """Set up one practice as a clinic would."""
    practice = make.make_practice(specialty, **given)
    clinician = make.make_person(practice)
    coordinator = make.make_person(practice, Role.COORDINATOR, channels=("email",))
    make.make_front_desk(practice)
    if on_call:
        make.make_shift(clinician)
    key = issue_api_key(practice, name="system", scopes=[scope.value for scope in Scope])
    return Office(practice, clinician, coordinator, key)


@contextmanager
def role(name: str) -> Iterator[None]:
    """Be one of the database roles; the walls hold only for those who are not the owner."""
    with connection.cursor() as cursor:
        cursor.execute(f'SET ROLE "{settings.DATABASE_ROLES[name]}"')
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("RESET ROLE")


@contextmanager
def behind_the_wall(actor: Actor) -> Iterator[None]:
    """Act as the web server does for this actor: its role, and its practice's rows."""
    with role("app"), acting_as(actor):
        yield


class OfficeClient(Client):
    """A test client that sends an office's key, and whose requests run as the app's role."""

    def __init__(self, key: str = "") -> None:
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        super().__init__(headers=headers)

    def request(self, **given):  # type: ignore[no-untyped-def]
        with role("app"):
            return super().request(**given)

    def send(self, path: str, body: dict[str, object], **headers: str):  # type: ignore[no-untyped-def]
        """POST JSON with a fresh Idempotency-Key unless one is given."""
        named = self._named(headers)
        return self.post(path, body, content_type="application/json", headers=named)

    def amend(self, path: str, body: dict[str, object], **headers: str):  # type: ignore[no-untyped-def]
        """PATCH like :meth:`send`."""
        named = self._named(headers)
        return self.patch(path, body, content_type="application/json", headers=named)

    def _named(self, headers: dict[str, str]) -> dict[str, str]:
        return {"Idempotency-Key": f"request-{next(_requests)}"} | {
            name.replace("_", "-"): value for name, value in headers.items()
        }


@pytest.fixture
def maintenance(db: None) -> None:
    """Let the owner write what the story begins with."""
    _open_maintenance()


def _open_maintenance() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET tandem.maintenance = 'on'")


@pytest.fixture
def cast(maintenance: None) -> Cast:
    """The cast, in the database of one test."""
    return make_cast()


@pytest.fixture
def town(transactional_db: None) -> Cast:
    """The cast, committed, so that other threads and processes see it."""
    return make_cast()


def make_cast() -> Cast:
    """Set everybody up."""
    _open_maintenance()
    return Cast(
        pain=make_office(Specialty.PAIN),
        spine=make_office(Specialty.SPINE),
        other_spine=make_office(Specialty.SPINE, region="DuPage"),
        network=make_office(Specialty.COORDINATION),
        outsider=make_office(Specialty.SPINE, region="Far", capabilities=[], on_call=False),
    )


@pytest.fixture
def client_of() -> Callable[[Office], OfficeClient]:
    """The client of an office's own system."""
    return lambda office: OfficeClient(office.key)


@pytest.fixture
def sandbox(settings) -> Iterator[Sandbox]:  # type: ignore[no-untyped-def]
    """The world outside: a mail server and an SMS provider that record."""
    with Sandbox() as outside:
        point_at(settings, outside)
        yield outside


def point_at(settings, outside: Sandbox) -> None:  # type: ignore[no-untyped-def]
    """Send all mail and SMS to the sandbox."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, port = outside.smtp_url.removeprefix("smtp://").split(":")
    settings.EMAIL_PORT = int(port)
    settings.SMS_PROVIDER_URL = outside.url
    settings.SMS_ACCOUNT_SID = outside.account.sid
    settings.SMS_AUTH_TOKEN = outside.account.token
    settings.SMS_FROM = "+15550000000"


@pytest.fixture
def run_engine(sandbox: Sandbox) -> Callable[[], int]:
    """Do all work that is due, as the engine's role."""
    return partial(_run, engine.work_until_idle)


def _run(work: Callable[[], int]) -> int:
    with role("engine"):
        return work()
