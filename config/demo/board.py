"""What everybody watches: the cases, and what people receive as it arrives. It draws nothing."""

from collections import deque
from dataclasses import dataclass
from datetime import datetime

from config.demo.case import Case
from config.demo.cast import OFFICES
from config.demo.hands import DAY_SECONDS
from config.demo.outside import Message, arrived_at, is_about, is_answer

FEED_LINES = 8
_DESKS = {office.front_desk: office.desk for office in OFFICES}
_PEOPLE = {address: p.name for o in OFFICES for p in o.people for _, address in p.reached}
_HOOKS = {office.webhook: f"{office.short_name} system" for office in OFFICES if office.webhook}
_OWNERS = {**_PEOPLE, **_DESKS, **_HOOKS}
_WAYS = {
    "sms": "SMS",
    "voice": "call",
    "email": "e-mail",
    "webhook": "webhook",
    "answering_service": "dialled",
}


@dataclass(frozen=True)
class Fed:
    """One line of the feed: who received what, how long after the referral was sent."""

    seconds: float
    way: str
    to: str
    reference: str
    case: str
    words: str


class Board:
    """The present state of a run. Its threads only add; whoever draws only reads."""

    def __init__(self, cases: list[Case], compression: float) -> None:
        self.cases, self.compression = cases, compression
        self.feed: deque[Fed] = deque(maxlen=FEED_LINES)
        self.received = 0

    def notice(self, message: Message) -> None:
        """Take a message that has arrived outside."""
        case = next((c for c in self.cases if c.reference and is_about(message, c.reference)), None)
        self.received += 1
        if case is None:
            return
        took = arrived_at(message) - datetime.fromisoformat(case.sent_at)
        self.feed.append(
            Fed(
                seconds=took.total_seconds(),
                way=way_of(message),
                to=receiver(message),
                reference=case.reference,
                case=case.name,
                words=" ".join(message["body"].split()),
            )
        )

    @property
    def ended(self) -> int:
        """How many stories have been told to their end."""
        return sum(1 for case in self.cases if case.ended)

    @property
    def closed(self) -> int:
        """How many loops their senders have closed."""
        return sum(1 for case in self.cases if case.status == "closed")

    @property
    def pace(self) -> str:
        """How fast time runs, in words."""
        return pace_in_words(self.compression)


def pace_in_words(compression: float) -> str:
    """Say how fast time runs, so that nobody takes a compressed wait for a real one."""
    days = f"A day until a visit takes {DAY_SECONDS:g} seconds."
    if compression == 1:
        return f"Time runs as it is: the waits of the ladders are real. {days}"
    return (
        f"Time runs {compression:g} times faster: "
        f"a wait of 2 minutes takes {120 / compression:g} seconds. {days}"
    )


def receiver(message: Message) -> str:
    """Name who received a message."""
    to = str(message["to"])
    return _OWNERS.get(to.rsplit("/", 1)[-1], to)


def way_of(message: Message) -> str:
    """Name the channel as people call it."""
    way = _WAYS.get(message["channel"], str(message["channel"]))
    return f"{way} back" if is_answer(message) else way
