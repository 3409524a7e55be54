"""Whose move a referral is next, what they have to do, and by when."""

from datetime import datetime

from referrals import deadlines
from referrals.clinical import Tier
from referrals.models import Practice, Referral
from referrals.models.referral import OwnerSide
from referrals.services.moves import Move
from referrals.workflow import Status

_STEP_AFTER = {
    Status.NO_SHOW: "schedule",
    Status.VISIT_CANCELLED: "schedule",
    Status.SEEN: "report",
}


def hand_to(owner: OwnerSide, next_action: str, move: Move, *, due: datetime | None = None) -> None:
    """Give the next move to a side; without ``due`` the usual time of that step counts from now."""
    referral = move.referral
    referral.owner_side, referral.next_action = owner, next_action
    referral.due_at = due or deadlines.step_by(next_action, pace_of(referral), move.at)


def nobody_moves(referral: Referral) -> None:
    """Ask nothing of anybody any more."""
    referral.next_action, referral.due_at = "", None


def pace_of(referral: Referral) -> deadlines.Pace:
    """Say how fast this referral moves."""
    return deadlines.pace_of(Tier(referral.tier), referral.within)


def after_acceptance(referral: Referral) -> str:
    """Name what comes once the patient is taken on."""
    return "record_plan" if referral.is_pressing else "schedule"


def acknowledge_due(referral: Referral, since: datetime) -> datetime:
    """Return by when somebody must have seen it who is told at that instant."""
    owner = referral.receiver or Practice.objects.get(pk=referral.sender_id)
    return deadlines.acknowledge_by(pace_of(referral), since, owner.zone, owner.hours)


def plan_due(referral: Referral) -> datetime:
    """Return by when the receiving plan must be on record."""
    return deadlines.plan_by(pace_of(referral), referral.raised_at or referral.sent_at)


def go_on(move: Move, since: datetime) -> None:
    """Give the receiver of a referral that waited since then their move back, with its time."""
    referral, was = move.referral, Status(move.referral.resumes_as)
    if was is Status.SCHEDULED:
        visit = referral.visits.booked().get()
        hand_to(OwnerSide.RECEIVER, "see_patient", move, due=visit.starts_at)
    elif was in _STEP_AFTER:
        hand_to(OwnerSide.RECEIVER, _STEP_AFTER[was], move)
    elif referral.acknowledged_at(referral.sought_specialty) is None:
        hand_to(OwnerSide.RECEIVER, "acknowledge", move, due=acknowledge_due(referral, move.at))
    else:
        step = "accept" if referral.standing.is_undecided else after_acceptance(referral)
        due = plan_due(referral) + (move.at - since)
        hand_to(OwnerSide.RECEIVER, step, move, due=due)
