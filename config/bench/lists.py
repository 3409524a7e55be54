"""The worklists in a small and in a large network, measured in turn within one run."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from statistics import median
from threading import Event
from time import monotonic
from typing import Any

from config.bench.figures import Figure
from config.bench.floor import BenchFailed
from config.reference.markdown import table
from config.servers import addresses, house, keys, places, postgres
from config.servers.child import Child

TITLE = "Worklists in a small and in a large network"
ABOUT = (
    "The first page of each list, as the API reads it, and the numbers of all of them: "
    "milliseconds within PostgreSQL and on the way there, the mean over ten equally busy practices "
    "of each network of medians of 15, both networks measured in turn three times. A larger "
    "network has more practices, not busier ones."
)
ROUNDS, AT_MOST = 3, 1.15
START_SECONDS = 60.0
Measured = Mapping[str, Mapping[str, Any]]
Say = Callable[[str], None]


def measure(sizes: Sequence[str], say: Say) -> tuple[list[Figure], str]:
    """Load a network of each size, measure them in turn; return the ratios, and a section.

    :raises BenchFailed: if a database does not start or cannot be filled.
    """
    small, large = sizes
    with ExitStack() as stack:
        folders = {size: stack.enter_context(_network(size, say)) for size in sizes}
        rounds: dict[str, list[Measured]] = {size: [] for size in sizes}
        for number in range(ROUNDS):
            say(f"lists, round {number + 1} of {ROUNDS}")
            for size, environ in folders.items():
                probe = [sys.executable, "-m", "config.bench.list_probe"]
                rounds[size].append(json.loads(_run(probe, environ)))
    at_small, at_large = (_settled(rounds[size]) for size in sizes)
    ratios = [
        Figure(
            f"{name}: {large} against {small}",
            round(at_large[name]["ms"] / at_small[name]["ms"], 2),
            at_most=AT_MOST,
        )
        for name in at_small
    ]
    return ratios, _section(sizes, at_small, at_large, ratios)


@contextmanager
def _network(size: str, say: Say) -> Iterator[dict[str, str]]:
    # A database of its own, with nothing beside it that works.
    here = places.Places(places.of(os.environ).root / f"bench-{os.getpid()}-{size}")
    # Each command chooses its role by itself.
    elsewhere = {"DATABASE_ROLE", *addresses.DATABASE_VARIABLES.values()}
    environ = {name: value for name, value in os.environ.items() if name not in elsewhere}
    environ["VAR_DIR"] = str(here.root)
    try:
        here.prepare()
        with _database(here):
            _run([sys.executable, "manage.py", "migrate", "-v0"], environ)
            say(f"loading {size} referrals")
            _run([sys.executable, "manage.py", "demo_data", f"--size={size}"], environ)
            owner = addresses.of(environ, here, keys.read(here.secrets)).databases["owner"]
            with postgres.connect(owner) as connection:
                # As a house does by itself within the hour.
                connection.execute("VACUUM ANALYZE referrals_referral, referrals_ask")
            yield environ
    finally:
        shutil.rmtree(here.sockets, ignore_errors=True)
        shutil.rmtree(here.root, ignore_errors=True)


@contextmanager
def _database(here: places.Places) -> Iterator[None]:
    kept = keys.read_or_make(here.secrets)
    postgres.initialise(here, kept)
    child = Child(
        house.database(here, kept, house.plain(here, os.environ)), here.logs / "postgres.log"
    )
    deadline, pause = monotonic() + START_SECONDS, Event()
    child.start()
    try:
        while not child.is_ready():
            if monotonic() > deadline:
                raise BenchFailed(f"PostgreSQL did not start: {child.log}")
            pause.wait(0.1)
        postgres.provide(here, kept)
        yield
    finally:
        child.ask_to_stop()
        child.wait_stopped(monotonic() + START_SECONDS)


def _run(command: Sequence[str], environ: Mapping[str, str]) -> str:
    ran = subprocess.run(
        command, capture_output=True, text=True, check=False, env=environ, cwd=places.PROJECT
    )
    if ran.returncode:
        raise BenchFailed(f"{' '.join(command[1:])}: {ran.stderr.strip()}")
    return ran.stdout


def _settled(rounds: Sequence[Measured]) -> dict[str, dict[str, Any]]:
    return {
        name: one | {"ms": median(found[name]["ms"] for found in rounds)}
        for name, one in ((name, dict(one)) for name, one in rounds[0].items())
    }


def _section(
    sizes: Sequence[str], small: Measured, large: Measured, ratios: Sequence[Figure]
) -> str:
    titles = ("list", "queries", *(f"SQL at {size}" for size in sizes), "ratio", "wanted", "met")
    rows = [
        (
            name,
            str(large[name]["queries"]),
            f"{small[name]['ms']:.2f} ms",
            f"{large[name]['ms']:.2f} ms",
            ratio.measured,
            ratio.wanted,
            ratio.verdict,
            ", ".join(large[name]["plan"]),
        )
        for name, ratio in zip(small, ratios, strict=True)
    ]
    return table((*titles, f"indexes at {sizes[1]}"), rows)
