"""The machine and the house on it: processor time and memory of each process, from /proc."""

import os
import platform
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from time import monotonic

from config.servers import places, state

PROC = Path("/proc")
_TICK = os.sysconf("SC_CLK_TCK")
_PSS = re.compile(r"^Pss:\s+(\d+) kB", re.MULTILINE)
QUIET_SHARE, QUIET_SECONDS, LONGEST_WAIT = 0.15, 1.0, 90.0


@dataclass(frozen=True)
class Process:
    """One process of the house, by the name of the child it belongs to."""

    pid: int
    name: str

    @property
    def processor_seconds(self) -> float:
        """Return the processor time it has used so far."""
        words = (PROC / str(self.pid) / "stat").read_text().rpartition(")")[2].split()
        return (int(words[11]) + int(words[12])) / _TICK

    @property
    def pss(self) -> int:
        """Return its proportional share of memory, in bytes."""
        found = _PSS.search((PROC / str(self.pid) / "smaps_rollup").read_text())
        return int(found.group(1)) * 1024 if found else 0


def describe() -> str:
    """Say what machine this is, and how busy others keep it at this moment."""
    model = next(
        (
            line.partition(":")[2].strip()
            for line in (PROC / "cpuinfo").read_text().splitlines()
            if line.startswith("model name")
        ),
        platform.machine(),
    )
    return (
        f"{os.cpu_count()} cores ({model}), {platform.system()} {platform.release()}, "
        f"Python {platform.python_version()}, load average {os.getloadavg()[0]:.1f} beforehand"
    )


def memory() -> dict[str, float]:
    """Return the MiB of each child of the house with all its processes, and of the supervisor."""
    total: Counter[str] = Counter()
    for process in _house():
        with suppress(OSError):
            total[process.name] += process.pss
    return {name: round(size / 2**20, 1) for name, size in sorted(total.items())}


def processor_seconds() -> float:
    """Return the processor time that the whole house has used so far."""
    total = 0.0
    for process in _house():
        with suppress(OSError):
            total += process.processor_seconds
    return total


def wait_until_quiet() -> None:
    """Return once the house has nothing to do, or after a while."""
    deadline, pause, before = monotonic() + LONGEST_WAIT, Event(), processor_seconds()
    while monotonic() < deadline:
        pause.wait(QUIET_SECONDS)
        now = processor_seconds()
        if now - before < QUIET_SHARE * QUIET_SECONDS:
            return
        before = now


def _house() -> Iterator[Process]:
    here = state.read(places.of(os.environ).state)
    names = {pid: name for name, pid in here.children.items()} | {here.pid: "supervisor"}
    parents = _parents()
    for pid in parents:
        place = pid
        while place in parents and place not in names:
            place = parents[place]
        if place in names and (PROC / str(pid)).exists():
            yield Process(pid, names[place])


def _parents() -> dict[int, int]:
    found = {}
    for folder in PROC.iterdir():
        if folder.name.isdigit():
            # Processes end while they are listed.
            with suppress(OSError):
                words = (folder / "stat").read_text().rpartition(")")[2].split()
                found[int(folder.name)] = int(words[1])
    return found
