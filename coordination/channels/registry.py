"""CHANNELS: how a message leaves the house, and how patiently it is tried."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from coordination.channels.base import Channel
from coordination.channels.email import EmailChannel
from coordination.channels.sms import SmsChannel


@dataclass(frozen=True)
class Retry:
    """How often and how soon a delivery is tried again; the last wait repeats."""

    waits: tuple[timedelta, ...]
    tries: int

    def wait_after(self, attempts: int) -> timedelta:
        """Return how long to wait after this many attempts (1, 2, …)."""
        return self.waits[min(attempts, len(self.waits)) - 1]


@dataclass(frozen=True)
class Row:
    """One channel with its patience for urgent messages and for the rest."""

    channel: Channel
    urgent: Retry
    elective: Retry


def _seconds(*counts: int) -> tuple[timedelta, ...]:
    return tuple(timedelta(seconds=count) for count in counts)


_URGENT = Retry(_seconds(1, 5, 15, 30, 60), tries=8)
_ELECTIVE = Retry(_seconds(30, 120, 600, 3600), tries=24)

CHANNELS: Mapping[str, Row] = {
    "sms": Row(SmsChannel(), urgent=_URGENT, elective=_ELECTIVE),
    "email": Row(EmailChannel(), urgent=_URGENT, elective=_ELECTIVE),
}
