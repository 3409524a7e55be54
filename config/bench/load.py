"""The load: referrals sent over HTTP like offices do, and what arrives at the far end."""

import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from itertools import count
from statistics import median, quantiles
from time import monotonic, perf_counter
from typing import Any

import httpx

from config.demo.cast import Login
from config.demo.house import House
from config.sandbox.client import SandboxClient

CLIENTS = 8
READERS, READS_A_SECOND = 10, 5
LEAST_SAMPLES = 2
WAIT_FOR_LAST_SECONDS, STILL_SECONDS = 60.0, 3.0
PATH = "/api/v1/referrals"
PATIENT = {"family_name": "DEMO Bench", "demo": True}
EMERGENCY: dict[str, Any] = {
    "to": {"specialty": "spine"},
    "patient": PATIENT,
    "findings": {"urinary_retention": "present", "saddle_sensory_change": "present"},
}
ELECTIVE: dict[str, Any] = {
    "to": {"specialty": "spine"},
    "patient": PATIENT,
    "findings": {"neurogenic_claudication_stable": "present", "imaging_severe_stenosis": "present"},
}
SURGEON = "Dr DEMO Ravi Menon"


@dataclass(frozen=True)
class Spread:
    """Milliseconds: half of the samples lie below p50, 99 of 100 below p99."""

    samples: int
    p50: float
    p99: float


@dataclass(frozen=True)
class Burst:
    """Seconds from the last of many referrals sent at once to what had arrived by then."""

    sent_in: float
    told: int
    firsts: float
    all: float


def spread(milliseconds: list[float]) -> Spread:
    """Summarise samples; the 99th of a hundred parts is the p99."""
    if len(milliseconds) < LEAST_SAMPLES:
        return Spread(len(milliseconds), float("nan"), float("nan"))
    cuts = quantiles(milliseconds, n=100, method="inclusive")
    return Spread(len(milliseconds), round(median(milliseconds), 1), round(cuts[98], 1))


def posts_a_second(url: str, seconds: float) -> float:
    """Return empty POSTs to an address answered a second, by eight clients."""
    return _a_second(lambda: httpx.Client(trust_env=False), lambda c: c.post(url), seconds)


def creates_a_second(house: House, sender: Login, body: dict[str, Any], seconds: float) -> float:
    """Return referrals created a second, by eight clients that each wait for their answer."""
    return _a_second(partial(_client, house, sender), partial(_post, body), seconds)


def first_delivery(
    house: House, sender: Login, *, rate: float, count: int
) -> tuple[dict[str, Spread], list[str]]:
    """Send emergencies at a steady rate; return how long the first SMS of each side took, and the
    addresses of the referrals.
    """
    begun: dict[str, datetime] = {}
    links = []
    pause = threading.Event()
    with _client(house, sender) as client:
        start = monotonic()
        for n in range(count):
            pause.wait(max(0.0, start + n / rate - monotonic()))
            at = datetime.now(UTC)
            made = _post(EMERGENCY, client)
            begun[made["reference"]] = at
            links.append(made["links"]["self"])
    firsts, _ = _arrivals(house, set(begun))
    spreads = {
        side: spread([(at - begun[ref]).total_seconds() * 1000 for ref, at in found.items()])
        for side, found in firsts.items()
    }
    return spreads, links


def emergencies(house: House, sender: Login, size: int) -> list[str]:
    """Send many emergencies at once, by eight clients; return their references."""
    numbers, references = count(), list[str]()

    def work(client: httpx.Client) -> None:
        while next(numbers) < size:
            references.append(_post(EMERGENCY, client)["reference"])

    _in_threads([partial(work)] * CLIENTS, partial(_client, house, sender))
    return references


def burst(house: House, sender: Login, size: int) -> Burst:
    """Send many emergencies at once; return when the last first call and the last message came."""
    start = monotonic()
    references = emergencies(house, sender, size)
    sent, took = datetime.now(UTC), monotonic() - start
    firsts, last = _arrivals(house, set(references), until_still=True)
    told = sum(len(found) for found in firsts.values())
    latest = max(at for found in firsts.values() for at in found.values())
    return Burst(
        round(took, 1),
        told,
        round(max(0.0, (latest - sent).total_seconds()), 1),
        round(max(0.0, (last - sent).total_seconds()), 1),
    )


def acknowledgements(house: House, surgeon: Login, links: list[str]) -> Spread:
    """Have the surgeon acknowledge each referral, and return how long each answer took."""
    took, by = [], {"by": surgeon.people[SURGEON]}
    with _client(house, surgeon) as client:
        for link in links:
            begun = perf_counter()
            answer = client.post(f"{link}/acknowledgement", json=by, headers=_fresh_key())
            answer.raise_for_status()
            took.append((perf_counter() - begun) * 1000)
    return spread(took)


@contextmanager
def readers(house: House, who: Login) -> Iterator[None]:
    """Have ten clients read the list five times a second each, for as long as the context lasts."""
    stop = threading.Event()

    def read(client: httpx.Client) -> None:
        while not stop.wait(1 / READS_A_SECOND):
            client.get(PATH).raise_for_status()

    with ExitStack() as clients:
        threads = [
            threading.Thread(target=read, args=(clients.enter_context(_client(house, who)),))
            for _ in range(READERS)
        ]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            stop.set()
            for thread in threads:
                thread.join()


def _arrivals(
    house: House, references: set[str], *, until_still: bool = False
) -> tuple[dict[str, dict[str, datetime]], datetime]:
    """The first SMS of each side of each referral, and when the last message of all came."""
    outside, seen = SandboxClient(house.sandbox_url), 0
    firsts: dict[str, dict[str, datetime]] = {"pain": {}, "surgeon": {}}
    last, deadline = datetime.now(UTC), monotonic() + WAIT_FOR_LAST_SECONDS
    while monotonic() < deadline:
        new = outside.messages(after=seen, wait=STILL_SECONDS)
        seen += len(new)
        for message in new:
            side = "surgeon" if " to NORTHWEST" in message.body else "pain"
            at = datetime.fromisoformat(message.at)
            reference = next((ref for ref in references if ref in message.body), None)
            if reference:
                last = at
            if reference and message.channel == "sms":
                firsts[side][reference] = min(at, firsts[side].get(reference, at))
        if all(len(found) == len(references) for found in firsts.values()) and (
            not until_still or not new
        ):
            break
    return firsts, last


def _client(house: House, sender: Login) -> httpx.Client:
    headers = {"Authorization": f"Bearer {sender.key}"}
    return httpx.Client(base_url=house.url, headers=headers, timeout=60, trust_env=False)


def _post(body: dict[str, Any], client: httpx.Client) -> dict[str, Any]:
    response = client.post(PATH, json=body, headers=_fresh_key())
    response.raise_for_status()
    answer: dict[str, Any] = response.json()
    return answer


def _fresh_key() -> dict[str, str]:
    return {"Idempotency-Key": uuid.uuid4().hex}


def _a_second(
    make_client: Callable[[], httpx.Client],
    once: Callable[[httpx.Client], object],
    seconds: float,
) -> float:
    until, done = monotonic() + seconds, list[int]()

    def work(client: httpx.Client) -> None:
        own = 0
        while monotonic() < until:
            once(client)
            own += 1
        done.append(own)

    _in_threads([work] * CLIENTS, make_client)
    return sum(done) / seconds


def _in_threads(
    works: list[Callable[[httpx.Client], None]], make_client: Callable[[], httpx.Client]
) -> None:
    with ExitStack() as clients:
        threads = [
            threading.Thread(target=work, args=(clients.enter_context(make_client()),))
            for work in works
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
