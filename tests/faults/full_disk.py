"""The disk of PostgreSQL runs full and is freed again. Not with every push: `make faults` does it.

It needs user namespaces, in which anybody may mount a small disk of their own.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from tests.faults.house import Sender, Stream, run, settle
from tests.live import LiveHouse
from tests.waiting import until

SIZE = "160m"
BLOCK = bytes(64 * 1024)
MOUNT = f'mkdir -p "$0" && mount -t tmpfs -o size={SIZE},mode=700 tmpfs "$0" && exec "$@"'
pytestmark = pytest.mark.timeout(300)


@pytest.fixture
def house() -> Iterator[LiveHouse]:
    one = LiveHouse(Path(os.environ["VAR_DIR"]) / "full-disk", LADDER_COMPRESSION="0.01")
    alone = ("unshare", "--user", "--map-root-user", "--mount", "--")
    one.prefix = (*alone, "sh", "-c", MOUNT, str(one.places.postgres))
    try:
        one.start()
        yield one
    finally:
        one.stop()


@contextmanager
def full(house: LiveHouse) -> Iterator[None]:
    """Write until nothing fits any more; the disk is seen through the process that mounted it."""
    filler = Path(f"/proc/{house.pid('up')}/root{house.places.postgres}/filler")
    with filler.open("wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(BLOCK)
    try:
        yield
    finally:
        filler.unlink()


def test_a_full_disk_forgets_no_201_and_everything_goes_on_once_there_is_room(house):
    keys = run(house, "tests.faults.seed")
    sender, other = (Sender(house, keys["pain"]) for _ in range(2))
    with Stream(sender, other) as stream:
        stream.wait_for(3)
        with full(house):
            # Pages that are half empty still take some.
            refused = sender.tries - len(sender.answered) + 3
            until(
                lambda: sender.tries - len(sender.answered) > refused,
                what="submissions are refused",
            )
            while_full = len(stream.answered)
        stream.wait_for(3)
    after = settle(house)
    after.assert_nothing_lost(stream.references, kills=5)
    print(f"{while_full} in before it was full, {len(stream.references)} in the end")
