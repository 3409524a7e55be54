"""What follows when two people have lowered the urgency: who is rung on, and who is not."""

from datetime import datetime

from coordination.escalation import OF_THE_PATIENT
from coordination.models import Alert
from coordination.services import owing
from coordination.services.alert import promised_kinds
from coordination.services.outcome import close_obligations
from coordination.services.respond import Answer, settle
from coordination.services.step import keep
from referrals import clock, outbox
from referrals import services as referrals
from referrals.clinical import Tier
from referrals.deadlines import pace_of
from referrals.models import Event, Referral
from referrals.walls import ENGINE, Actor

LOWERED = "lowered"
_WHY = "the urgency was lowered"


def settle_lowered(event: Event) -> None:
    """Close the alert of a case that is not urgent any more, or what a milder one does not owe."""
    referral = Referral.objects.locked().get(pk=event.referral_id)
    alert = referral.alerts.select_for_update(no_key=True).filter(closed_at__isnull=True).first()
    if alert is None:
        return
    at = clock.now()
    if referral.is_urgent:
        _ask_less(alert, referral, event, at)
        return
    close_obligations(alert.obligations.running(), _WHY)
    owing.hold(referral)
    alert.closed_at, alert.closed_by, alert.close_reason = at, event.actor_name, LOWERED
    alert.save(update_fields=["closed_at", "closed_by", "close_reason"])
    referrals.alert_lowered(referral)
    _record(referral, at, is_open=False)
    keep(referral, at)


def _ask_less(alert: Alert, referral: Referral, event: Event, at: datetime) -> None:
    # What rings already is not slowed down; what is not owed any more ends.
    if (alert.tier, alert.within) == (referral.tier, referral.within):
        return
    alert.tier, alert.within, alert.route = referral.tier, referral.within, referral.route
    alert.policy_snapshot |= {
        "pace": pace_of(Tier(referral.tier), referral.within),
        "ruleset": referral.assessed_with,
    }
    alert.save(update_fields=["tier", "within", "route", "policy_snapshot"])
    owed = promised_kinds(alert, referral, at)
    running = alert.obligations.running()
    # Where a patient is who was sent somewhere has to be known, however urgent it still is.
    by_urgency = running.exclude(kind__in=OF_THE_PATIENT)
    spared = (one for one in by_urgency if (one.kind, one.specialty) not in owed)
    close_obligations(spared, _WHY)
    who = Actor(event.actor_kind, event.actor_name, event.actor_practice_id)
    _record(referral, at, is_open=True)
    settle(referral, Answer(who, LOWERED, at))


def _record(referral: Referral, at: datetime, *, is_open: bool) -> None:
    data = {"pace": pace_of(Tier(referral.tier), referral.within), "open": is_open}
    outbox.record("alert.lowered", referral=referral, by=ENGINE, at=at, data=data)
