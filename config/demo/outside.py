"""What the world outside has received, read from the sandbox by one thread for all stories."""

from collections.abc import Callable
from datetime import UTC, datetime
from threading import Event, Lock, Thread
from typing import Any

import httpx

from config.demo.house import House

WAIT_SECONDS = 2.0
AFTER_A_FAILURE = 0.3

Message = dict[str, Any]


class Outside:
    """A context: within it, every new message is read once and handed to ``notice``."""

    def __init__(self, house: House, notice: Callable[[Message], None]) -> None:
        self._house, self._notice = house, notice
        self._messages: list[Message] = []
        self._lock, self._closing = Lock(), Event()
        self._thread = Thread(target=self._read, daemon=True)

    def __enter__(self) -> "Outside":
        # What an earlier demo left in the record is none of this one's.
        self._seen = self._fetch(0, 0.0)[1]
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.set()
        self._thread.join(2 * WAIT_SECONDS)

    def about(self, reference: str) -> list[Message]:
        """Return the messages that name this referral, in the order of arrival."""
        with self._lock:
            return [message for message in self._messages if is_about(message, reference)]

    def keep(self, *, channel: str, to: str, body: str, details: dict[str, str]) -> None:
        """Keep what a person did by hand beyond our walls, where no sandbox hears it."""
        at = datetime.now(UTC).isoformat()
        made = {"channel": channel, "to": to, "body": body, "at": at, "details": details}
        with self._lock:
            self._messages.append(made)
        self._notice(made)

    def _read(self) -> None:
        while not self._closing.is_set():
            found, self._seen = self._fetch(self._seen, WAIT_SECONDS)
            with self._lock:
                self._messages += found
            for message in found:
                self._notice(message)

    def _fetch(self, after: int, wait: float) -> tuple[list[Message], int]:
        try:
            answer = httpx.get(
                f"{self._house.sandbox_url}/messages",
                params={"after": after, "wait": wait},
                timeout=wait + 10,
                trust_env=False,
            )
            answer.raise_for_status()
            body = answer.json()
        except (httpx.HTTPError, httpx.InvalidURL, KeyError, ValueError):
            # Somebody killed the sandbox, or the whole house: it comes back with its record.
            self._closing.wait(AFTER_A_FAILURE)
            return [], after
        return body["messages"], body["next"]


def is_about(message: Message, reference: str) -> bool:
    """Say whether a message names this referral; on a call its letters are spoken one by one."""
    words = message["body"] + str(message.get("details", {}).get("subject", ""))
    return reference in words or ", ".join(reference.replace("-", "")) in words


def arrived_at(message: Message) -> datetime:
    """Return when it arrived."""
    return datetime.fromisoformat(message["at"])


def is_answer(message: Message) -> bool:
    """Say whether it is what somebody heard back for their own reply or key."""
    return "answer_to" in message.get("details", {})
