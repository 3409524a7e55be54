"""Whose move a referral is next, what they have to do, and by when."""

from datetime import datetime

from referrals import deadlines
from referrals.clinical import Tier
from referrals.models import Referral
from referrals.models.referral import OwnerSide
from referrals.services.moves import Move


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


def plan_due(referral: Referral) -> datetime:
    """Return by when the receiving plan must be on record."""
    return deadlines.plan_by(pace_of(referral), referral.raised_at or referral.sent_at)
