"""The law of a referral: what may happen to it, from which status, by which side.

Pure: it knows no database, no clock and no web. Every service asks :func:`check` before it moves
a referral; every list of buttons comes from :func:`actions`.
"""

from dataclasses import dataclass
from enum import StrEnum


class Status(StrEnum):
    """Where a referral stands. Urgency is not a status; it runs beside it."""

    SENT = "sent"
    RECEIVED = "received"
    ACCEPTED = "accepted"
    DECLINED = "declined"


class Side(StrEnum):
    """What a practice is to one referral. An outsider is ``NONE`` and may do nothing."""

    SENDER = "sender"
    RECEIVER = "receiver"
    ASKED = "asked"
    COORDINATOR = "coordinator"
    NONE = "none"


class TransitionRefused(Exception):
    """This act is not open to this side now. Says which acts are."""

    def __init__(self, action: str, status: Status, side: Side, allowed: tuple[str, ...]) -> None:
        self.action, self.status, self.side, self.allowed = action, status, side, allowed
        super().__init__(
            f"'{action}' is not open to your side while the referral is {status}. "
            f"Possible now: {', '.join(allowed) or 'nothing'}."
        )


@dataclass(frozen=True)
class Transition:
    """One row of the law.

    ``target`` is the status afterwards, ``None`` where the act leaves it as it is. ``urgent`` says
    whether the act is for SAME_DAY and EMERGENCY alone (True), for the rest alone (False), or for
    both. An emergency that is safe is still one: it is passed on, never declined.
    """

    action: str
    sources: frozenset[Status]
    by: frozenset[Side]
    target: Status | None = None
    urgent: bool | None = None


OPEN = frozenset({Status.SENT, Status.RECEIVED, Status.ACCEPTED})
UNDECIDED = frozenset({Status.SENT, Status.RECEIVED})
INVITED = frozenset({Side.RECEIVER, Side.ASKED})
PARTIES = INVITED | {Side.SENDER}

TRANSITIONS: tuple[Transition, ...] = (
    Transition("acknowledge", frozenset({Status.SENT}), INVITED, target=Status.RECEIVED),
    Transition("acknowledge", OPEN - {Status.SENT}, INVITED),
    Transition("acknowledge", OPEN, frozenset({Side.SENDER})),
    Transition("accept", UNDECIDED, INVITED, target=Status.ACCEPTED),
    Transition("pass", UNDECIDED, INVITED, urgent=True),
    Transition(
        "pass",
        frozenset({Status.ACCEPTED}),
        frozenset({Side.RECEIVER}),
        target=Status.RECEIVED,
        urgent=True,
    ),
    Transition("decline", OPEN, frozenset({Side.RECEIVER}), target=Status.DECLINED, urgent=False),
    Transition("decline", UNDECIDED, frozenset({Side.ASKED}), target=Status.DECLINED, urgent=False),
    Transition("add_findings", OPEN, PARTIES),
    Transition("raise_urgency", OPEN, PARTIES | {Side.COORDINATOR}),
    # Nobody lowers what they were only asked about; as the second person they may confirm it.
    Transition("propose_lowering", OPEN, frozenset({Side.SENDER, Side.RECEIVER})),
    Transition("confirm_lowering", OPEN, PARTIES),
    Transition("withdraw_lowering", OPEN, PARTIES | {Side.COORDINATOR}),
    Transition("amend", OPEN, frozenset({Side.SENDER})),
    # A plan that nobody has accepted is a wish; before that, accept with one or hand over to an ED.
    Transition(
        "record_plan",
        frozenset({Status.ACCEPTED}),
        frozenset({Side.SENDER, Side.RECEIVER}),
        urgent=True,
    ),
    Transition("hand_over_to_ed", OPEN, PARTIES | {Side.COORDINATOR}, urgent=True),
    Transition("record_call", OPEN, PARTIES | {Side.COORDINATOR}, urgent=True),
    Transition("record_patient_contact", OPEN, PARTIES | {Side.COORDINATOR}, urgent=True),
)


def actions(status: Status, side: Side, *, urgent: bool) -> tuple[str, ...]:
    """List the acts open to this side now, in the order of the table, each once.

    :param urgent: whether the referral is SAME_DAY or EMERGENCY.
    """
    rows = (row for row in TRANSITIONS if _open(row, status, side, urgent))
    return tuple(dict.fromkeys(row.action for row in rows))


def check(action: str, status: Status, side: Side, *, urgent: bool) -> Transition:
    """Find the row that permits this act.

    :raises TransitionRefused: if no row of the table permits it.
    """
    for row in TRANSITIONS:
        if row.action == action and _open(row, status, side, urgent):
            return row
    raise TransitionRefused(action, status, side, actions(status, side, urgent=urgent))


def _open(row: Transition, status: Status, side: Side, urgent: bool) -> bool:
    return status in row.sources and side in row.by and row.urgent in (None, urgent)
