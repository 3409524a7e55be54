"""Keeps what the rules said, and raises the red flags of the patient. It never lowers a tier."""

from dataclasses import dataclass
from datetime import datetime

from referrals import clinical
from referrals.models import Assessment, Patient, RedFlag, Referral
from referrals.walls import Actor


@dataclass(frozen=True)
class Kept:
    """One stored assessment, and the red flags that were not open before it."""

    assessment: Assessment
    new_flags: list[RedFlag]


def keep(
    assessment: clinical.Assessment,
    referral: Referral,
    *,
    by: Actor,
    at: datetime,
    stated_by_clinician: bool,
) -> Kept:
    """Store one assessment and the red flags that it newly raised."""
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
    return Kept(stored, _raise_flags(assessment, stored, referral, at))


def _raise_flags(
    assessment: clinical.Assessment, stored: Assessment, referral: Referral, at: datetime
) -> list[RedFlag]:
    raised = [rule for rule in assessment.fired if rule.tier >= clinical.Tier.SAME_DAY]
    open_already = _open_flags(referral, at) if raised else set()
    new = [
        RedFlag(
            patient_id=referral.patient_id,
            referral=referral,
            assessment=stored,
            rule_id=rule.id,
            tier=rule.tier,
            raised_at=at,
        )
        for rule in raised
        if rule.id not in open_already
    ]
    return RedFlag.objects.bulk_create(new)


def _open_flags(referral: Referral, at: datetime) -> set[str]:
    if referral.sent_at == at and not referral.patient.mrn:
        # Registered by this very transaction: nobody else can know the patient yet.
        return set()
    # Two referrals of one patient may raise the same flag at the same time: one waits.
    Patient.objects.select_for_update(no_key=True).get(pk=referral.patient_id)
    still_open = RedFlag.objects.filter(patient=referral.patient_id, resolution="")
    return set(still_open.values_list("rule_id", flat=True))
