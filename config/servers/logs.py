"""Keeps the children's log files small, and quotes their ends when a start fails."""

import shutil
from pathlib import Path

LARGEST = 10 * 1024 * 1024
QUOTED_LINES = 12


def keep_small(log: Path) -> None:
    """Move a log that has grown too large to `.1` and empty it.

    The child keeps its file: it appends, so writing goes on at the new end.
    """
    try:
        if log.stat().st_size <= LARGEST:
            return
    except OSError:
        return
    shutil.copyfile(log, log.with_suffix(".log.1"))
    with log.open("r+b") as file:
        file.truncate(0)


def explain(name: str, log: Path) -> str:
    """Say that a process did not come up, quote its log and name the file."""
    try:
        lines = log.read_text(errors="replace").splitlines()[-QUOTED_LINES:]
    except OSError:
        lines = []
    quoted = "\n".join(f"    {line}" for line in lines) or "    (it wrote nothing)"
    return f"{name} did not come up. The end of {log}:\n{quoted}"
