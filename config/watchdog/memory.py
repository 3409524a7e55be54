"""What the watchdog remembers from round to round and over its own restarts: one small file."""

import json
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path

# Seconds until an alarm that is still red is said again; the last repeats.
REPEATS = (300.0, 900.0, 1800.0, 3600.0)


@dataclass
class Red:
    """One alarm that is red: since when (seconds of the epoch), how often said, when next.

    ``well_since`` is 0 while it is wrong.
    """

    since: float
    said: int = 0
    say_at: float = 0.0
    well_since: float = 0.0

    @property
    def is_said(self) -> bool:
        """Whether the operator knows of it."""
        return self.said > 0

    def found(self, now: float) -> "Red":
        """Note that it is wrong. A clock that was set back postpones nothing."""
        self.well_since, self.since = 0.0, min(self.since, now)
        self.say_at = min(self.say_at, now + REPEATS[-1])
        return self

    def is_over(self, now: float, calm: float) -> bool:
        """Note that it is well, and say whether it has been for so many seconds.

        What comes and goes is one alarm, and not hundreds.
        """
        self.well_since = min(self.well_since or now, now)
        return now - self.well_since >= calm

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
            red={str(code): _red(**one) for code, one in kept["red"].items()},
            heads={
                str(int(practice)): (int(seq), str(hash_))
                for practice, (seq, hash_) in kept["heads"].items()
            },
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


def _red(since: float, said: int, say_at: float, well_since: float = 0.0) -> Red:
    # Somebody may have written into the file.
    return Red(float(since), int(said), float(say_at), float(well_since))
