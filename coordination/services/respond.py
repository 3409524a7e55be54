"""What people answer, as one transaction across referral and obligations.

Lock order everywhere: referral, alert, obligation, delivery.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from coordination.escalation import Kind
from coordination.models import Obligation, Plan
from coordination.services.outcome import cancel_open_deliveries
from referrals import clock, outbox
from referrals import services as referrals
from referrals.models import Practice, Referral
from referrals.services import moves
from referrals.walls import Actor


@dataclass(frozen=True)
class ReceivingPlan:
    """Who receives the patient, where and when. ``at`` is an instant."""

    disposition: str
    clinician: str
    place: str
    at: datetime


@transaction.atomic
def acknowledge(referral_id: int, *, by: Actor, via: str) -> Referral:
    """Record that a named human has seen it, and stop ringing their side."""
    referral = referrals.acknowledge(referral_id, by=by)
    _answer(referral, Kind.ACKNOWLEDGE, by=by, via=via, at=clock.now())
    return referral


@transaction.atomic
def accept(
    referral_id: int,
    *,
    by: Actor,
    via: str,
    plan: ReceivingPlan | None = None,
    if_version: int | None = None,
) -> Referral:
    """Take the patient on; with a plan the receiving plan is on record as well."""
    referral = referrals.accept(referral_id, by=by, if_version=if_version)
    at = clock.now()
    _answer(referral, Kind.ACKNOWLEDGE, by=by, via=via, at=at)
    if plan:
        _keep_plan(referral, plan, by=by, via=via, at=at)
    _settle(referral, by=by, at=at)
    return referral


@transaction.atomic
def record_plan(referral_id: int, plan: ReceivingPlan, *, by: Actor, via: str) -> Referral:
    """Put the receiving plan of an urgent case on record, or a changed one."""
    referral, row = moves.begin("record_plan", referral_id, by=by)
    at = clock.now()
    _keep_plan(referral, plan, by=by, via=via, at=at)
    moves.finish(referral, row, by=by, at=at, event="referral.planned", data=_in_words(plan))
    _settle(referral, by=by, at=at)
    return referral


@transaction.atomic
def hand_over_to_ed(
    referral_id: int, plan: ReceivingPlan, *, by: Actor, via: str, call_back: str
) -> Referral:
    """Record a spoken handover to a named clinician of an emergency department.

    The hospital's own surgeon takes the case: the surgeon who was asked need not answer any more.
    """
    referral, row = moves.begin("hand_over_to_ed", referral_id, by=by)
    at = clock.now()
    outcome = {"clinician": plan.clinician, "place": plan.place, "call_back": call_back}
    _answer(referral, Kind.ED_HANDOVER, by=by, via=via, at=at, outcome=outcome)
    _keep_plan(referral, plan, by=by, via=via, at=at)
    referrals.handed_over(referral, at=at)
    _release_the_surgeon(referral)
    moves.finish(referral, row, by=by, at=at, event="referral.handed_over", data=_in_words(plan))
    _settle(referral, by=by, at=at)
    return referral


@transaction.atomic
def record_patient_contact(
    referral_id: int, outcome: dict[str, Any], *, by: Actor, via: str
) -> Referral:
    """Record what came of calling the patient. ``reached`` false keeps the task ringing."""
    referral, row = moves.begin("record_patient_contact", referral_id, by=by)
    at = clock.now()
    if outcome["reached"]:
        _answer(referral, Kind.PATIENT, by=by, via=via, at=at, outcome=outcome)
    moves.finish(referral, row, by=by, at=at, event="referral.patient_contacted", data=outcome)
    _settle(referral, by=by, at=at)
    return referral


def pass_on(referral_id: int, *, by: Actor, reason_code: str) -> Referral:
    """Say "I cannot"; the next practice is asked by the reaction to the event."""
    return referrals.pass_on(referral_id, by=by, reason_code=reason_code)


def _answer(
    referral: Referral,
    kind: Kind,
    *,
    by: Actor,
    via: str,
    at: datetime,
    outcome: dict[str, Any] | None = None,
) -> None:
    """Answer the running obligations of this kind that the actor's side owes."""
    running = referral.obligations.running().filter(kind=kind).select_for_update(no_key=True)
    if kind is Kind.ACKNOWLEDGE:
        specialty = Practice.objects.get(pk=by.practice_id).specialty
        running = running.filter(specialty=specialty)
    for obligation in running:
        obligation.state, obligation.next_due_at = Obligation.State.ANSWERED, None
        obligation.answered_at, obligation.answered_by, obligation.answered_via = at, by.name, via
        obligation.outcome = outcome or {}
        obligation.save()
        cancel_open_deliveries(obligation)


def _keep_plan(
    referral: Referral, plan: ReceivingPlan, *, by: Actor, via: str, at: datetime
) -> None:
    Plan.objects.create(
        referral=referral,
        practice_id=by.practice_id,
        disposition=plan.disposition,
        clinician=plan.clinician,
        place=plan.place,
        at=plan.at,
        recorded_by=by.name,
        recorded_at=at,
    )
    _answer(referral, Kind.PLAN, by=by, via=via, at=at, outcome=_in_words(plan))
    referrals.plan_recorded(referral, at=at)


def _release_the_surgeon(referral: Referral) -> None:
    for obligation in referral.obligations.running().filter(kind=Kind.ACKNOWLEDGE):
        if obligation.specialty == "spine":
            obligation.state, obligation.next_due_at = Obligation.State.CLOSED, None
            obligation.outcome = {"closed": "an emergency department took over"}
            obligation.save(update_fields=["state", "next_due_at", "outcome"])
            cancel_open_deliveries(obligation)


def _settle(referral: Referral, *, by: Actor, at: datetime) -> None:
    """Close the alert as soon as nobody owes anything and a plan is on record."""
    alert = referral.alerts.select_for_update(no_key=True).filter(closed_at__isnull=True).first()
    if alert is None or alert.obligations.running().exists() or not referral.plan_recorded_at:
        return
    alert.closed_at, alert.closed_by, alert.close_reason = at, by.name, "safe"
    alert.save(update_fields=["closed_at", "closed_by", "close_reason"])
    referrals.alert_closed(referral, at=at)
    outbox.record("alert.closed", referral=referral, by=by, at=at, data={"reason": "safe"})


def _in_words(plan: ReceivingPlan) -> dict[str, str]:
    return {
        "disposition": plan.disposition,
        "clinician": plan.clinician,
        "place": plan.place,
        "at": plan.at.isoformat(),
    }
