"""The size of the fault tests: small by default, `FAULTS=full` for the long runs."""

import os
from dataclasses import dataclass

import pytest

from tests.faults.house import Sender, run
from tests.live import LiveHouse


@dataclass(frozen=True)
class Size:
    """How often each process is killed, and how many referrals come in between."""

    rounds: int
    between: int


@pytest.fixture(scope="session")
def size() -> Size:
    """Small unless the environment says FAULTS=full."""
    return Size(10, 15) if os.environ.get("FAULTS") == "full" else Size(1, 3)


@pytest.fixture(scope="module")
def keys(live_house: LiveHouse) -> dict[str, str]:
    """The API keys of the cast of this module's house."""
    return dict(run(live_house, "tests.faults.seed"))


@pytest.fixture
def sender(live_house: LiveHouse, keys: dict[str, str]) -> Sender:
    """A system that submits."""
    return Sender(live_house, keys["pain"])
