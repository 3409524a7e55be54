"""Keeps what the rules said, and raises the red flags of the patient. It never lowers a tier."""

from datetime import datetime

from referrals import clinical
from referrals.models import Assessment, Patient, RedFlag, Referral
from referrals.walls import Actor


def keep(
    assessment: clinical.Assessment,
    referral: Referral,
    *,
    by: Actor,
    at: datetime,
    stated_by_clinician: bool,
) -> list[str]:
    """Store one assessment and the red flags it raised; return the rules that are new ones."""
    stored = Assessment.objects.create(
        referral=referral,
        assessed_at=at,
        given_by=by.name,
        ruleset_version=assessment.ruleset_version,
        ruleset_status=assessment.ruleset_status,
        findings=assessment.as_given,
        codes=list(assessment.codes_as_given),
        stated_by_clinician=stated_by_clinician,
        tier=assessment.tier,
        possible_tier=assessment.possible_tier,
        within=assessment.within or "",
        route=assessment.route,
        result=assessment.to_dict(),
    )
    return _raise_flags(assessment, stored, referral, at)


def _raise_flags(
    assessment: clinical.Assessment, stored: Assessment, referral: Referral, at: datetime
) -> list[str]:
    # Two referrals of one patient may raise the same flag at the same time: one waits.
    Patient.objects.select_for_update(no_key=True).get(pk=referral.patient_id)
    still_open = RedFlag.objects.filter(patient=referral.patient_id, resolution="")
    open_already = set(still_open.values_list("rule_id", flat=True))
    new = [
        rule
        for rule in assessment.fired
        if rule.tier >= clinical.Tier.SAME_DAY and rule.id not in open_already
    ]
    RedFlag.objects.bulk_create(
        RedFlag(
            patient_id=referral.patient_id,
            referral=referral,
            assessment=stored,
            rule_id=rule.id,
            tier=rule.tier,
            raised_at=at,
        )
        for rule in new
    )
    return [rule.id for rule in new]
