"""Whose move a referral is next, what they have to do, and by when.

While an urgent case presses, what it still lacks comes first; otherwise the status says it.
"""

from datetime import datetime

from referrals import deadlines
from referrals.clinical import Tier
from referrals.models import Referral
from referrals.models.practice import Specialty
from referrals.models.referral import OwnerSide, Whereabouts
from referrals.services.moves import Move
from referrals.workflow import HELD, UNDECIDED, Status

Turn = tuple[OwnerSide, str]

TURN = ("owner_side", "next_action", "due_at")
NOBODY_FOUND = "find_receiver"
_BY_STATUS: dict[str, Turn] = {
    Status.AWAITING_INFORMATION: (OwnerSide.SENDER, "answer_information"),
    Status.SCHEDULED: (OwnerSide.RECEIVER, "see_patient"),
    Status.NO_SHOW: (OwnerSide.RECEIVER, "schedule"),
    Status.VISIT_CANCELLED: (OwnerSide.RECEIVER, "schedule"),
    Status.SEEN: (OwnerSide.RECEIVER, "report"),
    Status.CANCEL_REQUESTED: (OwnerSide.RECEIVER, "confirm_cancellation"),
    Status.REPORTED: (OwnerSide.SENDER, "close"),
}


def hand_to(owner: OwnerSide, next_action: str, move: Move, *, due: datetime | None = None) -> None:
    """Give the next move to a side; without ``due`` the usual time of that step counts from now.

    While people must answer an urgent case, what it lacks stays the next step.
    """
    referral, turn = move.referral, (owner, next_action)
    if referral.is_pressing:
        pressing = _pressing(referral, undecided=_is_undecided_after(move))
        if pressing != turn:
            _give(referral, pressing, move.at)
            return
    _set(referral, turn, due or _due(referral, turn, move.at))


def go_on(move: Move, since: datetime) -> None:
    """Give the move back in a referral that waited since then, with the time that was left."""
    referral, was = move.referral, move.referral.resumes_as
    owner, step = _by_status(referral, was)
    due = None
    if step == "acknowledge":
        due = acknowledge_due(referral, move.at)
    elif was in (Status.RECEIVED, Status.ACCEPTED):
        due = plan_due(referral) + (move.at - since)
    hand_to(owner, step, move, due=due)


def settle_turn(referral: Referral, at: datetime) -> None:
    """Let whoever owes the next step have the move, as the referral stands now.

    Where that changes nothing, the time runs on.
    """
    if referral.is_pressing:
        turn = _pressing(referral, undecided=referral.standing.is_undecided)
    else:
        turn = _by_status(referral, referral.status)
    if referral.next_action == NOBODY_FOUND and turn[1] == "acknowledge":
        turn = _who_finds(referral), NOBODY_FOUND
    _give(referral, turn, at)


def nobody_found(referral: Referral) -> None:
    """Give the move to who has to find a practice, unless another step comes before that."""
    if referral.next_action in ("acknowledge", NOBODY_FOUND):
        referral.owner_side, referral.next_action = _who_finds(referral), NOBODY_FOUND


def somebody_found(referral: Referral, at: datetime) -> None:
    """Give the move to a practice that could be asked after all."""
    if referral.next_action == NOBODY_FOUND:
        _set(referral, (OwnerSide.RECEIVER, "acknowledge"), acknowledge_due(referral, at))
        referral.save(update_fields=TURN)


def nobody_moves(referral: Referral) -> None:
    """Ask nothing of anybody any more."""
    referral.next_action, referral.due_at = "", None


def pace_of(referral: Referral) -> deadlines.Pace:
    """Say how fast this referral moves."""
    return deadlines.pace_of(Tier(referral.tier), referral.within)


def acknowledge_due(referral: Referral, since: datetime) -> datetime:
    """Return by when somebody must have seen it who is told at that instant."""
    owner = referral.receiver or referral.sender
    return deadlines.acknowledge_by(pace_of(referral), since, owner.calendar)


def step_due(referral: Referral, owner: OwnerSide, step: str, since: datetime) -> datetime:
    """Return by when a side must do a step that is its own since then, by its own calendar."""
    practice = referral.receiver if owner == OwnerSide.RECEIVER else None
    calendar = (practice or referral.sender).calendar
    return deadlines.step_by(step, pace_of(referral), since, calendar)


def plan_due(referral: Referral) -> datetime:
    """Return by when the receiving plan must be on record."""
    return deadlines.plan_by(pace_of(referral), _raised_or_sent(referral))


def _pressing(referral: Referral, *, undecided: bool) -> Turn:
    sought = referral.sought_specialty
    other = Specialty.SPINE if sought == Specialty.PAIN else Specialty.PAIN
    if _has_to_see_it(referral, sought):
        return OwnerSide.RECEIVER, "acknowledge"
    if undecided and not referral.handed_over_at:
        return OwnerSide.RECEIVER, "accept"
    if not referral.plan_recorded_at:
        return OwnerSide.RECEIVER, "record_plan"
    if _has_to_see_it(referral, other):
        return OwnerSide.SENDER, "acknowledge"
    pain = OwnerSide.RECEIVER if sought == Specialty.PAIN else OwnerSide.SENDER
    is_leaving = referral.patient_whereabouts == Whereabouts.TO_THE_ED
    return pain, "confirm_arrival" if is_leaving else "reach_patient"


def _has_to_see_it(referral: Referral, specialty: str) -> bool:
    # The hospital's own surgeon takes the case.
    released = specialty == Specialty.SPINE and referral.handed_over_at
    return not released and referral.acknowledged_at(specialty) is None


def _by_status(referral: Referral, status: str) -> Turn:
    if status in _BY_STATUS:
        return _BY_STATUS[status]
    if status == Status.ACCEPTED:
        is_planned = referral.plan_recorded_at and not referral.handed_over_at
        return OwnerSide.RECEIVER, "see_patient" if is_planned else "schedule"
    if referral.handed_over_at:
        return OwnerSide.SENDER, "decide_next"
    is_seen = referral.acknowledged_at(referral.sought_specialty)
    return OwnerSide.RECEIVER, "accept" if is_seen else "acknowledge"


def _who_finds(referral: Referral) -> OwnerSide:
    # The network finds somebody for an urgent case; any other the sender sends on.
    return OwnerSide.COORDINATOR if referral.is_pressing else OwnerSide.SENDER


def _is_undecided_after(move: Move) -> bool:
    if move.target is None or move.target in HELD:
        return move.referral.standing.is_undecided
    return move.target in UNDECIDED


def _give(referral: Referral, turn: Turn, at: datetime) -> None:
    if turn != (referral.owner_side, referral.next_action):
        _set(referral, turn, _due(referral, turn, at))


def _set(referral: Referral, turn: Turn, due: datetime | None) -> None:
    referral.owner_side, referral.next_action = turn
    referral.due_at = due


def _due(referral: Referral, turn: Turn, at: datetime) -> datetime | None:
    owner, step = turn
    if step == NOBODY_FOUND:
        return referral.due_at
    if step == "acknowledge":
        return acknowledge_due(referral, _raised_or_sent(referral))
    if step == "see_patient" and _is_booked(referral):
        return _visit_starts(referral)
    if step in ("accept", "record_plan", "reach_patient", "see_patient"):
        return plan_due(referral)
    if step == "confirm_arrival":
        return (referral.patient_whereabouts_at or at) + deadlines.ARRIVAL_WITHIN
    return step_due(referral, owner, step, at)


def _is_booked(referral: Referral) -> bool:
    return (referral.resumes_as or referral.status) == Status.SCHEDULED


def _visit_starts(referral: Referral) -> datetime:
    # From the timeline: the engine, which may close the alert, has no right on visits.
    booked = referral.events.visits_booked().order_by("-id")[0]
    return datetime.fromisoformat(booked.data["starts_at"])


def _raised_or_sent(referral: Referral) -> datetime:
    return referral.raised_at or referral.sent_at
