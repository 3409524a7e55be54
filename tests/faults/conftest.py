"""A house to do harm to, and a system that submits to it."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.house import Sender, run
from tests.live import LiveHouse


@pytest.fixture(scope="module")
def live_house(request: pytest.FixtureRequest) -> Iterator[LiveHouse]:
    """A house whose second rungs come a hundred times later: only first messages are counted."""
    name = request.module.__name__.rpartition(".")[2]
    house = LiveHouse(Path(os.environ["VAR_DIR"]) / name, LADDER_COMPRESSION="0.01")
    try:
        house.start()
        yield house
    finally:
        house.stop()


@pytest.fixture(scope="module")
def keys(live_house: LiveHouse) -> dict[str, str]:
    """The API keys of the cast of this module's house."""
    return dict(run(live_house, "tests.faults.seed"))


@pytest.fixture
def sender(live_house: LiveHouse, keys: dict[str, str]) -> Sender:
    """A system that submits."""
    return Sender(live_house, keys["pain"])
