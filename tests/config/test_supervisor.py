"""The supervisor as its user meets it: one house, and what kills do to it."""

import json
import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.request import urlopen

import pytest

from config.servers.places import PROJECT
from tests.config import accounts, processes
from tests.live import LiveHouse
from tests.waiting import until

# Whole houses start here, perhaps on a machine that is busy with other things.
pytestmark = pytest.mark.timeout(300)

OURS = ("sandbox", "web", "worker-urgent", "worker-default", "beat", "dispatch", "watchdog")


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that an ordinary user can reach; pytest's own is closed to others."""
    made = Path(tempfile.mkdtemp(prefix="tandem-test-"))
    yield made
    shutil.rmtree(made)


def readiness(house: LiveHouse) -> str:
    try:
        with urlopen(f"{house.url}/readyz", timeout=5) as answer:
            return str(json.load(answer)["status"])
    except OSError:
        return "unreachable"


def test_a_house_serves_once_it_says_that_it_is_ready(live_house: LiveHouse) -> None:
    assert readiness(live_house) == "ready"
    assert set(live_house.state.children) == {"postgres", "valkey", *OURS}


LOADED = """
import runpy, sys
sys.argv = ["manage.py", "up", "--help"]
try:
    runpy.run_path("manage.py", run_name="__main__")
except SystemExit as end:
    assert not end.code, end.code
heavy = {"django.db.models", "rest_framework", "celery", "redis", "config.settings"}
print(sorted(heavy & set(sys.modules)), file=sys.stderr)
"""


def test_the_supervisor_keeps_no_application_in_memory() -> None:
    answer = subprocess.run(
        [sys.executable, "-c", LOADED], cwd=PROJECT, capture_output=True, text=True, check=True
    )
    assert answer.stderr.strip() == "[]"


def test_the_web_server_and_the_dispatcher_open_no_connection_that_no_thread_uses(
    live_house: LiveHouse,
) -> None:
    most = {}
    for name in ("web", "dispatch"):
        environ = Path(f"/proc/{live_house.pid(name)}/environ").read_bytes().split(b"\0")
        most[name] = next(one for one in environ if one.startswith(b"DATABASE_POOL_SIZE="))
    assert most == {"web": b"DATABASE_POOL_SIZE=4", "dispatch": b"DATABASE_POOL_SIZE=1"}


def test_its_secrets_and_sockets_are_for_their_owner_only(live_house: LiveHouse) -> None:
    here = live_house.places
    assert stat.S_IMODE(here.secrets.stat().st_mode) == 0o600
    assert stat.S_IMODE(here.sockets.stat().st_mode) == 0o700


def test_a_command_by_hand_finds_the_running_house_and_is_the_app_role(
    live_house: LiveHouse,
) -> None:
    question = (
        "from django.conf import settings as s; from django.db import connection as c;"
        "u = c.cursor().execute('SELECT current_user').fetchone()[0];"
        "print(u, s.PUBLIC_URL, s.SMS_PROVIDER_URL)"
    )
    answer = live_house.manage("shell", "-v", "0", "-c", question)
    assert answer.stdout.split() == ["tandem_app", live_house.url, live_house.sandbox.url]


def test_a_second_up_in_the_same_folder_is_told_who_holds_it(live_house: LiveHouse) -> None:
    refused = live_house.manage("up")
    assert refused.returncode == 1
    assert f"kill {live_house.pid('up')}" in refused.stderr


def test_an_ordinary_user_runs_a_second_house_at_the_same_time_from_a_long_path(
    live_house: LiveHouse, folder: Path
) -> None:
    deep = folder / ("a-path-too-long-for-a-socket-" * 4)
    deep.mkdir()
    guest = LiveHouse(deep, WEB_WORKERS="1")
    guest.prefix = accounts.ordinary(folder, deep)
    try:
        guest.start()
        assert guest.url != live_house.url
        assert not guest.places.sockets.is_relative_to(deep)
        assert readiness(guest) == readiness(live_house) == "ready"
    finally:
        guest.stop()
        shutil.rmtree(guest.places.sockets, ignore_errors=True)


def test_every_killed_child_comes_back(live_house: LiveHouse) -> None:
    killed = {name: live_house.kill(name) for name in live_house.state.children}
    for name, pid in killed.items():
        live_house.wait_restarted(name, pid)
    until(lambda: readiness(live_house) == "ready", what=live_house.output())


def test_a_killed_web_worker_comes_back_under_the_same_server(live_house: LiveHouse) -> None:
    until(lambda: readiness(live_house) == "ready")
    parent = live_house.pid("web")
    before = processes.children_of(parent)
    os.kill(before[0], signal.SIGKILL)
    until(lambda: len(processes.children_of(parent)) == len(before))
    assert live_house.pid("web") == parent


def test_after_kill_9_of_the_supervisor_nothing_stays_and_the_next_start_works(
    live_house: LiveHouse,
) -> None:
    live_house.kill("up")
    assert live_house.process is not None
    live_house.process.wait()
    until(lambda: not processes.of_house(live_house.places), what="no orphan is left")
    live_house.start()
    assert readiness(live_house) == "ready"


def test_sigterm_stops_everything_cleanly(live_house: LiveHouse) -> None:
    assert live_house.stop() == 0
    assert processes.of_house(live_house.places) == []
    assert not live_house.places.state.exists()
    assert "database system is shut down" in (live_house.places.logs / "postgres.log").read_text()
