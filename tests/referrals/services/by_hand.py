"""How tests raise and lower the urgency of a case by hand: people by name, and both steps."""

from dataclasses import replace
from datetime import date

from referrals import services
from referrals.clinical import Tier
from referrals.models import RedFlag, Referral
from tests import factories as make
from tests.cast import behind_the_wall

IMAGING = services.Ending("ruled_out_by_imaging", "MRI", date(2026, 11, 24))


def person(office, who=None):
    """The actor who is named: the office's clinician unless another of its people is given."""
    who = who or office.clinician
    return replace(make.make_actor(office.practice, who), practitioner_id=who.pk)


def again(case):
    """The referral as it stands now."""
    return Referral.objects.get(pk=case.pk)


def to(tier, within=None, reason="IMAGING_REVIEWED", words="MRI of today"):
    """A stated urgency."""
    usual = "now" if tier is Tier.SAME_DAY else ""
    return services.Urgency(tier, usual if within is None else within, reason, words)


def raise_to(case, by, tier, within=None):
    """Raise by hand."""
    urgency = to(tier, within, "CANNOT_WAIT", "")
    with behind_the_wall(by):
        return services.raise_urgency(case.pk, urgency, by=by)


def propose(case, by, tier, within=None):
    """Propose a lowering on the version as it is now."""
    version = again(case).version
    with behind_the_wall(by):
        return services.propose_lowering(case.pk, to(tier, within), by=by, if_version=version)


def confirm(case, by):
    """Confirm it on the version as it is now."""
    version = again(case).version
    with behind_the_wall(by):
        return services.confirm_lowering(case.pk, by=by, if_version=version)


def resolve_all(case, by):
    """Have a clinician resolve every red flag of the patient."""
    for flag in RedFlag.objects.unresolved(case.patient_id):
        with behind_the_wall(by):
            services.resolve(flag.pk, IMAGING, by=by)


def lower(case, first, second, tier, within=None):
    """Do all of it: resolve, propose, confirm."""
    if tier < Tier.SAME_DAY:
        resolve_all(case, first)
    propose(case, first, tier, within)
    return confirm(case, second)


def add(case, by, findings):
    """Add findings, by somebody who is no clinician."""
    with behind_the_wall(by):
        return services.add_findings(
            case.pk, by=by, findings=findings, codes=[], stated_by_clinician=False
        )
