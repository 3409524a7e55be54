"""The watchdog in a running house: what stands still is said within half a minute, and mended."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from time import monotonic

import pytest

from config.servers.places import PROJECT
from config.watchdog import memory
from tests.faults.reference_run import frozen
from tests.live import LiveHouse
from tests.waiting import until
from tests.watchdog.operator import Operator

pytestmark = pytest.mark.timeout(300)

EVERY = 2.0
# It looks every ten seconds, not every two, where people are.
ALARM_SECONDS = 30.0 - (10.0 - EVERY)


@pytest.fixture(scope="module")
def told() -> Iterator[Operator]:
    """The operator of this module's house."""
    with Operator() as somebody:
        yield somebody


@pytest.fixture(scope="module")
def house(told: Operator) -> Iterator[LiveHouse]:
    """A house whose operator is told by webhook."""
    made = LiveHouse(
        Path(os.environ["VAR_DIR"]) / "watched",
        WATCHDOG_WEBHOOK_URL=told.webhook_url,
        WATCHDOG_DEADMAN_URL=told.deadman_url,
        WATCHDOG_EVERY=str(EVERY),
        WATCHDOG_START_SECONDS="15",
        WATCHDOG_CALM_SECONDS="1",
        WEB_WORKERS="1",
    )
    try:
        made.start()
        yield made
    finally:
        made.stop()


def seconds_until(told: Operator, status: str, code: str) -> float:
    """How long until the operator was told this of that code, from now on."""
    begun, before = monotonic(), len(told.told)

    def said() -> bool:
        new = told.told[before:]
        key = {"alarm": lambda one: [each["code"] for each in one["alarms"]]}
        codes = key.get(status, lambda one: one["mended"])
        return any(code in codes(one) for one in new)

    until(said, what=f"{status} {code}: {told.told[before:]}")
    return monotonic() - begun


def said(house: LiveHouse) -> int:
    """How often the watchdog remembers having said that a loop is stale."""
    red = memory.read(house.places.root / "watchdog.json").red
    return red["loop-stale"].said if "loop-stale" in red else 0


def test_as_long_as_all_is_well_the_dead_mans_address_is_called(
    house: LiveHouse, told: Operator
) -> None:
    until(lambda: told.pings >= 2, what=f"pings; told {told.told}")
    once = house.manage("watchdog", "--once", "--json")
    assert once.returncode == 0, once.stdout + once.stderr
    assert json.loads(once.stdout)["clean"] is True


def test_a_dispatcher_that_lives_and_does_nothing_is_said_within_half_a_minute(
    house: LiveHouse, told: Operator
) -> None:
    with frozen(house, "dispatch"):
        assert seconds_until(told, "alarm", "loop-stale") <= ALARM_SECONDS
        pings = told.pings
        once = house.manage("watchdog", "--once")
        assert once.returncode == 1
        assert "docs/runbooks/loop-stale.md" in once.stdout
        assert "WATCHDOG_BACKUP" in once.stdout
        assert told.pings == pings
    seconds_until(told, "clear", "loop-stale")
    until(lambda: told.pings > pings, what="the dead man's address is called again")


def test_a_postgresql_that_hangs_is_said_within_half_a_minute_without_it(
    house: LiveHouse, told: Operator
) -> None:
    with frozen(house, "postgres"):
        assert seconds_until(told, "alarm", "database-gone") <= ALARM_SECONDS
    seconds_until(told, "clear", "database-gone")


def test_killed_it_comes_back_and_says_nothing_twice(house: LiveHouse, told: Operator) -> None:
    with frozen(house, "dispatch"):
        seconds_until(told, "alarm", "loop-stale")
        until(lambda: said(house) == 1, what="it is written down")
        old = house.kill("watchdog", signal.SIGKILL)
        before = len(told.told)
        house.wait_restarted("watchdog", old)
        assert said(house) == 1
    until(lambda: told.told[-1]["status"] == "clear", what=f"all clear: {told.told[before:]}")
    assert "loop-stale" not in [code for one in told.codes[before:] for code in one]


LOADED = """
import re, runpy, sys
sys.argv = ["manage.py", "watchdog", "--once"]
try:
    runpy.run_path("manage.py", run_name="__main__")
except SystemExit:
    pass
heavy = {"django.db.models", "rest_framework", "celery", "kombu", "redis", "unfold"}
print("loaded:", sorted((heavy | {"config.settings"}) & set(sys.modules)))
print("kB:", re.search(r"VmHWM:\\s+(\\d+)", open("/proc/self/status").read())[1])
"""


def test_it_loads_no_application_and_stays_small(house: LiveHouse) -> None:
    done = subprocess.run(
        [sys.executable, "-c", LOADED],
        cwd=PROJECT,
        env=house.env,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    *_, loaded, most = done.stdout.splitlines()
    assert loaded == "loaded: []"
    assert int(most.removeprefix("kB: ")) < 60_000
