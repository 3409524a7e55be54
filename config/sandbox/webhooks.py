"""The webhook receivers of the sandbox: a practice's own system, that checks and keeps notices."""

from collections.abc import Mapping
from typing import Protocol

from standardwebhooks import Webhook, WebhookVerificationError

from config.sandbox.behaviour import Behaviour, Rule
from config.sandbox.record import Record

SIGNED = ("webhook-id", "webhook-timestamp", "webhook-signature")
_EMPTY = "Content-Length: 0\r\nConnection: close\r\n\r\n"
_HUGE = 10 * 1024 * 1024
_DROP_SECONDS = 0.2
# What was taken although the answer is odd.
_KEPT = frozenset({"ok", "hang", "drop", "huge"})


class Line(Protocol):
    """Where the answer goes, and how to wait; it ends early when the sandbox closes."""

    def write(self, data: bytes) -> object:
        """Send bytes as they are."""

    def wait(self, seconds: float) -> object:
        """Let time pass."""


class Receivers:
    """One receiver for each name; the secret of a known one is used to check its notices."""

    def __init__(self, record: Record, behaviour: Behaviour) -> None:
        self._record = record
        self._behaviour = behaviour
        self._secrets: dict[str, str] = {}

    def expect(self, name: str, secret: str) -> None:
        """Check the notices to this name with this secret from now on.

        :raises ValueError: if it is no secret.
        """
        if not secret.startswith("whsec_"):
            raise ValueError("a secret begins with whsec_")
        Webhook(secret)
        self._secrets[name] = secret

    def take(self, name: str, headers: Mapping[str, str], body: bytes, line: Line) -> None:
        """Take one notice, keep it, and answer as told."""
        rule = self._behaviour.choose("webhook", name)
        if rule.kind in _KEPT:
            self._keep(name, headers, body)
        if rule.kind == "hang":
            line.wait(rule.seconds)
        if rule.kind == "drip":
            _drip(line, rule.seconds)
        elif rule.kind != "drop":
            line.write(_answer(rule))

    def _keep(self, name: str, headers: Mapping[str, str], body: bytes) -> None:
        shown = {header: headers.get(header, "") for header in SIGNED}
        self._record.add(
            "webhook",
            to=name,
            sender=headers.get("user-agent", ""),
            body=body.decode("utf-8", "replace"),
            signature=self._check(name, shown, body),
            headers=shown,
        )

    def _check(self, name: str, shown: dict[str, str], body: bytes) -> str:
        if name not in self._secrets:
            return "not checked"
        try:
            Webhook(self._secrets[name]).verify(body, shown, json_parse=False)
        except WebhookVerificationError:
            return "wrong"
        return "right"


def _answer(rule: Rule) -> bytes:
    heads = {
        "broken": f"HTTP/1.1 500 Internal Server Error\r\n{_EMPTY}",
        "throttled": f"HTTP/1.1 429 Too Many Requests\r\nRetry-After: {rule.seconds:.0f}\r\n"
        + _EMPTY,
        "gone": f"HTTP/1.1 410 Gone\r\n{_EMPTY}",
        "invalid": f"HTTP/1.1 404 Not Found\r\n{_EMPTY}",
        "redirect": f"HTTP/1.1 302 Found\r\nLocation: /webhooks/elsewhere\r\n{_EMPTY}",
        "garbage": "220 this is no web server\r\n",
        "huge": f"HTTP/1.1 200 OK\r\nContent-Length: {_HUGE}\r\n\r\n",
    }
    head = heads.get(rule.kind, f"HTTP/1.1 204 No Content\r\n{_EMPTY}").encode()
    return head + bytes(_HUGE) if rule.kind == "huge" else head


def _drip(line: Line, seconds: float) -> None:
    line.write(b"HTTP/1.1 200 OK\r\n")
    for n in range(int(seconds / _DROP_SECONDS)):
        line.write(b"X-%d: x\r\n" % n)
        line.wait(_DROP_SECONDS)
