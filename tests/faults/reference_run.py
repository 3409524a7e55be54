"""The reference run: emergencies without pause, processes killed at random, everything counted."""

import os
import random
import re
import signal
import time
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from config.sandbox.record import Message
from tests.faults.house import SIDES, Aftermath, Sender, Stream, key_of, settle
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
_REFERENCE = re.compile(r"R-[0-9A-Z]+")


@dataclass(frozen=True)
class Order:
    """What to do: how many emergencies, how many kills, by which seeds, without which processes."""

    seeds: tuple[int, ...]
    submit: int
    kills: int
    without: str

    @classmethod
    def read(cls, environ: Mapping[str, str]) -> "Order":
        """Take the order from the environment; a small one unless it says otherwise.

        ``SEEDS`` is how many seeds are run, the first of them ``SEED``.

        :raises ValueError: if a number is none, or ``WITHOUT`` names nothing that can be missing.
        """
        without = environ.get("WITHOUT") or "nothing"
        if without not in WITHOUT:
            raise ValueError(f"WITHOUT must be one of: {', '.join(WITHOUT)}")
        numbers = {"SEED": "1", "SEEDS": "1", "SUBMIT": "30", "KILLS": "4"}
        seed, seeds, submit, kills = (
            int(environ.get(name) or few) for name, few in numbers.items()
        )
        return cls(tuple(range(seed, seed + seeds)), submit, kills, without)


@dataclass(frozen=True)
class Fault:
    """One kill: whom, after how many 201, when, and when another stood in its place."""

    victim: str
    after: int
    at: float
    back_at: float


@dataclass(frozen=True)
class Told:
    """One referral: its 201, when both sides had their first SMS, and how much arrived.

    ``copies`` is how much of it was more than needed, ``most`` how much of one message.
    """

    at: float
    both_at: float | None
    messages: int
    copies: int
    most: int


@dataclass(frozen=True)
class Report:
    """What came of one seed. ``messages`` are those of this run."""

    seed: int
    without: str
    faults: tuple[Fault, ...]
    tries: int
    answered: Mapping[str, float]
    messages: Sequence[Message]
    after: Aftermath

    @property
    def told(self) -> Mapping[str, Told]:
        """What came of each referral that was answered with 201."""
        of: dict[str, list[Message]] = {reference: [] for reference in self.answered}
        for message in self.messages:
            for reference in set(_REFERENCE.findall(_text(message))) & set(of):
                of[reference].append(message)
        return {one: _what_came(at, of[one]) for one, at in self.answered.items()}

    @property
    def slowest_after_a_fault(self) -> float:
        """Seconds from a 201, or from the end of the latest fault if later, until both knew."""
        ends = sorted(fault.back_at for fault in self.faults)
        waits = [0.0]
        for one in self.told.values():
            if one.both_at:
                before = bisect_right(ends, one.both_at)
                waits.append(one.both_at - max([one.at, *ends[:before]]))
        return max(waits)

    def lines(self) -> Iterator[str]:
        """Say it in words: all of it, then what was submitted from each fault to the next."""
        yield f"seed {self.seed}, {len(self.faults)} kills, without {self.without}"
        yield f"  {len(self.answered)} submitted in {self.tries} tries"
        most = max((one.most for one in self.told.values()), default=0)
        yield f"  at most {most} of one message more than needed"
        yield f"  after a fault nobody waited longer than {self.slowest_after_a_fault:.2f} s"
        yield _line("", "accepted", "delivered", "duplicates", "lost", "median s", "slowest s", "")
        yield self._counted("all of it", list(self.told.values()), "")
        begun = [0.0, *(fault.at for fault in self.faults), float("inf")]
        names = ["before", *(f"kill -9 {fault.victim}" for fault in self.faults)]
        backs = ["", *(f"back in {fault.back_at - fault.at:.1f} s" for fault in self.faults)]
        for name, back, (since, until) in zip(names, backs, pairwise(begun), strict=True):
            part = [one for one in self.told.values() if since <= one.at < until]
            yield self._counted(name, part, back)

    def _counted(self, name: str, part: list[Told], back: str) -> str:
        waits = sorted(one.both_at - one.at for one in part if one.both_at)
        median, slowest = (waits[len(waits) // 2], waits[-1]) if waits else (0.0, 0.0)
        return _line(
            name,
            str(len(part)),
            str(sum(one.messages for one in part)),
            str(sum(one.copies for one in part)),
            str(len(part) - len(waits)),
            f"{median:.2f}",
            f"{slowest:.2f}",
            back,
        )


def run(house: LiveHouse, key: str, order: Order, seed: int) -> Report:
    """Submit, kill, wait until nothing is left to do, and count."""
    chance = random.Random(seed)
    victims = [name for name in VICTIMS if name not in WITHOUT[order.without]]
    moments = sorted(chance.sample(range(1, order.submit), order.kills))
    senders = [Sender(house, key) for _ in range(SENDERS)]
    faults, earlier = [], len(house.sandbox.messages())
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
    tries = sum(one.tries for one in senders)
    messages = after.messages[earlier:]
    return Report(seed, order.without, tuple(faults), tries, stream.answered, messages, after)


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
    after, at = len(stream.answered), time.time()
    house.wait_restarted(victim, house.kill(victim))
    return Fault(victim, after, at, time.time())


def _what_came(at: float, messages: Sequence[Message]) -> Told:
    first: dict[str, float] = {}
    for message in messages:
        side = next((side for side in SIDES if side in message.body), "")
        if message.channel == "sms" and side:
            first.setdefault(side, datetime.fromisoformat(message.at).timestamp())
    keys = Counter(key_of(message) for message in messages)
    both_at = max(first.values()) if len(first) == len(SIDES) else None
    most = max(keys.values(), default=1) - 1
    return Told(at, both_at, len(keys), keys.total() - len(keys), most)


def _text(message: Message) -> str:
    return f"{message.details.get('subject', '')} {message.body}"


def _line(*cells: str) -> str:
    name, *counts, slowest, back = cells
    return f"  {name:24}" + "".join(f"{count:>11}" for count in [*counts, slowest]) + f"  {back}"
