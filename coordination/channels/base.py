"""What every channel is given and gives back. A channel knows no database and keeps no state."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Protocol

from coordination.messages import Message


class Result(StrEnum):
    """How a send ended: taken by the far end, worth another try, or never going to work.

    ``GONE`` is said by an address that takes nothing more, this message and any other.
    """

    SENT = "sent"
    RETRY = "retry"
    REFUSED = "refused"
    GONE = "gone"


@dataclass(frozen=True)
class Receipt:
    """The far end's answer. ``code`` is short and safe to log: never an address, never a text.

    ``wait`` is what the far end asked for before another try.
    """

    result: Result
    provider_message_id: str = ""
    code: str = ""
    wait: timedelta | None = None


class Channel(Protocol):
    """One way out of the house."""

    def send(self, *, key: str, address: str, message: Message) -> Receipt:
        """Hand the message over within OUTBOUND_TIMEOUT a network step.

        :param key: the idempotency key, the same at every try of one delivery.
        """
