"""The law of a referral: what may happen to it, from which status, by which side.

Pure: it knows no database, no clock and no web. Every service asks :func:`check` before it moves
a referral; every list of buttons comes from :func:`actions`; a trigger of the database holds the
status to :data:`STATUS_CHANGES`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum


class Status(StrEnum):
    """Where a referral stands. Urgency is not a status; it runs beside it."""

    SENT = "sent"
    RECEIVED = "received"
    AWAITING_INFORMATION = "awaiting_information"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    SCHEDULED = "scheduled"
    NO_SHOW = "no_show"
    VISIT_CANCELLED = "visit_cancelled"
    SEEN = "seen"
    CANCEL_REQUESTED = "cancel_requested"
    CANCELLED = "cancelled"
    REPORTED = "reported"
    CLOSED = "closed"
    REDIRECTED = "redirected"
    FAILED = "failed"
    ENTERED_IN_ERROR = "entered_in_error"


class Side(StrEnum):
    """What a practice is to one referral. An outsider is ``NONE`` and may do nothing."""

    SENDER = "sender"
    RECEIVER = "receiver"
    ASKED = "asked"
    COORDINATOR = "coordinator"
    NONE = "none"


# Nobody has taken the patient yet.
UNDECIDED = frozenset({Status.SENT, Status.RECEIVED})
# A practice has taken the patient, and has not reported yet.
UNDER_CARE = frozenset(
    {Status.ACCEPTED, Status.SCHEDULED, Status.NO_SHOW, Status.VISIT_CANCELLED, Status.SEEN}
)
TAKEN = UNDER_CARE | {Status.REPORTED}
# Waits for the other side, before or after it was taken: ``resumes_as`` says which.
HELD = frozenset({Status.AWAITING_INFORMATION, Status.CANCEL_REQUESTED})
LIVE = UNDECIDED | TAKEN | HELD
# Over, and may begin anew.
STOPPED = frozenset({Status.DECLINED, Status.CANCELLED, Status.FAILED})
INVITED = frozenset({Side.RECEIVER, Side.ASKED})
PARTIES = INVITED | {Side.SENDER}
# Who says how a red flag ended, whatever became of the referral. Who passed, or was only asked, or
# coordinates, does not have the patient.
RESOLVERS = frozenset({Side.SENDER, Side.RECEIVER})
_SENDER = frozenset({Side.SENDER})
_RECEIVER = frozenset({Side.RECEIVER})
_EVERYBODY = PARTIES | {Side.COORDINATOR}


def resumed_as(status: Status) -> Status:
    """Return what a referral goes on as that waited in this status: who asked has received it."""
    return Status.RECEIVED if status is Status.SENT else status


@dataclass(frozen=True)
class Standing:
    """All that the law asks about a referral.

    ``urgent``: it is SAME_DAY or EMERGENCY. ``pressing``: people must answer now; an urgent case
    that is safe is not pressing any more. ``resumes_as``: what it was before it waited for the
    other side, empty if it does not wait. ``handed_over``: an emergency department has the patient.
    """

    status: Status
    resumes_as: str = ""
    urgent: bool = False
    pressing: bool = False
    handed_over: bool = False

    @property
    def is_taken(self) -> bool:
        """Whether a practice has taken the patient and has them still."""
        return (self.resumes_as or self.status) in TAKEN

    @property
    def is_undecided(self) -> bool:
        """Whether practices may still be asked to take the patient."""
        return (self.resumes_as or self.status) in UNDECIDED


@dataclass(frozen=True)
class Transition:
    """One row of the law.

    ``target`` is the status afterwards, ``None`` where the act leaves it as it is or, if it
    ``resumes``, gives it back what it was before it waited. ``urgent`` says whether the act is for
    SAME_DAY and EMERGENCY alone (True), for the rest alone (False), or for both; ``taken``
    likewise, whether a practice must have taken the patient, and ``handed_over`` whether an
    emergency department. An emergency that is safe is still
    one: it is passed on, never declined. What ``ends`` a referral is refused while people must
    answer an urgent case.
    """

    action: str
    sources: frozenset[Status]
    by: frozenset[Side]
    target: Status | None = None
    urgent: bool | None = None
    taken: bool | None = None
    handed_over: bool | None = None
    resumes: bool = False
    ends: bool = False

    def permits(self, standing: Standing, side: Side) -> bool:
        """Say whether this row permits its act, were nothing pressing."""
        return (
            standing.status in self.sources
            and side in self.by
            and self.urgent in (None, standing.urgent)
            and self.taken in (None, standing.is_taken)
            and self.handed_over in (None, standing.handed_over)
        )

    def changes(self) -> Iterator[tuple[Status, Status]]:
        """List from which status to which other this row may move a referral."""
        for old in self.sources:
            targets = {self.target} if self.target else _RESUMABLE[old] if self.resumes else set()
            yield from ((old, new) for new in targets if old is not new)


class TransitionRefused(Exception):
    """This act is not open to this side now. Says which acts are."""

    def __init__(self, action: str, status: Status, side: Side, allowed: tuple[str, ...]) -> None:
        self.action, self.status, self.side, self.allowed = action, status, side, allowed
        super().__init__(f"{self._why()} Possible now: {', '.join(allowed) or 'nothing'}.")

    def _why(self) -> str:
        return f"'{self.action}' is not open to your side while the referral is {self.status}."


class UrgentCaseOpen(TransitionRefused):
    """This act would end a referral whose urgent case has no owner yet."""

    def _why(self) -> str:
        return (
            f"'{self.action}' has to wait: an urgent case is open. First somebody takes the "
            "patient and records the receiving plan, or hands them over to an emergency "
            "department; a practice that cannot take them passes the case on."
        )


TRANSITIONS: tuple[Transition, ...] = (
    Transition("acknowledge", frozenset({Status.SENT}), INVITED, target=Status.RECEIVED),
    Transition("acknowledge", LIVE - {Status.SENT}, INVITED),
    Transition("acknowledge", LIVE, _SENDER),
    # Who asked for information may take the patient without it: a red flag waits for no form.
    Transition(
        "accept",
        UNDECIDED | {Status.AWAITING_INFORMATION},
        INVITED,
        target=Status.ACCEPTED,
        taken=False,
    ),
    # What became urgent while it was being called off needs somebody all the same.
    Transition(
        "accept",
        frozenset({Status.CANCEL_REQUESTED}),
        INVITED,
        target=Status.ACCEPTED,
        urgent=True,
        taken=False,
    ),
    Transition("pass", UNDECIDED | HELD, INVITED, urgent=True, taken=False),
    Transition("pass", UNDER_CARE | HELD, _RECEIVER, Status.RECEIVED, urgent=True, taken=True),
    # Nobody has to be found for who is in an emergency department: the report stays to be read.
    Transition(
        "pass",
        frozenset({Status.REPORTED}),
        _RECEIVER,
        target=Status.RECEIVED,
        urgent=True,
        taken=True,
        handed_over=False,
    ),
    Transition(
        "decline",
        UNDECIDED | {Status.AWAITING_INFORMATION},
        INVITED,
        target=Status.DECLINED,
        urgent=False,
        taken=False,
        ends=True,
    ),
    Transition(
        "decline",
        frozenset(
            {
                Status.AWAITING_INFORMATION,
                Status.ACCEPTED,
                Status.SCHEDULED,
                Status.NO_SHOW,
                Status.SEEN,
            }
        ),
        _RECEIVER,
        target=Status.DECLINED,
        urgent=False,
        taken=True,
        ends=True,
    ),
    Transition("request_information", UNDECIDED, INVITED, target=Status.AWAITING_INFORMATION),
    Transition(
        "request_information",
        frozenset({Status.ACCEPTED, Status.SCHEDULED}),
        _RECEIVER,
        target=Status.AWAITING_INFORMATION,
    ),
    Transition(
        "answer_information", frozenset({Status.AWAITING_INFORMATION}), _SENDER, resumes=True
    ),
    Transition("schedule", UNDER_CARE, _RECEIVER, target=Status.SCHEDULED),
    Transition("record_no_show", frozenset({Status.SCHEDULED}), _RECEIVER, target=Status.NO_SHOW),
    Transition(
        "cancel_visit",
        frozenset({Status.SCHEDULED, Status.NO_SHOW, Status.SEEN}),
        _RECEIVER,
        target=Status.VISIT_CANCELLED,
    ),
    Transition(
        "record_visit",
        frozenset({Status.ACCEPTED, Status.SCHEDULED, Status.SEEN}),
        _RECEIVER,
        target=Status.SEEN,
    ),
    # A report may overtake a cancellation that was asked for.
    Transition(
        "report",
        frozenset({Status.ACCEPTED, Status.SCHEDULED, Status.SEEN, Status.CANCEL_REQUESTED}),
        _RECEIVER,
        target=Status.REPORTED,
        taken=True,
    ),
    Transition(
        "close",
        frozenset({Status.REPORTED, Status.DECLINED, Status.FAILED}),
        _SENDER,
        target=Status.CLOSED,
        ends=True,
    ),
    # Whoever has not seen it yet has nothing to call off.
    Transition(
        "request_cancellation",
        frozenset({Status.SENT}),
        _SENDER,
        target=Status.CANCELLED,
        ends=True,
    ),
    Transition(
        "request_cancellation",
        UNDER_CARE | {Status.RECEIVED, Status.AWAITING_INFORMATION},
        _SENDER,
        target=Status.CANCEL_REQUESTED,
        ends=True,
    ),
    Transition(
        "confirm_cancellation",
        frozenset({Status.CANCEL_REQUESTED}),
        INVITED,
        target=Status.CANCELLED,
        ends=True,
    ),
    Transition(
        "withdraw_cancellation", frozenset({Status.CANCEL_REQUESTED}), _SENDER, resumes=True
    ),
    Transition(
        "redirect",
        LIVE - {Status.REPORTED} | {Status.DECLINED},
        frozenset({Side.SENDER, Side.RECEIVER}),
        target=Status.REDIRECTED,
        ends=True,
    ),
    Transition("reopen", STOPPED, _SENDER, target=Status.SENT),
    Transition(
        "record_failure",
        UNDER_CARE - {Status.SEEN},
        _RECEIVER,
        target=Status.FAILED,
        ends=True,
    ),
    Transition(
        "enter_in_error", LIVE | STOPPED, _SENDER, target=Status.ENTERED_IN_ERROR, ends=True
    ),
    Transition("add_findings", LIVE, PARTIES),
    Transition("raise_urgency", LIVE, _EVERYBODY),
    # Nobody lowers what they were only asked about; as the second person they may confirm it.
    Transition("propose_lowering", LIVE, frozenset({Side.SENDER, Side.RECEIVER})),
    Transition("confirm_lowering", LIVE, PARTIES),
    Transition("withdraw_lowering", LIVE, _EVERYBODY),
    Transition("amend", LIVE, _SENDER),
    # A plan that nobody has accepted is a wish; before that, accept with one or hand over to an ED.
    Transition(
        "record_plan",
        TAKEN | HELD,
        frozenset({Side.SENDER, Side.RECEIVER}),
        urgent=True,
        taken=True,
    ),
    Transition("hand_over_to_ed", LIVE, _EVERYBODY, urgent=True),
    Transition("record_call", LIVE, _EVERYBODY, urgent=True),
    Transition("record_patient_contact", LIVE, _EVERYBODY, urgent=True),
    Transition("record_arrival", LIVE, _EVERYBODY, urgent=True),
)

# By the status it waits in: what a referral may go on as. Who waits twice was the same before.
_RESUMABLE: Mapping[Status, frozenset[Status]] = {
    held: frozenset(
        resumed_as(source)
        for row in TRANSITIONS
        if row.target is held
        for source in row.sources - HELD
    )
    for held in HELD
}
# Every change of the status that some act makes.
STATUS_CHANGES = frozenset(change for row in TRANSITIONS for change in row.changes())


def actions(standing: Standing, side: Side) -> tuple[str, ...]:
    """List the acts open to this side now, in the order of the table, each once."""
    rows = (row for row in TRANSITIONS if row.permits(standing, side))
    return tuple(dict.fromkeys(row.action for row in rows if not (row.ends and standing.pressing)))


def check(action: str, standing: Standing, side: Side) -> Transition:
    """Find the row that permits this act.

    :raises TransitionRefused: if no row of the table permits it.
    :raises UrgentCaseOpen: if it would end a referral while people must answer an urgent case.
    """
    for row in TRANSITIONS:
        if row.action == action and row.permits(standing, side):
            if row.ends and standing.pressing:
                break
            return row
    else:
        raise TransitionRefused(action, standing.status, side, actions(standing, side))
    raise UrgentCaseOpen(action, standing.status, side, actions(standing, side))
