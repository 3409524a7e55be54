"""How the coordination of a referral is shown. It only reads.

No address of anybody, but telephone numbers for whoever has to telephone.
"""

from typing import Any

from django.db.models import Prefetch

from coordination.api.telephones import silences
from coordination.channels.codes import in_words
from coordination.models import Alert, CallTask, Delivery, Obligation, PastDelivery, Plan
from coordination.services import script_of
from referrals.clinical import Tier
from referrals.models import Ask, Referral
from referrals.walls import Actor


def coordination(referral: Referral, viewer: Actor) -> dict[str, Any]:
    """Show who was asked, who owes what, who was told, who has to call, and what came of it."""
    alert = referral.alerts.order_by("-id").first()
    asks = referral.asks.select_related("practice").order_by("id")
    calls = CallTask.objects.filter(delivery__obligation__referral=referral)
    obligations = referral.obligations.select_related("practice", "answered_for").order_by("id")
    return {
        "reference": referral.reference,
        "safe": referral.safe_at is not None,
        "safe_at": referral.safe_at,
        "alert": _alert(alert) if alert else None,
        "nobody_answers": silences(referral, obligations, viewer),
        "asks": [_ask(one) for one in asks],
        "obligations": [
            _obligation(one)
            for one in obligations.prefetch_related(
                Prefetch("deliveries", Delivery.objects.with_owner()),
                Prefetch("past_deliveries", PastDelivery.objects.with_owner()),
            )
        ],
        # What is still to be done comes first.
        "calls": sorted(
            (_call(one, viewer) for one in calls.with_all().order_by("opened_at", "pk")),
            key=lambda call: call["state"] != "waiting",
        ),
        "plans": [_plan(one) for one in referral.plans.order_by("id")],
    }


def _alert(alert: Alert) -> dict[str, Any]:
    return {
        "tier": Tier(alert.tier).name,
        "within": alert.within or None,
        "route": alert.route,
        "opened_at": alert.opened_at,
        "closed_at": alert.closed_at,
        "closed_by": alert.closed_by or None,
        "close_reason": alert.close_reason or None,
        "policy": alert.policy_snapshot,
    }


def _ask(ask: Ask) -> dict[str, Any]:
    return {
        "practice": ask.practice.name,
        "reason": ask.reason,
        "asked_at": ask.asked_at,
        "answer": ask.answer or None,
        "answered_at": ask.answered_at,
    }


def _plan(plan: Plan) -> dict[str, Any]:
    return {
        "disposition": plan.disposition,
        "clinician": plan.clinician,
        "place": plan.place,
        "at": plan.at,
        "recorded_by": plan.recorded_by,
        "recorded_at": plan.recorded_at,
    }


def _obligation(obligation: Obligation) -> dict[str, Any]:
    running = obligation.state == Obligation.State.RUNNING
    return {
        "kind": obligation.kind,
        "specialty": obligation.specialty,
        "practice": obligation.practice.name if obligation.practice else None,
        "state": obligation.state,
        "due_at": obligation.due_at,
        "next_rung": obligation.rung if running else None,
        "next_rung_at": obligation.next_due_at if running else None,
        "lapses_at": obligation.lapses_at,
        "answered_at": obligation.answered_at,
        "answered_by": obligation.answered_by or None,
        "answered_for": str(obligation.answered_for) if obligation.answered_for else None,
        "answered_via": obligation.answered_via or None,
        "outcome": obligation.outcome,
        "deliveries": [_delivery(one) for one in obligation.messages],
    }


def _call(task: CallTask, viewer: Actor) -> dict[str, Any]:
    delivery, is_callers = task.delivery, task.caller_id == viewer.practice_id
    return {
        "delivery": str(delivery.pk),
        "to": delivery.contact_point.owner_name,
        "practice": delivery.contact_point.practice.name,
        "channel": delivery.channel,
        "caller": task.caller.name,
        "state": task.state,
        "answer_by": delivery.obligation.due_at,
        "number": delivery.contact_point.address_to_show if is_callers else None,
        "script": script_of(task) if is_callers else [],
        "opened_at": task.opened_at,
        "outcome": task.outcome or None,
        "spoke_to": task.spoke_to or None,
        "done_by": task.done_by or None,
        "done_at": task.done_at,
    }


def _delivery(delivery: Delivery | PastDelivery) -> dict[str, Any]:
    return {
        "id": str(delivery.uuid),
        "to": delivery.contact_point.owner_name,
        "channel": delivery.channel,
        "message": delivery.message,
        "rung": delivery.rung,
        "round": delivery.round,
        "state": delivery.state,
        "attempts": delivery.attempts,
        "created_at": delivery.created_at,
        "sent_at": delivery.sent_at,
        "delivered_at": delivery.delivered_at,
        "error_code": delivery.error_code or None,
        "error": in_words(delivery.error_code) or None,
    }
