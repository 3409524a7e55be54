"""Adds findings to a live referral and assesses it again, at once. Urgency only rises."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from referrals import clinical
from referrals.models import Assessment, Referral
from referrals.services import moves
from referrals.services.assessing import latest_of, set_aside_in
from referrals.services.rising import take_effect
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
    referral, before = move.referral, latest_of(move.referral)
    new = clinical.read_submission(findings, codes, units_required=True)
    # What explained a red flag away without a clinician's word does not gain it afterwards.
    stated = stated_by_clinician and before.stated_by_clinician
    known = clinical.read_submission(
        {**before.findings, **findings}, [*before.codes, *codes], stated_by_clinician=stated
    )
    by_hand = clinical.ByHand(_still_set_aside(before, new, known, move.at))
    assessment = clinical.assess(known, now=move.at, by_hand=by_hand)
    rise = take_effect(assessment, move, stated_by_clinician=known.stated_by_clinician)
    moves.finish(
        move,
        "referral.reassessed",
        {
            "tier": clinical.Tier(referral.tier).name,
            "new_rules": rise.new_rules,
            "rose": rise.rose,
        },
    )
    return referral


def _still_set_aside(
    before: Assessment, new: clinical.Submission, known: clinical.Submission, at: datetime
) -> frozenset[str]:
    earlier = clinical.read_submission(
        {name: value for name, value in before.findings.items() if name not in new.as_given},
        [code for code in before.codes if code not in [one.as_given() for one in new.codes]],
        stated_by_clinician=known.stated_by_clinician,
    )
    return clinical.untouched(set_aside_in(before), earlier=earlier, new=new, known=known, now=at)
