"""The servers that tests run against, and the wall around them.

The folder is chosen while this file is imported, because the settings read it; PostgreSQL and
Valkey start with the first test that needs them.
"""

import ipaddress
import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import django
import hypothesis
import pgtrigger
import pytest
from django.conf import settings
from django.db.backends.postgresql.operations import DatabaseOperations

from config.servers import places
from tests import servers

_LOCK = servers.claim(os.environ)
django.setup()
# A slow hash is for those who guess; a live house keeps its own.
settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

# For who has the time: `--hypothesis-profile=long`.
hypothesis.settings.register_profile("long", max_examples=1000)

from tests.live import LiveHouse  # noqa: E402 - after the settings know their folder

pytest_plugins = ["tests.browser", "tests.cast"]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_setupnodes() -> None:
    """Let no process of the run inherit the settings' name: it would read them for this folder."""
    del os.environ["DJANGO_SETTINGS_MODULE"]


def pytest_unconfigure(config: pytest.Config) -> None:
    """Remove the run's folder; a killed run's is removed by the next run."""
    servers.remove(Path(os.environ["VAR_DIR"]))
    _LOCK.__exit__(None, None, None)


@pytest.fixture(scope="session")
def house_servers() -> Iterator[places.Places]:
    """PostgreSQL and Valkey of this run."""
    here = places.of(os.environ)
    with servers.running(here):
        yield here


@pytest.fixture(scope="session")
def django_db_keepdb() -> bool:
    """Drop no database at the end: the whole cluster goes."""
    return True


@pytest.fixture(scope="session")
def django_db_modify_db_settings(house_servers: places.Places) -> None:
    """Have the servers up before pytest-django makes its database."""


@pytest.fixture(scope="session", autouse=True)
def _what_is_history_may_be_emptied_between_tests() -> Iterator[None]:
    # The database refuses TRUNCATE of it; the owner of a test's database says aloud that it may.
    flush = DatabaseOperations.execute_sql_flush
    names = ",".join(trigger.get_pgid(model) for model, trigger in pgtrigger.registered())
    allow = f"SELECT set_config('pgtrigger.ignore', '{{{names}}}', true)"

    def aloud(self: DatabaseOperations, sql_list: list[str]) -> None:
        flush(self, [allow, *sql_list])

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(DatabaseOperations, "execute_sql_flush", aloud)
        yield


@pytest.fixture(scope="module")
def live_house(request: pytest.FixtureRequest) -> Iterator[LiveHouse]:
    """A whole running house for the tests of one module."""
    name = request.module.__name__.rpartition(".")[2]
    house = LiveHouse(Path(os.environ["VAR_DIR"]) / name)
    try:
        house.start()
        yield house
    finally:
        house.stop()


@pytest.fixture(autouse=True)
def _no_sockets_but_localhost(monkeypatch: pytest.MonkeyPatch) -> None:
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        assert self.family == socket.AF_UNIX or _is_loopback(address[0]), (
            f"a test tried to reach {address}"
        )
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
