"""Looks at processes from outside, as an operator would."""

import os
from pathlib import Path

from config.servers.places import Places


def of_house(house: Places) -> list[str]:
    """Return what still runs of a house: marked processes, and those at home in its data."""
    homes = {str(house.postgres), str(house.valkey)}
    return [
        entry.name
        for entry in Path("/proc").iterdir()
        if entry.name.isdigit() and _belongs(entry, str(house.root), homes)
    ]


def _belongs(process: Path, root: str, homes: set[str]) -> bool:
    try:
        marked = f"TANDEM_CHILD_OF={root}".encode() in (process / "environ").read_bytes()
        return marked or os.readlink(process / "cwd") in homes
    except OSError:
        return False


def children_of(parent: int) -> list[int]:
    """Return the living children of a process."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                state, ppid = (entry / "stat").read_text().rpartition(")")[2].split()[:2]
            except OSError:
                continue
            if int(ppid) == parent and state != "Z":
                found.append(int(entry.name))
    return found
