"""Talks to a sandbox in another process: what has it received, and how shall it misbehave?"""

from collections.abc import Mapping
from typing import Any

import httpx

from config.sandbox.record import Message

MARGIN_SECONDS = 10.0


class SandboxClient:
    """The sandbox at an address."""

    def __init__(self, url: str) -> None:
        self.url = url

    def messages(self, after: int = 0, wait: float = 0.0) -> list[Message]:
        """Return the messages after the n-th, waiting up to `wait` seconds for the first."""
        answer = httpx.get(
            f"{self.url}/messages",
            params={"after": after, "wait": wait},
            timeout=wait + MARGIN_SECONDS,
        )
        answer.raise_for_status()
        return [Message(**message) for message in answer.json()["messages"]]

    def behave(self, kind: str, **rule: Any) -> None:
        """Let it misbehave from now on; see `behaviour.Rule` for the fields."""
        answer = httpx.post(
            f"{self.url}/_behaviour", json={"kind": kind, **rule}, timeout=MARGIN_SECONDS
        )
        answer.raise_for_status()

    def behave_well(self) -> None:
        """Let it forget all rules."""
        httpx.delete(f"{self.url}/_behaviour", timeout=MARGIN_SECONDS).raise_for_status()

    def expect(self, name: str, secret: str) -> None:
        """Let it check the webhooks to this name with their secret, and show what it found."""
        answer = httpx.post(
            f"{self.url}/_secret", json={"name": name, "secret": secret}, timeout=MARGIN_SECONDS
        )
        answer.raise_for_status()

    def webhook_url(self, name: str) -> str:
        """Return the address of one receiver."""
        return f"{self.url}/webhooks/{name}"

    def reply(self, sender: str, body: str) -> str:
        """Let somebody answer by SMS, such as `1 4821`; return the SMS that comes back to them."""
        return self._as_a_person("_reply", {"from": sender, "body": body})

    def press(self, to: str, digits: str) -> str:
        """Let the person called last at this number press a key; return what they hear then."""
        return self._as_a_person("_press", {"to": to, "digits": digits})

    def _as_a_person(self, path: str, given: Mapping[str, str]) -> str:
        answer = httpx.post(f"{self.url}/{path}", json=given, timeout=2 * MARGIN_SECONDS)
        answer.raise_for_status()
        return str(answer.json()["answer"])
