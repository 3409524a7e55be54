"""What an assessment does to a live referral: it may raise the urgency and never lowers it."""

from dataclasses import dataclass
from datetime import datetime

from referrals import clinical, deadlines
from referrals.clinical.routes import together
from referrals.models import Referral
from referrals.models.referral import OwnerSide
from referrals.services.assessing import keep
from referrals.services.moves import Move
from referrals.services.turns import acknowledge_due


@dataclass(frozen=True)
class Rise:
    """Whether urgency rose, and by which rules whose red flag was not open before."""

    rose: bool
    new_rules: list[str]


def take_effect(assessment: clinical.Assessment, move: Move, *, stated_by_clinician: bool) -> Rise:
    """Store an assessment and let it raise the referral; a rise is acknowledged anew."""
    referral, at = move.referral, move.at
    kept = keep(assessment, referral, by=move.by, at=at, stated_by_clinician=stated_by_clinician)
    new_rules = [flag.rule_id for flag in kept.new_flags]
    rose = _raise_to(referral, assessment) or bool(new_rules)
    if rose and referral.is_urgent:
        _must_be_acknowledged_anew(referral, at)
    return Rise(rose, new_rules)


def _raise_to(referral: Referral, assessment: clinical.Assessment) -> bool:
    before = deadlines.pace_of(clinical.Tier(referral.tier), referral.within)
    rose, was_urgent = assessment.tier > referral.tier, referral.is_urgent
    if assessment.tier >= referral.tier:
        referral.within = _faster(referral.within, assessment.within or "", rose=rose)
        referral.route = _wider(referral, assessment) if was_urgent else assessment.route
    referral.tier = max(referral.tier, assessment.tier)
    referral.possible_tier = max(referral.tier, assessment.possible_tier)
    referral.assessed_with = assessment.ruleset_version
    after = deadlines.pace_of(clinical.Tier(referral.tier), referral.within)
    return rose or before is not after


def _wider(referral: Referral, assessment: clinical.Assessment) -> str:
    # An assessment lowers nothing: whoever was to be told stays in.
    return together(referral.route, assessment.route, clinical.RULESET.routes)


def _faster(before: str, after: str, *, rose: bool) -> str:
    return after if rose or after == "now" or not before else before


def _must_be_acknowledged_anew(referral: Referral, at: datetime) -> None:
    referral.raised_at = at
    referral.pain_acknowledged_at = referral.spine_acknowledged_at = None
    referral.plan_recorded_at = referral.handed_over_at = referral.safe_at = None
    referral.note_patient("", at)
    referral.owner_side, referral.next_action = OwnerSide.RECEIVER, "acknowledge"
    referral.due_at = acknowledge_due(referral, at)
