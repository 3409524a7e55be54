"""Records how a red flag ended. Acceptance and "safe" do not end one; a clinician does.

It neither closes the alert nor lowers the tier: both need their own act.
"""

from datetime import datetime

from django.db import transaction

from referrals import clock, outbox
from referrals.models import Practitioner, RedFlag, Referral
from referrals.walls import Actor


class NotAClinician(Exception):
    """Only a named clinician may say that a red flag is over."""


class AlreadyResolved(Exception):
    """Somebody recorded before how this red flag ended."""


@transaction.atomic
def resolve(red_flag_id: int, *, by: Actor, resolution: str, basis: str) -> RedFlag:
    """Record how a red flag ended and on what basis: an examination or imaging, dated.

    :raises NotAClinician: if the actor is not a clinician by name.
    :raises Referral.DoesNotExist: if the actor may not see the referral that raised it.
    :raises AlreadyResolved: if it is not open any more.
    """
    clinician = _clinician(by)
    flag = RedFlag.objects.get(pk=red_flag_id)
    referral = Referral.objects.visible_to(by).locked().get(pk=flag.referral_id)
    flag = RedFlag.objects.select_for_update(no_key=True).get(pk=red_flag_id)
    if flag.resolution:
        raise AlreadyResolved(f"{flag.rule_id} was resolved before: {flag.resolution}.")
    at = clock.now()
    flag.resolution, flag.basis = RedFlag.Resolution(resolution), basis
    flag.resolved_by, flag.resolved_at = clinician, at
    flag.save(update_fields=["resolution", "basis", "resolved_by", "resolved_at"])
    _tell(referral, flag, by, at)
    return flag


def _clinician(by: Actor) -> Practitioner:
    staff = Practitioner.objects.filter(practice_id=by.own_practice_id, is_active=True)
    person = staff.filter(pk=by.practitioner_id).first() if by.practitioner_id else None
    if person is None or not person.is_clinician:
        raise NotAClinician("Only a clinician named in 'by' may resolve a red flag.")
    return person


def _tell(referral: Referral, flag: RedFlag, by: Actor, at: datetime) -> None:
    referral.version += 1
    referral.save(update_fields=["version"])
    outbox.record(
        "red_flag.resolved",
        referral=referral,
        by=by,
        at=at,
        data={"rule": flag.rule_id, "resolution": flag.resolution},
    )
