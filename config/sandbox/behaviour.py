"""How the sandbox misbehaves: rules that a test sets, each for one channel and receiver."""

import threading
from dataclasses import dataclass

ANYBODY = "*"
KINDS = (
    "ok",
    "invalid",  # refused for good: no such number or mailbox
    "throttled",  # 429, or 451 from the mail server
    "broken",  # 500, or 451 from the mail server
    "hang",  # no answer for `seconds`
    "drop",  # accepted and kept, then the connection closes without an answer
    "garbage",  # 200 with a page of HTML (SMS and calls), or no HTTP at all (webhooks)
    "gone",  # 410 (webhooks)
    "redirect",  # 302 to another receiver (webhooks)
    "huge",  # 200 with ten megabytes (webhooks)
    "drip",  # the head of an answer, line by line, for `seconds` (webhooks)
    "undelivered",  # accepted, then reported as not delivered (SMS), or as failed (calls)
    "busy",  # accepted, then reported as such (calls)
    "no-answer",
)


class BehaviourRefused(ValueError):
    """A rule that the sandbox does not know."""


@dataclass
class Rule:
    """`times` is how often the rule still applies; without it, always."""

    kind: str
    channel: str = ANYBODY
    to: str = ANYBODY
    times: int | None = None
    seconds: float = 30.0

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise BehaviourRefused(f"kind must be one of {', '.join(KINDS)}")

    def applies(self, channel: str, to: str) -> bool:
        """Say whether the rule is meant for this message."""
        return (
            self.times != 0
            and self.channel in {ANYBODY, channel}
            and self.to.lower() in {ANYBODY, to.lower()}
        )


GOOD = Rule("ok")


class Behaviour:
    """The rules at present; the latest that applies wins."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._rules: list[Rule] = []

    def add(self, rule: Rule) -> None:
        """Let this rule come before those added earlier."""
        with self._lock:
            self._rules.insert(0, rule)

    def clear(self) -> None:
        """Behave well again."""
        with self._lock:
            self._rules.clear()

    def choose(self, channel: str, to: str) -> Rule:
        """Return the rule for one message, and count it."""
        with self._lock:
            for rule in self._rules:
                if rule.applies(channel, to):
                    if rule.times is not None:
                        rule.times -= 1
                    return rule
        return GOOD
