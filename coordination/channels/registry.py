"""CHANNELS: how a message leaves the house, and how patiently it is tried."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from coordination.channels.base import Channel
from coordination.channels.call_task import CallTaskChannel
from coordination.channels.email import EmailChannel
from coordination.channels.sms import SmsChannel
from coordination.channels.voice import VoiceChannel
from coordination.channels.webhook import WebhookChannel

_SPREAD = 0.2


@dataclass(frozen=True)
class Retry:
    """How soon a delivery is tried again; the last wait repeats.

    After ``tries`` it ``gives_up``, or else goes on until it is withdrawn and the next rung is
    pulled forward meanwhile.
    """

    waits: tuple[timedelta, ...]
    tries: int
    gives_up: bool = True

    def wait_after(
        self, attempts: int, asked: timedelta | None = None, *, sooner: float = 0.0
    ) -> timedelta:
        """Return how long to wait after this many attempts (1, 2, …).

        :param asked: what the far end asked for; granted up to the longest wait of this row.
        :param sooner: from 0 to 1, by how much of a fifth the wait is cut, so that what failed
            together does not come back together.
        """
        own = self.waits[min(attempts, len(self.waits)) - 1] * (1 - _SPREAD * sooner)
        return max(own, min(asked or own, max(self.waits)))


@dataclass(frozen=True)
class Row:
    """One channel with its patience for urgent calls, for notices of an outcome, for the rest."""

    channel: Channel
    urgent: Retry
    notice: Retry
    elective: Retry


def _seconds(*counts: int) -> tuple[timedelta, ...]:
    return tuple(timedelta(seconds=count) for count in counts)


_URGENT = Retry(_seconds(1, 5, 15, 30, 60), tries=8, gives_up=False)
_NOTICE = Retry(_seconds(1, 5, 15, 30, 60, 600), tries=24)
_ELECTIVE = Retry(_seconds(30, 120, 600, 3600), tries=24)
# Seconds first, then hours, three days in all: a system may be down over a weekend.
_WEBHOOK = Retry(
    (*_seconds(5, 300), *(timedelta(hours=count) for count in (0.5, 2, 5, 10, 14, 20, 24))),
    tries=10,
)
# A call that the provider did not take. One that nobody answered is not placed again: it is dead,
# and the ladder goes on; its last step calls anew.
_CALL = Retry(_seconds(5, 15, 30), tries=4)

CHANNELS: Mapping[str, Row] = {
    "sms": Row(SmsChannel(), urgent=_URGENT, notice=_NOTICE, elective=_ELECTIVE),
    "voice": Row(VoiceChannel(), urgent=_CALL, notice=_CALL, elective=_CALL),
    "email": Row(EmailChannel(), urgent=_URGENT, notice=_NOTICE, elective=_ELECTIVE),
    "webhook": Row(WebhookChannel(), urgent=_URGENT, notice=_NOTICE, elective=_WEBHOOK),
    # Putting a call on our own list cannot fail; what came of it is recorded by whoever calls.
    "answering_service": Row(CallTaskChannel(), urgent=_CALL, notice=_CALL, elective=_CALL),
    "hospital_operator": Row(CallTaskChannel(), urgent=_CALL, notice=_CALL, elective=_CALL),
}
