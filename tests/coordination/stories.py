"""How the stories of this package begin, and what they look at. Every act is behind the wall."""

from collections import Counter
from datetime import timedelta

from django.utils import timezone

from coordination import services
from coordination.models import Delivery, Obligation
from coordination.relay import relay  # noqa: F401
from coordination.services import ReceivingPlan
from referrals import services as referrals
from referrals.models import Event, Referral
from referrals.walls import acting_as  # noqa: F401
from tests import factories as make
from tests.cast import behind_the_wall, role

PLAN = ReceivingPlan("emergency_department", "Dr DEMO", "DEMO Hospital", timezone.now())
REACHED = {"reached": True, "understood": True, "transport": "ambulance", "destination": "clinic"}
SENT_TO_THE_ED = REACHED | {"destination": "emergency_department"}
REFUSES = {"reached": True, "understood": True, "transport": "none", "destination": "refused"}
# A rule whose route leaves the surgeon out.
STROKE = {"stroke_signs": "present"}


def send(office, **given):
    with behind_the_wall(office.actor):
        return referrals.submit(
            make.make_intake(responsible=office.clinician, **given), by=office.actor
        )


def act(name, referral, office, *args, **given):
    given = {"by": office.actor} | given
    if name != "pass_on":
        given["via"] = given.get("via", "api")
    with behind_the_wall(given["by"]):
        return getattr(services, name)(referral.pk, *args, **given)


def pass_on(referral, office):
    return act("pass_on", referral, office, reason_code="IN_THEATRE")


def hand_over(referral, office):
    return act("hand_over_to_ed", referral, office, PLAN, call_back="+15550001111")


def add_findings(referral, office, findings):
    with behind_the_wall(office.actor):
        return referrals.add_findings(
            referral.pk, by=office.actor, findings=findings, codes=[], stated_by_clinician=False
        )


def owed(referral, kind, specialty):
    return Obligation.objects.get(referral=referral, kind=kind, specialty=specialty)


def states(referral):
    return {
        (one.kind, one.specialty): one.state for one in Obligation.objects.filter(referral=referral)
    }


def again(referral):
    return Referral.objects.get(pk=referral.pk)


def kinds(referral):
    return Counter(Event.objects.filter(referral=referral).values_list("kind", flat=True))


def told(referral, message=None):
    """The practices whose people were written to, with how often."""
    found = Delivery.objects.filter(obligation__referral=referral)
    if message:
        found = found.filter(message=message)
    return Counter(found.values_list("contact_point__practice", flat=True))


def let_pass(obligation, **time):
    """Move the row instead of the clock."""
    Obligation.objects.filter(pk=obligation.pk).update(
        next_due_at=obligation.next_due_at - timedelta(**time)
    )


def fire_next_rung(referral, kind, specialty):
    """Let the wait of one obligation be over, and fire only."""
    let_pass(owed(referral, kind, specialty), days=2)
    with role("engine"):
        return services.climb()
