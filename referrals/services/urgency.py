"""Urgency by hand: anybody concerned raises it at once; to lower it takes two people."""

from dataclasses import dataclass

from django.db import transaction

from referrals import clinical
from referrals.clinical import Tier
from referrals.models import Referral
from referrals.reasons import RAISE_REASONS
from referrals.services import moves
from referrals.services.assessing import known_in, latest_of, set_aside_in
from referrals.services.rising import take_effect
from referrals.walls import Actor


class NotAChange(Exception):
    """The referral is not below the tier it should rise to, or not above the one to fall to."""

    def __init__(self, referral: Referral) -> None:
        at = f"{Tier(referral.tier).name} {referral.within}".strip()
        super().__init__(f"{referral.reference} is at {at} already. Read it again.")


@dataclass(frozen=True)
class Urgency:
    """How urgent somebody says a case is, and why. ``within`` is now or 24h at SAME_DAY only."""

    tier: Tier
    within: str
    reason_code: str
    words: str = ""

    @property
    def speed(self) -> tuple[Tier, bool]:
        """Return what orders it among others."""
        return clinical.speed(self.tier, self.within)


def speed_of(referral: Referral) -> tuple[Tier, bool]:
    """Return what orders the urgency in force; a SAME_DAY without a kind counts as "now"."""
    tier = Tier(referral.tier)
    return clinical.speed(tier, referral.within or ("now" if tier is Tier.SAME_DAY else None))


@transaction.atomic
def raise_urgency(referral_id: int, urgency: Urgency, *, by: Actor) -> Referral:
    """Raise the urgency by hand, with or without findings; everybody acknowledges it anew.

    :raises NotAChange: if the referral is as urgent already.
    """
    move = moves.begin("raise_urgency", referral_id, by=by)
    referral, before = move.referral, Tier(move.referral.tier)
    if urgency.speed <= speed_of(referral):
        raise NotAChange(referral)
    latest = latest_of(referral)
    by_hand = clinical.ByHand(
        set_aside_in(latest), urgency.tier, urgency.within or None, _why(urgency)
    )
    assessment = clinical.assess(known_in(latest), now=move.at, by_hand=by_hand)
    take_effect(assessment, move, stated_by_clinician=latest.stated_by_clinician)
    moves.finish(
        move,
        "referral.urgency_raised",
        {
            "from": before.name,
            "to": Tier(referral.tier).name,
            "within": referral.within,
            "reason_code": urgency.reason_code,
        },
    )
    return referral


def _why(urgency: Urgency) -> str:
    reason = RAISE_REASONS[urgency.reason_code]
    return f"{reason}: {urgency.words}" if urgency.words else reason
