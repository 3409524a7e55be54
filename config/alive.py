"""Asks one process whether it works, for health checks: `python -m config.alive web|beat|…`.

The web server must answer; every other process must have done work, and said so by its note,
within the last minute. It knows no Django: it is asked every few seconds.
"""

import os
import sys
from pathlib import Path
from time import time

from config.servers import places, probes

NEWEST_SECONDS = 60.0


def answers(name: str, ready: Path, *, port: int = 8000) -> bool:
    """Say whether the process of this name works.

    :param port: where the web server listens.
    """
    if name == "web":
        return probes.page("127.0.0.1", port, "/healthz")(os.getpid())
    try:
        return time() - (ready / name).stat().st_mtime < NEWEST_SECONDS
    except FileNotFoundError:
        return False


def main(words: list[str]) -> int:
    """Return 0 if it works and 1 if not."""
    if len(words) != 1:
        sys.exit("usage: python -m config.alive NAME")
    port = int(os.environ.get("PORT", "8000"))
    return 0 if answers(words[0], places.of(os.environ).ready, port=port) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
