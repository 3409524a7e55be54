"""Finds and stops what a killed supervisor of the same house left behind.

Only the holder of the house's lock may call this: then nobody else can own those processes.
"""

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from time import monotonic, sleep

from config.servers.child import MARK
from config.servers.places import Places

PROC = Path("/proc")
PATIENCE_SECONDS = 10.0
POLL_SECONDS = 0.05


class LeftoverStays(RuntimeError):
    """A process of this house would not end."""


def clear(places: Places) -> int:
    """Stop every left-over process, remove stale files, and count the former.

    :raises LeftoverStays: if one is still there after being killed.
    """
    found = set(_pids(places))
    for pid in found:
        # A postmaster asked like this shuts down fast and cleanly; so does Valkey.
        _signal(pid, signal.SIGINT)
        _signal(pid, signal.SIGTERM)
    if found and not _gone(places, PATIENCE_SECONDS):
        for pid in _pids(places):
            _signal(pid, signal.SIGKILL)
        if not _gone(places, PATIENCE_SECONDS):
            raise LeftoverStays(
                f"Processes {', '.join(map(str, _pids(places)))} of an earlier run still use "
                f"{places.root}. Stop them, then try again."
            )
    _remove_stale_files(places)
    return len(found)


def _pids(places: Places) -> Iterator[int]:
    """Processes marked as children of this house, or at home in its data folders."""
    if not PROC.is_dir():
        return
    homes = {str(places.postgres), str(places.valkey)}
    mark = f"{MARK}={places.root}".encode()
    for entry in PROC.iterdir():
        if entry.name.isdigit() and _is_ours(entry, homes, mark):
            yield int(entry.name)


def _is_ours(process: Path, homes: set[str], mark: bytes) -> bool:
    # Both files may be ours to see and gone, or somebody else's and closed.
    try:
        if os.readlink(process / "cwd") in homes:
            return True
        return mark in (process / "environ").read_bytes().split(b"\0")
    except OSError:
        return False


def _gone(places: Places, seconds: float) -> bool:
    until = monotonic() + seconds
    while any(True for _ in _pids(places)):
        if monotonic() > until:
            return False
        sleep(POLL_SECONDS)
    return True


def _signal(pid: int, number: int) -> None:
    try:
        os.kill(pid, number)
    except (ProcessLookupError, PermissionError):
        return


def _remove_stale_files(places: Places) -> None:
    """PostgreSQL trusts a pid in its lock file, and after a reboot that pid is somebody else's."""
    places.postgres.joinpath("postmaster.pid").unlink(missing_ok=True)
    for pattern in (".s.PGSQL.*", "valkey.sock"):
        for stale in places.sockets.glob(pattern):
            stale.unlink(missing_ok=True)
    for stale in places.ready.glob("*"):
        stale.unlink()
