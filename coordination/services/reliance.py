"""Refuses to turn off the last way to reach somebody who is relied on. It only reads."""

from django.db.models import Q

from coordination.escalation import WEBHOOK
from coordination.models import ContactPoint, OnCallShift, Rotation
from coordination.services.coverage import takes_urgent
from referrals import clock
from referrals.models import Practitioner


class StillReliedOn(ValueError):
    """Somebody could not be reached any more; the words say what to mend first."""


def refuse_to_lose(point: ContactPoint) -> None:
    """Refuse to turn this off if nobody, or nobody in time, would be reached without it.

    A practice that is closed may turn off all it has. The caller holds the practice's lock.

    :raises StillReliedOn: saying what to mend first.
    """
    practice, person = point.practice, point.practitioner
    is_used = ContactPoint.objects.usable().filter(pk=point.pk).exists()
    if not practice.is_active or not is_used or point.channel == WEBHOOK:
        return
    # A system is no human: its webhook alone reaches nobody.
    left = ContactPoint.objects.usable().filter(practice=practice).exclude(pk=point.pk)
    left = left.exclude(channel=WEBHOOK)
    if not left.exists() and takes_urgent().filter(pk=practice.pk).exists():
        raise StillReliedOn(
            f"This is the last way to reach anybody of {practice}, and urgent referrals go there. "
            "Add another number or e-mail address first."
        )
    if person and not left.filter(practitioner=person).exists() and _is_relied_on(person):
        raise StillReliedOn(
            f"This is the last way to reach {person}, who is on call or stands in a rotation. "
            "Add another way first, or put somebody else on call instead."
        )


def _is_relied_on(person: Practitioner) -> bool:
    turns = Rotation.objects.running().filter(places__practitioner=person)
    ahead = Q(period__endswith__gt=clock.now())
    shifts = OnCallShift.objects.standing().filter(ahead, practitioner=person)
    return turns.exists() or shifts.exists()
