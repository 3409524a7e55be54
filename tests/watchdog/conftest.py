"""An urgent case that is well, whoever watches over it, and the operator who is told."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connection

from config.sandbox.server import Sandbox
from config.servers.addresses import Database
from config.watchdog.audit import Auditor, Found
from config.watchdog.memory import Memory
from config.watchdog.options import Options, Ways
from coordination import services
from coordination.alarms import LOOPS
from referrals.models import Referral
from tests.cast import Cast, role
from tests.coordination import stories as s
from tests.watchdog.operator import Operator

NOWHERE = Database("tandem", "tandem_watch", "word", "127.0.0.1", "1")


@pytest.fixture
def emergency(cast: Cast, run_engine) -> Referral:  # type: ignore[no-untyped-def]
    """An emergency whose people have been told, in a house whose loops work."""
    referral = s.send(cast.pain)
    run_engine()
    with role("engine"):
        for loop in LOOPS:
            services.beat(loop, worked=True)
    return referral


@pytest.fixture
def options(tmp_path: Path) -> Options:
    """What an operator has set who has set nothing: the database is not there."""
    return Options(
        database=NOWHERE, state=tmp_path / "watchdog.json", ways=Ways(), loops=LOOPS, disks=()
    )


@pytest.fixture
def ask(options: Options):  # type: ignore[no-untyped-def]
    """Put every question to the database of this test, as the watchdog's role."""
    auditor = Auditor(options, uptime=float("inf"))

    def put(memory: Memory | None = None) -> dict[str, tuple[str, ...]]:
        with role("watch"):
            connection.ensure_connection()
            found: list[Found] = auditor.ask(connection.connection, memory or Memory())
        return {one.code: one.things for one in found}

    return put


@pytest.fixture
def operator() -> Iterator[Operator]:
    """The operator's own webhook and dead-man's address."""
    with Operator() as somebody:
        yield somebody


@pytest.fixture
def post() -> Iterator[Sandbox]:
    """The operator's own mail server and SMS provider."""
    with Sandbox() as outside:
        yield outside
