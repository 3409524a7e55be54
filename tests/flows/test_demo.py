"""The demo as its user runs it: a command, its output, its exit code; also under fire."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from config.servers import places, state
from tests.servers import FOREIGN
from tests.waiting import until

CHILDREN = ("web", "worker-urgent", "worker-default", "beat", "dispatch", "valkey", "postgres")


@pytest.fixture
def demo(tmp_path):
    running = Demo(tmp_path)
    yield running
    running.stop()


class Demo:
    def __init__(self, var: Path):
        self.places = places.Places(var)
        self.cases, self.progress = var / "cases.json", var / "progress.txt"
        kept = {name: value for name, value in os.environ.items() if name not in FOREIGN}
        with self.cases.open("w") as cases, self.progress.open("w") as progress:
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", "demo", "--once", "--json"],
                cwd=places.PROJECT,
                env=kept | {"VAR_DIR": str(var)},
                stdout=cases,
                stderr=progress,
            )

    @property
    def house(self) -> state.State:
        return state.read(self.places.state)

    def ended(self) -> dict:
        assert self.process.wait(110) == 0, self.progress.read_text()
        return json.loads(self.cases.read_text())

    def stop(self) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            self.process.wait(30)


def assert_as_expected(told: dict) -> None:
    emergency, claudication, back = told["cases"]
    assert told["ok"] is True
    assert emergency["tier"] == "EMERGENCY"
    assert emergency["safe"] is True
    assert len(emergency["acknowledged"]) == 2
    assert claudication["tier"] == "URGENT"
    assert not claudication["alerted"]
    assert back["tier"] == "ROUTINE"
    assert "Lakeside" in back["routed_to"]


def test_the_demo_ends_by_itself_with_every_case_as_expected(demo):
    assert_as_expected(demo.ended())
    assert demo.house.ready is False


def test_killing_any_process_during_the_demo_loses_nothing(demo):
    until(lambda: demo.house.ready, seconds=60, what="the house is ready")
    for name in CHILDREN:
        pid = demo.house.children[name]
        os.kill(pid, signal.SIGKILL)
        until(
            lambda name=name, pid=pid: demo.house.children.get(name, pid) != pid,
            seconds=30,
            what=f"{name} is restarted",
        )
    assert_as_expected(demo.ended())


def test_killing_the_supervisor_during_the_demo_loses_nothing(demo):
    until(lambda: demo.house.ready, seconds=60, what="the house is ready")
    first = demo.house.pid
    os.kill(first, signal.SIGKILL)
    assert_as_expected(demo.ended())
    assert "was killed" in demo.progress.read_text()


def test_a_killed_demo_leaves_no_house_behind(demo):
    until(lambda: demo.house.ready, seconds=60, what="the house is ready")
    house = demo.house.pid
    demo.process.kill()
    demo.process.wait(10)
    until(lambda: not Path(f"/proc/{house}").exists(), seconds=30, what="the house has ended")
