"""What the sandbox has received: in memory for readers who wait, in a file for the next start."""

import json
import threading
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Message:
    """One message as it arrived. `n` counts from 1; `details` differ by channel."""

    n: int
    channel: str
    at: str
    to: str
    sender: str
    body: str
    details: Mapping[str, Any] = field(default_factory=dict)


class Record:
    """All messages in the order of arrival. Safe to use from many threads."""

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._grown = threading.Condition()
        self._messages = _read(path) if path else []

    def add(self, channel: str, *, to: str, sender: str, body: str, **details: Any) -> Message:
        """Keep a message and wake whoever waits for one."""
        with self._grown:
            message = Message(
                n=len(self._messages) + 1,
                channel=channel,
                at=datetime.now(UTC).isoformat(timespec="milliseconds"),
                to=to,
                sender=sender,
                body=body,
                details=details,
            )
            self._messages.append(message)
            if self._path:
                with self._path.open("a") as file:
                    file.write(json.dumps(asdict(message)) + "\n")
            self._grown.notify_all()
        return message

    def after(self, n: int, wait: float = 0.0) -> list[Message]:
        """Return the messages after the n-th, waiting up to `wait` seconds for the first."""
        with self._grown:
            self._grown.wait_for(lambda: len(self._messages) > n, timeout=wait)
            return self._messages[n:]


def _read(path: Path) -> list[Message]:
    """A killed writer may have left half a line at the end; it is cut off."""
    try:
        text = path.read_text()
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True)
        return []
    whole = text[: text.rfind("\n") + 1]
    if whole != text:
        path.write_text(whole)
    return [Message(**json.loads(line)) for line in whole.splitlines()]
