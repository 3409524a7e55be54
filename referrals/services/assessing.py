"""Keeps what the rules said, and raises the red flags of the patient. It never lowers a tier."""

from collections.abc import Iterable
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
    stored = store(assessment, referral, by=by, at=at, stated_by_clinician=stated_by_clinician)
    raised = [rule for rule in assessment.fired if rule.tier >= clinical.Tier.SAME_DAY]
    return Kept(stored, raise_flags(raised, stored, at))


def store(
    assessment: clinical.Assessment,
    referral: Referral,
    *,
    by: Actor,
    at: datetime,
    stated_by_clinician: bool,
) -> Assessment:
    """Store one assessment alone."""
    return Assessment.objects.create(
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


def raise_flags(
    rules: Iterable[clinical.FiredRule], stored: Assessment, at: datetime
) -> list[RedFlag]:
    """Open a red flag of the patient for each of these rules that has none open."""
    raised, referral = list(rules), stored.referral
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


def latest_of(referral: Referral) -> Assessment:
    """Return the latest assessment; every referral has one."""
    return referral.assessments.order_by("-id")[0]


def known_in(stored: Assessment) -> clinical.Submission:
    """Read again what was known when the rules ran."""
    return clinical.read_submission(
        stored.findings, stored.codes, stated_by_clinician=stored.stated_by_clinician
    )


def set_aside_in(stored: Assessment) -> frozenset[str]:
    """Return the rules that fired and did not count, because the urgency had been lowered."""
    if stored.ruleset_version != clinical.RULESET.version:
        # People judged other rules than those in force now.
        return frozenset()
    return frozenset(rule["id"] for rule in stored.result.get("set_aside", ()))


def _open_flags(referral: Referral, at: datetime) -> set[str]:
    is_new = referral.sent_at == at and referral.redirected_from_id is None
    if is_new and not referral.patient.mrn:
        # Registered by this very transaction: nobody else can know the patient yet.
        return set()
    # Two referrals of one patient may raise the same flag at the same time: one waits.
    Patient.objects.select_for_update(no_key=True).get(pk=referral.patient_id)
    still_open = RedFlag.objects.unresolved(referral.patient_id)
    return set(still_open.values_list("rule_id", flat=True))
