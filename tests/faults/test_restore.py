"""The drill: backed up, wiped, restored; the history verifies and open cases ring on.

The same steps as in docs/how-to/back-up-and-restore.md.
"""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic

import pytest

from config.servers import keys, postgres
from config.servers.addresses import PRIVATE_DATABASE
from tests.faults.house import Sender, run, settle
from tests.faults.options import TIMES
from tests.live import LiveHouse
from tests.waiting import until

pytestmark = pytest.mark.timeout(300)
# An emergency's second rung comes after three seconds.
COMPRESSION = "40"
CASES = max(2, TIMES // 5)


@pytest.fixture
def house() -> Iterator[LiveHouse]:
    one = LiveHouse(Path(os.environ["VAR_DIR"]) / "drill", LADDER_COMPRESSION=COMPRESSION)
    try:
        one.start()
        yield one
    finally:
        one.stop()


@contextmanager
def timed(what, seconds) -> Iterator[None]:
    begun = monotonic()
    yield
    seconds[what] = round(monotonic() - begun, 1)


def tool(house, name, *words):
    """Run one of PostgreSQL's programs as the superuser of the house."""
    login = postgres.superuser(house.places, keys.read(house.places.secrets))
    subprocess.run(
        [postgres.binary(name), *words],
        env={
            **os.environ,
            "PGHOST": login.host,
            "PGUSER": login.user,
            "PGPASSWORD": login.password,
        },
        check=True,
    )


def verify_audit(house, *words):
    done = house.manage("verify_audit", *words, DATABASE_ROLE="engine")
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_a_house_that_was_wiped_is_restored_verifies_and_rings_on(house, tmp_path, record_property):
    seconds: dict[str, float] = {}
    sender = Sender(house, run(house, "tests.faults.seed")["pain"])
    references = [sender.submit() for _ in range(CASES)]
    before = settle(house).database
    dump, heads, secrets = tmp_path / "tandem.dump", tmp_path / "heads.json", tmp_path / "keys"
    # The heads first: what happens while the database is written out makes its chains longer.
    heads.write_text(verify_audit(house, "--json"))
    with timed("back up", seconds):
        tool(house, "pg_dump", "--format=custom", f"--file={dump}", PRIVATE_DATABASE)
        shutil.copy(house.places.secrets, secrets)
    house.stop()
    shutil.rmtree(house.places.root)
    house.places.root.mkdir()
    with timed("an empty house", seconds):
        shutil.copy(secrets, house.places.secrets)
        house.start()
    assert run(house, "tests.faults.audit")["referrals"] == []
    with timed("restore", seconds):
        clean = ("--clean", "--if-exists", "--single-transaction", "--exit-on-error")
        tool(house, "pg_restore", *clean, f"--dbname={PRIVATE_DATABASE}", str(dump))
    with timed("rings again", seconds):
        until(lambda: told_again(house, references), what="every open case rings on")
    after = run(house, "tests.faults.audit")
    assert sorted(after["referrals"]) == sorted(before["referrals"]) == sorted(references)
    assert sorted(after["alerts"]) == sorted(before["alerts"])
    assert {one for one, _ in before["deliveries"]} <= {one for one, _ in after["deliveries"]}
    with timed("verify", seconds):
        verify_audit(house, f"--expect={heads}")
    assert sender.submit()
    size = dump.stat().st_size // 1024
    print(f"{len(references)} cases, {size} KiB: {json.dumps(seconds)}")
    record_property("seconds", seconds)


def told_again(house, references):
    # The world outside was wiped with the house: whatever it has now came after the restore.
    texts = [m.body for m in house.sandbox.messages() if m.channel in {"sms", "email"}]
    return all(any(one in text for text in texts) for one in references)
