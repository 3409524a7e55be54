"""The bell: soon, seldom, and of no consequence when it fails."""

import subprocess
import sys
import threading
from collections.abc import Callable

import pytest

from config import bell, roles
from config.bell import Bell
from config.servers.places import PROJECT
from tests.waiting import until


class Striker:
    """Counts strikes; the first can be held back."""

    def __init__(self) -> None:
        self.strikes: list[bool] = []
        self.gate = threading.Event()

    def __call__(self, urgent: bool) -> None:
        self.gate.wait(5)
        self.strikes.append(urgent)


def test_pulls_of_the_same_moment_become_one_strike_a_queue() -> None:
    striker = Striker()
    doorbell = Bell(striker)
    doorbell.pull(True)
    for urgent in [True, False] * 50:
        doorbell.pull(urgent)
    striker.gate.set()
    until(lambda: not doorbell._pulled and {True, False} <= set(striker.strikes))
    # The first strike was under way when the others came: they share the second.
    assert len(striker.strikes) <= 4


def test_a_pull_during_a_strike_is_not_lost() -> None:
    striker = Striker()
    doorbell = Bell(striker)
    striker.gate.set()
    doorbell.pull(True)
    until(lambda: len(striker.strikes) == 1)
    doorbell.pull(True)
    until(lambda: len(striker.strikes) == 2)


def test_pulling_never_waits_for_the_broker() -> None:
    striker = Striker()
    Bell(striker).pull(True)
    # The striker holds its thread; we are here all the same.
    assert striker.strikes == []
    striker.gate.set()


def test_after_a_failure_the_bell_rests_and_only_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1000.0
    monkeypatch.setattr(bell, "monotonic", lambda: now)
    calls: list[bool] = []
    broken = True

    def strike(urgent: bool) -> None:
        calls.append(urgent)
        if broken:
            raise ConnectionError

    doorbell = Bell(strike)
    ring_and_settle(doorbell, lambda: doorbell.failures == 1)
    broken = False
    ring_and_settle(doorbell, lambda: not doorbell._pulled)
    assert calls == [True]
    now += bell.REST_SECONDS
    ring_and_settle(doorbell, lambda: calls == [True, True])
    assert doorbell.failures == 1


def ring_and_settle(doorbell: Bell, settled: Callable[[], bool]) -> None:
    doorbell.pull(True)
    until(settled)


@pytest.mark.parametrize(
    ("command", "role"),
    [
        ("migrate", "owner"),
        ("makemigrations", "owner"),
        ("dispatch", "engine"),
        ("runserver", "app"),
        ("", "app"),
    ],
)
def test_each_command_has_its_database_role(command: str, role: str) -> None:
    assert roles.of_command(["manage.py", command]) == role


def test_commands_that_must_work_without_a_broker_load_no_celery() -> None:
    question = (
        "import django, sys; django.setup(); from django.core.management import call_command;"
        "from config import checks, start; "
        "print(sorted({'celery', 'kombu', 'redis'} & set(sys.modules)))"
    )
    answer = subprocess.run(
        [sys.executable, "-c", question], cwd=PROJECT, capture_output=True, text=True, check=True
    )
    assert answer.stdout.strip() == "[]"
