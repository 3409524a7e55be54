"""The load: referrals sent over HTTP like offices do, and what arrives at the far end."""

import threading
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from statistics import median, quantiles
from time import monotonic
from typing import Any

import httpx

from config.demo.cast import Login
from config.demo.house import House

CLIENTS = 8
LEAST_SAMPLES = 2
WAIT_FOR_LAST_SECONDS = 30.0
EMERGENCY: dict[str, Any] = {
    "to": {"specialty": "spine"},
    "patient": {"family_name": "DEMO Bench", "demo": True},
    "findings": {"urinary_retention": "present", "saddle_sensory_change": "present"},
}


@dataclass(frozen=True)
class Spread:
    """Milliseconds: half of the samples lie below p50, 99 of 100 below p99."""

    samples: int
    p50: float
    p99: float


def spread(milliseconds: list[float]) -> Spread:
    """Summarise samples; the 99th of a hundred parts is the p99."""
    if len(milliseconds) < LEAST_SAMPLES:
        return Spread(len(milliseconds), float("nan"), float("nan"))
    cuts = quantiles(milliseconds, n=100, method="inclusive")
    return Spread(len(milliseconds), round(median(milliseconds), 1), round(cuts[98], 1))


def creates_a_second(house: House, sender: Login, seconds: float) -> float:
    """Return referrals created a second, by eight clients that each wait for their answer."""
    until = monotonic() + seconds
    counts = [0] * CLIENTS

    def work(n: int) -> None:
        with _client(house, sender) as client:
            while monotonic() < until:
                _post(client)
                counts[n] += 1

    _in_threads(work)
    return sum(counts) / seconds


def first_delivery(house: House, sender: Login, *, rate: float, count: int) -> dict[str, Spread]:
    """Send emergencies at a steady rate; return how long the first message of each side took."""
    begun: dict[str, datetime] = {}
    pause = threading.Event()
    with _client(house, sender) as client:
        start = monotonic()
        for n in range(count):
            pause.wait(max(0.0, start + n / rate - monotonic()))
            at = datetime.now(UTC)
            begun[_post(client)["reference"]] = at
    firsts = _firsts(house, begun)
    return {
        side: spread([(at - begun[ref]).total_seconds() * 1000 for ref, at in found.items()])
        for side, found in firsts.items()
    }


def _firsts(house: House, begun: dict[str, datetime]) -> dict[str, dict[str, datetime]]:
    """The first SMS of each side of each referral, once all are there or none comes any more."""
    deadline, pause = monotonic() + WAIT_FOR_LAST_SECONDS, threading.Event()
    while True:
        firsts: dict[str, dict[str, datetime]] = {"pain": {}, "surgeon": {}}
        for message in _messages(house):
            side = "surgeon" if " to NORTHWEST" in message["body"] else "pain"
            reference = next((ref for ref in begun if ref in message["body"]), None)
            if reference and message["channel"] == "sms":
                at = datetime.fromisoformat(message["at"])
                firsts[side][reference] = min(at, firsts[side].get(reference, at))
        if all(len(found) == len(begun) for found in firsts.values()) or monotonic() > deadline:
            return firsts
        pause.wait(0.5)


def _messages(house: House) -> list[dict[str, Any]]:
    answer = httpx.get(f"{house.sandbox_url}/messages", timeout=30, trust_env=False)
    answer.raise_for_status()
    found: list[dict[str, Any]] = answer.json()["messages"]
    return found


def _client(house: House, sender: Login) -> httpx.Client:
    headers = {"Authorization": f"Bearer {sender.key}"}
    return httpx.Client(base_url=house.url, headers=headers, timeout=30, trust_env=False)


def _post(client: httpx.Client) -> dict[str, Any]:
    response = client.post(
        "/api/v1/referrals", json=EMERGENCY, headers={"Idempotency-Key": uuid.uuid4().hex}
    )
    response.raise_for_status()
    answer: dict[str, Any] = response.json()
    return answer


def _in_threads(work: Callable[[int], None]) -> None:
    threads = [threading.Thread(target=work, args=(n,)) for n in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
