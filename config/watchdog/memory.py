"""What the watchdog remembers from round to round and over its own restarts: one small file."""

import json
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path

# Seconds until an alarm that is still red is said again; the last repeats.
REPEATS = (300.0, 900.0, 1800.0, 3600.0)


@dataclass
class Red:
    """One alarm that is red: since when (seconds of the epoch), how often said, when next."""

    since: float
    said: int = 0
    say_at: float = 0.0

    @property
    def is_said(self) -> bool:
        """Whether the operator knows of it."""
        return self.said > 0

    def spoken(self, now: float) -> None:
        """Note that it was said, and when to say it again."""
        self.say_at = now + REPEATS[min(self.said, len(REPEATS) - 1)]
        self.said += 1


@dataclass
class Memory:
    """Alarms by code, and the head of each practice's sealed history: its place and its hash."""

    red: dict[str, Red] = field(default_factory=dict)
    heads: dict[str, tuple[int, str]] = field(default_factory=dict)


def read(path: Path) -> Memory:
    """Return what the file says. A file that is missing or damaged is an empty memory."""
    try:
        kept = json.loads(path.read_text())
        return Memory(
            red={str(code): Red(**one) for code, one in kept["red"].items()},
            heads={str(key): (int(seq), str(hash_)) for key, (seq, hash_) in kept["heads"].items()},
        )
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return Memory()


def write(path: Path, memory: Memory) -> None:
    """Replace the file in one step, so that no reader sees half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".draft")
    with draft.open("w") as file:
        json.dump(asdict(memory), file, indent=1)
        file.flush()
        os.fsync(file.fileno())
    os.replace(draft, path)
