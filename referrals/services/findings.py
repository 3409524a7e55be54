"""Adds findings to a live referral and assesses it again, at once. Urgency only rises."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from referrals import clinical, deadlines
from referrals.clinical.routes import together
from referrals.models import Practice, Referral
from referrals.models.referral import OwnerSide
from referrals.services import moves
from referrals.services.assessing import keep
from referrals.walls import Actor


@transaction.atomic
def add_findings(
    referral_id: int,
    *,
    by: Actor,
    findings: Mapping[str, Any],
    codes: list[dict[str, Any]],
    stated_by_clinician: bool,
) -> Referral:
    """Assess all findings known so far together with the new ones; a new value replaces the old.

    :raises FindingsError: if a new finding cannot be read.
    """
    move = moves.begin("add_findings", referral_id, by=by)
    referral, at = move.referral, move.at
    clinical.read_submission(findings, codes, units_required=True)
    known = _together(referral, findings, codes, stated_by_clinician=stated_by_clinician)
    assessment = clinical.assess(known, now=at)
    kept = keep(assessment, referral, by=by, at=at, stated_by_clinician=known.stated_by_clinician)
    new_flags = [flag.rule_id for flag in kept.new_flags]
    rose = _raise_to(referral, assessment) or bool(new_flags)
    if rose and referral.is_urgent:
        _must_be_acknowledged_anew(referral, at)
    moves.finish(
        move,
        "referral.reassessed",
        {"tier": clinical.Tier(referral.tier).name, "new_rules": new_flags, "rose": rose},
    )
    return referral


def _together(
    referral: Referral,
    findings: Mapping[str, Any],
    codes: list[dict[str, Any]],
    *,
    stated_by_clinician: bool,
) -> clinical.Submission:
    before = referral.assessments.order_by("-id")[0]
    # What explained a red flag away without a clinician's word does not gain it afterwards.
    return clinical.read_submission(
        {**before.findings, **findings},
        [*before.codes, *codes],
        stated_by_clinician=stated_by_clinician and before.stated_by_clinician,
    )


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
    owner = referral.receiver or Practice.objects.get(pk=referral.sender_id)
    pace = deadlines.pace_of(clinical.Tier(referral.tier), referral.within)
    referral.raised_at = at
    referral.pain_acknowledged_at = referral.spine_acknowledged_at = None
    referral.plan_recorded_at = referral.handed_over_at = referral.safe_at = None
    referral.owner_side, referral.next_action = OwnerSide.RECEIVER, "acknowledge"
    referral.due_at = deadlines.acknowledge_by(pace, at, owner.zone, owner.hours)
