"""A house under fault: seeded, submitted to without pause, and audited afterwards."""

import json
import subprocess
import sys
import threading
import time
import uuid
from collections import Counter
from dataclasses import dataclass, field
from functools import cached_property
from types import TracebackType
from typing import Any

import httpx

from config.sandbox.record import Message
from config.servers import places
from tests import factories as make
from tests.live import LiveHouse
from tests.waiting import until

BODY = {
    "to": {"specialty": "spine"},
    "patient": {"family_name": "DEMO", "demo": True},
    "findings": make.CAUDA_EQUINA,
    "reason_code": "RED_FLAG",
}
TRY_SECONDS = 90.0
# By which words the first SMS of each side is known.
SIDES = ("patient to ED now", "Answer by")


def run(house: LiveHouse, module: str) -> Any:
    """Run a module of this package in the house, as the owner, and return what it printed."""
    done = subprocess.run(
        [sys.executable, "-m", module],
        cwd=places.PROJECT,
        env={**house.env, "DATABASE_ROLE": "owner", "DJANGO_SETTINGS_MODULE": "config.settings"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


@dataclass
class Sender:
    """A practice's system: it repeats a submission with the same key until it has the 201."""

    house: LiveHouse
    key: str
    answered: dict[str, float] = field(default_factory=dict)
    tries: int = 0

    def submit(self) -> str:
        """Submit one emergency and return its reference; ``answered`` has the time of its 201."""
        name = f"fault-{uuid.uuid4()}"
        answer = until(lambda: self._try(name), seconds=TRY_SECONDS, what="a 201")
        self.answered[answer["reference"]] = time.time()
        return str(answer["reference"])

    def _try(self, name: str) -> Any:
        self.tries += 1
        try:
            answer = httpx.post(
                f"{self.house.url}/api/v1/referrals",
                json=BODY,
                headers={"Authorization": f"Bearer {self.key}", "Idempotency-Key": name},
                timeout=10,
                trust_env=False,
            )
        except (httpx.HTTPError, httpx.InvalidURL, httpx.UnsupportedProtocol, OSError):
            return None
        assert answer.status_code < 400 or answer.status_code >= 500, answer.text
        return answer.json() if answer.status_code == 201 else None


class Stream:
    """A context in which senders submit one referral after the other."""

    def __init__(self, *senders: Sender) -> None:
        self.senders = senders
        self._over = threading.Event()
        self._failed: list[BaseException] = []
        self._threads = [threading.Thread(target=self._run, args=(one,)) for one in senders]

    @property
    def answered(self) -> dict[str, float]:
        """All that were answered with 201 so far, and when."""
        return {reference: at for one in self.senders for reference, at in one.answered.items()}

    @property
    def references(self) -> list[str]:
        """All that were answered with 201 so far."""
        return list(self.answered)

    def wait_for(self, more: int) -> None:
        """Wait until so many more are in."""
        self.wait_until(len(self.answered) + more)

    def wait_until(self, total: int) -> None:
        """Wait until so many are in; each must come within the time of a try."""
        while (before := len(self.answered)) < total and not self._failed:
            until(
                lambda: len(self.answered) > before or self._failed,
                seconds=TRY_SECONDS,
                what="one more referral",
            )

    def end(self) -> None:
        """Submit no more, and wait for the answers that are still to come."""
        self._over.set()
        for thread in self._threads:
            thread.join(TRY_SECONDS)
        assert not self._failed, self._failed

    def __enter__(self) -> "Stream":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.end()

    def _run(self, sender: Sender) -> None:
        try:
            while not self._over.is_set():
                sender.submit()
                self._over.wait(0.05)
        except BaseException as error:
            self._failed.append(error)


def seconds_until_told(house: LiveHouse, sender: Sender) -> tuple[float, float]:
    """Return how long a POST took, and from its answer until both sides had an SMS."""
    begun = time.monotonic()
    reference = sender.submit()
    answered = time.monotonic()

    def both() -> bool:
        texts = [m.body for m in house.sandbox.messages() if m.channel == "sms"]
        return len([text for text in texts if reference in text]) >= 2

    until(both, seconds=20, what=f"both sides of {reference} are told")
    return answered - begun, time.monotonic() - answered


@dataclass
class Aftermath:
    """What the database and the world outside say once everything has settled."""

    house: LiveHouse
    database: dict[str, Any]

    @cached_property
    def messages(self) -> list[Message]:
        """What arrived outside."""
        return self.house.sandbox.messages()

    @cached_property
    def copies(self) -> Counter[str]:
        """How often each delivery arrived, by the key that it carries at every try."""
        return Counter(key_of(message) for message in self.messages)

    def assert_nothing_lost(self, references: list[str], kills: int) -> None:
        """Every 201 has its alert, both sides were told, and copies are few."""
        assert set(references) <= set(self.database["referrals"])
        # However often it was sent, each key is one referral.
        assert len(set(self.database["referrals"])) == self.database["keys"]
        assert len(self.database["referrals"]) == self.database["keys"]
        assert sorted(self.database["alerts"]) == sorted(self.database["referrals"])
        assert len(references) == len(set(references))
        assert self.database["silent"] == 0
        assert {state for _, state in self.database["deliveries"]} <= {"sent", "delivered"}
        assert set(self.copies) == {key for key, _ in self.database["deliveries"]}
        assert max(self.copies.values()) <= 1 + kills
        for reference in references:
            sides = {
                side
                for side in SIDES
                for message in self.messages
                if message.channel == "sms" and reference in message.body and side in message.body
            }
            assert len(sides) == 2, reference

    @property
    def duplicates(self) -> int:
        """Messages that arrived once more than needed."""
        return self.copies.total() - len(self.copies)


def key_of(message: Message) -> str:
    """Return the idempotency key that a message carried: the id of its delivery."""
    if message.channel == "email":
        return str(message.details["headers"]["Message-ID"]).strip("<>").removesuffix("@tandem")
    return str(message.details["callback"]).rpartition("/")[2]


def settle(house: LiveHouse, seconds: float = 60.0) -> Aftermath:
    """Wait until nothing is left to do, and look."""

    def look() -> Aftermath | None:
        database = run(house, "tests.faults.audit")
        open_ones = [one for one, state in database["deliveries"] if state in _UNSENT]
        done = not (open_ones or database["waiting"] or database["unsealed"])
        return Aftermath(house, database) if done else None

    return until(look, seconds=seconds, what="nothing is left to do")


_UNSENT = {"pending", "leased"}
