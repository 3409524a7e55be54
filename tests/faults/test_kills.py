"""kill -9 of every process while emergencies come in: nothing that was answered 201 is lost."""

import subprocess
import sys

import pytest

from config.servers import places
from tests.config import processes
from tests.faults.house import Sender, Stream, seconds_until_told, settle
from tests.faults.reference_run import VICTIMS, frozen
from tests.waiting import until

BETWEEN = 3
pytestmark = pytest.mark.timeout(120)


def test_dispatch_alone_tells_both_sides_without_celery_and_without_its_broker(
    live_house, sender, record_property
):
    with frozen(live_house, "worker-urgent", "worker-default", "beat", "valkey"):
        measured = [seconds_until_told(live_house, sender) for _ in range(5)]
    record_property("seconds", measured)
    print("without Celery and Valkey: POST, told after:", measured)
    assert max(post for post, _ in measured) <= 2
    assert max(told for _, told in measured) <= 5


def test_celery_alone_routes_and_notifies(live_house, sender):
    with frozen(live_house, "dispatch"):
        measured = [seconds_until_told(live_house, sender) for _ in range(5)]
    print("without dispatch: POST, told after:", measured)
    assert max(told for _, told in measured) <= 15


def test_whichever_process_is_killed_nothing_is_lost(live_house, sender):
    senders = (sender, Sender(live_house, sender.key))
    with Stream(*senders) as stream:
        for name in VICTIMS:
            stream.wait_for(BETWEEN)
            old = live_house.kill(name)
            live_house.wait_restarted(name, old)
        stream.wait_for(BETWEEN)
    after = settle(live_house)
    after.assert_nothing_lost(stream.references, len(VICTIMS))
    tries = sum(one.tries for one in senders)
    print(f"{len(stream.references)} in, {tries} tries, {after.duplicates} copies")


def test_when_the_supervisor_is_killed_nothing_is_lost(live_house, sender):
    with Stream(sender) as stream:
        stream.wait_for(BETWEEN)
        live_house.kill("up")
        live_house.process.wait()
        until(lambda: not processes.of_house(live_house.places), what="no orphan is left")
        live_house.start()
        stream.wait_for(BETWEEN)
    after = settle(live_house)
    after.assert_nothing_lost(stream.references, kills=1 + len(VICTIMS))
    print(f"{len(stream.references)} in, {after.duplicates} copies")


DISPATCH = """
import runpy, sys
sys.argv = ["manage.py", "dispatch", "--once"]
try:
    runpy.run_path("manage.py", run_name="__main__")
except SystemExit as end:
    assert not end.code, end.code
print("loaded:", sorted({"celery", "kombu", "redis"} & set(sys.modules)))
"""


def test_dispatch_loads_neither_celery_nor_its_broker(live_house):
    done = subprocess.run(
        [sys.executable, "-c", DISPATCH],
        cwd=places.PROJECT,
        env={**live_house.env, "DATABASE_ROLE": "engine"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "done" in done.stdout
    assert done.stdout.splitlines()[-1] == "loaded: []"
