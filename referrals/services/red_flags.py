"""Records how a red flag ended. Acceptance and "safe" do not end one; a clinician does.

It neither closes the alert nor lowers the tier: both need their own act.
"""

from dataclasses import asdict, dataclass
from datetime import date, datetime

from django.db import transaction

from referrals import clock, outbox
from referrals.models import Patient, RedFlag, Referral
from referrals.services.clinicians import named_clinician
from referrals.services.ending import fired_for
from referrals.walls import Actor
from referrals.workflow import RESOLVERS, Status, TransitionRefused, actions


@dataclass(frozen=True)
class Ending:
    """How a red flag ended: the resolution, what it rests on, and the day that was done or seen."""

    resolution: str
    basis: str
    basis_on: date


class AlreadyResolved(Exception):
    """Somebody recorded before how this red flag ended."""


@transaction.atomic
def resolve(red_flag_id: int, ending: Ending, *, by: Actor) -> RedFlag:
    """Record how a red flag ended.

    :raises NotAClinician: if the actor is not a clinician by name.
    :raises Referral.DoesNotExist: if the actor may not see the referral that raised it.
    :raises TransitionRefused: if the actor neither sent nor receives one for which it fired.
    :raises AlreadyResolved: if it is not open any more.
    """
    clinician = named_clinician(by)
    flag = RedFlag.objects.get(pk=red_flag_id)
    referral = Referral.objects.visible_to(by).locked().get(pk=flag.referral_id)
    _refuse_who_does_not_have_the_patient(referral, flag, by)
    # The same rule may be firing at this moment: it finds the flag open, or opens another.
    Patient.objects.select_for_update(no_key=True).get(pk=flag.patient_id)
    flag = RedFlag.objects.select_for_update(no_key=True).get(pk=red_flag_id)
    if flag.resolution:
        raise AlreadyResolved(f"{flag.rule_id} was resolved before: {flag.resolution}.")
    at = clock.now()
    ended = asdict(ending) | {"resolved_by": clinician, "resolved_at": at}
    for name, value in ended.items():
        setattr(flag, name, value)
    flag.save(update_fields=list(ended))
    _tell(referral, flag, by, at)
    return flag


def _refuse_who_does_not_have_the_patient(referral: Referral, flag: RedFlag, by: Actor) -> None:
    theirs = Referral.objects.visible_to(by).filter(pk__in=fired_for(flag))
    if not any(one.side_of(by) in RESOLVERS for one in theirs):
        side = referral.side_of(by)
        allowed = actions(referral.standing, side)
        raise TransitionRefused("resolve", Status(referral.status), side, allowed)


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
