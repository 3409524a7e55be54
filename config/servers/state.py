"""What a running house tells others about itself: the file `up.json`."""

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path


@dataclass
class State:
    """The supervisor's pid, the web address, child pids by name, and settings it chose."""

    pid: int = 0
    url: str = ""
    port: int = 0
    ready: bool = False
    children: dict[str, int] = field(default_factory=dict)
    sandbox: dict[str, str] = field(default_factory=dict)
    settings: Mapping[str, str] = field(default_factory=dict)


def read(path: Path) -> State:
    """Return what the file says, or an empty state if there is none."""
    try:
        return State(**json.loads(path.read_text()))
    except (OSError, ValueError, TypeError):
        return State()


def write(path: Path, state: State) -> None:
    """Replace the file in one step, so that no reader sees half of it."""
    draft = path.with_suffix(".draft")
    draft.write_text(json.dumps(asdict(state), indent=1) + "\n")
    os.replace(draft, path)
