"""The reference run: emergencies without pause, processes killed at random, everything counted."""

import os
import random
import re
import signal
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from tests.faults.house import Aftermath, Sender, Stream, settle
from tests.live import LiveHouse

VICTIMS = ("web", "worker-urgent", "worker-default", "beat", "dispatch", "valkey", "postgres")
SENDERS = 4
# What may be missing the whole time, and the processes that then stand still.
WITHOUT: Mapping[str, tuple[str, ...]] = {
    "nothing": (),
    "valkey": ("valkey",),
    "workers": ("worker-urgent", "worker-default", "beat"),
    "dispatch": ("dispatch",),
}
_SIDES = ("patient to ED now", "Answer by")
_REFERENCE = re.compile(r"R-[0-9A-Z]+")


@dataclass(frozen=True)
class Order:
    """What to do: how many emergencies, how many kills, by which seed, without which processes."""

    seed: int
    submit: int
    kills: int
    without: str

    @classmethod
    def read(cls, environ: Mapping[str, str]) -> "Order":
        """Take the order from the environment; a small one unless it says otherwise.

        :raises ValueError: if a number is none, or ``WITHOUT`` names nothing that can be missing.
        """
        without = environ.get("WITHOUT") or "nothing"
        if without not in WITHOUT:
            raise ValueError(f"WITHOUT must be one of: {', '.join(WITHOUT)}")
        numbers = {"SEED": "1", "SUBMIT": "30", "KILLS": "4"}
        seed, submit, kills = (int(environ.get(name) or few) for name, few in numbers.items())
        return cls(seed, submit, kills, without)


@dataclass(frozen=True)
class Fault:
    """One kill: whom, after how many 201, and how long until another stood in its place."""

    victim: str
    after: int
    restarted_seconds: float


@dataclass(frozen=True)
class Report:
    """What came of it."""

    order: Order
    faults: tuple[Fault, ...]
    tries: int
    answered: Mapping[str, float]
    after: Aftermath

    @property
    def told(self) -> Mapping[str, float]:
        """For each referral the seconds from its 201 until both sides had their first SMS."""
        first: dict[str, dict[str, float]] = {}
        for message in self.after.messages:
            side = next((side for side in _SIDES if side in message.body), "")
            if message.channel == "sms" and side:
                sides = first.setdefault(_REFERENCE.findall(message.body)[0], {})
                sides.setdefault(side, datetime.fromisoformat(message.at).timestamp())
        return {
            reference: max(first[reference].values()) - at
            for reference, at in self.answered.items()
            if len(first.get(reference, ())) == len(_SIDES)
        }

    def lines(self) -> Iterator[str]:
        """Say it in words, a line each."""
        waits, order, copies = sorted(self.told.values()), self.order, self.after.copies
        yield f"seed {order.seed}, {len(self.faults)} kills, without {order.without}"
        yield f"  submitted       {len(self.answered):>6} in {self.tries} tries"
        yield f"  accepted (201)  {len(self.answered):>6}"
        yield f"  messages        {len(copies):>6}"
        most = max(copies.values(), default=1) - 1
        yield f"  duplicates      {self.after.duplicates:>6}, at most {most} of one message"
        yield f"  lost            {len(self.answered) - len(waits):>6}"
        if waits:
            median, slowest = waits[len(waits) // 2], waits[-1]
            yield f"  both sides told {median:>6.2f} s after the 201, slowest {slowest:.2f} s"
        for fault in self.faults:
            yield (
                f"  kill -9 {fault.victim:<15} after {fault.after:>5} "
                f"back in {fault.restarted_seconds:.1f} s"
            )


def run(house: LiveHouse, key: str, order: Order) -> Report:
    """Submit, kill, wait until nothing is left to do, and count."""
    chance = random.Random(order.seed)
    victims = [name for name in VICTIMS if name not in WITHOUT[order.without]]
    moments = sorted(chance.sample(range(1, order.submit), order.kills))
    senders = [Sender(house, key) for _ in range(SENDERS)]
    faults = []
    with frozen(house, *WITHOUT[order.without]), Stream(*senders) as stream:
        for moment in moments:
            stream.wait_until(moment)
            faults.append(_kill(house, chance.choice(victims), stream))
            print(
                f"{len(stream.answered):>6} in, {len(faults)} of {order.kills} killed", flush=True
            )
        stream.wait_until(order.submit)
        stream.end()
        after = settle(house, seconds=60 + order.submit / 5)
    return Report(order, tuple(faults), sum(one.tries for one in senders), stream.answered, after)


@contextmanager
def frozen(house: LiveHouse, *names: str) -> Iterator[None]:
    """Have processes stand still: they live, and do nothing."""
    stopped = [house.kill(name, signal.SIGSTOP) for name in names]
    try:
        yield
    finally:
        for pid in stopped:
            os.kill(pid, signal.SIGCONT)


def _kill(house: LiveHouse, victim: str, stream: Stream) -> Fault:
    after, begun = len(stream.answered), time.monotonic()
    house.wait_restarted(victim, house.kill(victim))
    return Fault(victim, after, time.monotonic() - begun)
