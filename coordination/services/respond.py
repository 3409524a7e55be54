"""What people answer, as one transaction across referral and obligations.

Lock order everywhere: referral, alert, obligation, delivery.
"""

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from coordination.escalation import SPINE, Kind
from coordination.models import Obligation, Plan
from coordination.services import owing
from coordination.services.outcome import cancel_open_deliveries, close_obligations
from coordination.services.owing import restart
from coordination.services.proxies import Proxy, refuse_before_asked, rings_again_at
from referrals import clock, outbox
from referrals import services as referrals
from referrals.models import Practice, Referral
from referrals.services import moves
from referrals.walls import Actor
from referrals.workflow import TransitionRefused, actions


@dataclass(frozen=True)
class ReceivingPlan:
    """Who receives the patient, where and when. ``at`` is an instant."""

    disposition: str
    clinician: str
    place: str
    at: datetime


@dataclass(frozen=True)
class Answer:
    """Who answers, by which way (api, link, desk), when, and for whom if for another."""

    by: Actor
    via: str
    at: datetime
    proxy: Proxy | None = None


@transaction.atomic
def acknowledge(referral_id: int, *, by: Actor, via: str, proxy: Proxy | None = None) -> Referral:
    """Record that a named human has seen it, and stop ringing their side.

    :param proxy: for which clinician, if somebody does it for another.
    :raises ProxyRefused: if nobody can do it for another like that.
    """
    referral = referrals.acknowledge(referral_id, by=by, by_proxy=proxy is not None)
    if proxy:
        refuse_before_asked(referral, by)
    answer = Answer(by, via, clock.now(), proxy)
    answer_owed(referral, Kind.ACKNOWLEDGE, answer)
    settle(referral, answer)
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
    answer = Answer(by, via, clock.now())
    answer_owed(referral, Kind.ACKNOWLEDGE, answer)
    _let_the_receiver_owe(referral)
    if plan:
        _keep_plan(referral, plan, answer)
    settle(referral, answer)
    return referral


@transaction.atomic
def request_information(
    referral_id: int, wanted: str, *, by: Actor, via: str, if_version: int | None = None
) -> Referral:
    """Ask the sender for more, and stop ringing the side that asks: it has seen the referral."""
    referral = referrals.request_information(referral_id, wanted, by=by, if_version=if_version)
    answer = Answer(by, via, clock.now())
    answer_owed(referral, Kind.ACKNOWLEDGE, answer)
    settle(referral, answer)
    return referral


@transaction.atomic
def record_plan(
    referral_id: int, plan: ReceivingPlan, *, by: Actor, via: str, if_version: int | None = None
) -> Referral:
    """Put the receiving plan of an urgent case on record, or a changed one."""
    move = moves.begin("record_plan", referral_id, by=by, if_version=if_version)
    answer = Answer(by, via, move.at)
    _keep_plan(move.referral, plan, answer)
    moves.finish(move, "referral.planned", _kind_of(plan))
    settle(move.referral, answer)
    return move.referral


@transaction.atomic
def hand_over_to_ed(
    referral_id: int, plan: ReceivingPlan, *, by: Actor, via: str, call_back: str
) -> Referral:
    """Record a spoken handover to a named clinician of an emergency department.

    The hospital's own surgeon takes the case: the surgeon who was asked need not answer any more.
    """
    move = moves.begin("hand_over_to_ed", referral_id, by=by)
    referral, answer = move.referral, Answer(by, via, move.at)
    answer_owed(referral, Kind.ED_HANDOVER, answer, _kind_of(plan) | {"call_back": call_back})
    _keep_plan(referral, plan, answer)
    referrals.handed_over(referral, at=move.at)
    surgeon = referral.obligations.running().filter(kind=Kind.ACKNOWLEDGE, specialty=SPINE)
    close_obligations(surgeon, "an emergency department took over")
    moves.finish(move, "referral.handed_over", _kind_of(plan))
    settle(referral, answer)
    return referral


@transaction.atomic
def pass_on(
    referral_id: int, *, by: Actor, reason_code: str, may_give_back: bool = True
) -> Referral:
    """Say "I cannot"; the next practice is asked by the reaction to the event.

    :param may_give_back: whether a patient whom the practice has accepted may be given back. Not by
        a link, an SMS or a key: a colleague's late "cannot" must not undo what somebody signed for.
    :raises TransitionRefused: if the practice has accepted, and this way may not give back.
    """
    if not may_give_back:
        _refuse_to_give_back(referral_id, by)
    referral = referrals.pass_on(referral_id, by=by, reason_code=reason_code)
    # Whoever wrote the plan down, it was about the practice that now cannot.
    if referral.plan_recorded_at and not referral.handed_over_at:
        referrals.plan_withdrawn(referral)
        _owe_the_plan_again(referral, clock.now())
    owing.hold_no_more(referral, clock.now())
    return referral


def _refuse_to_give_back(referral_id: int, by: Actor) -> None:
    referral = Referral.objects.visible_to(by).locked().get(pk=referral_id)
    standing, side = referral.standing, referral.side_of(by)
    if not standing.is_undecided:
        allowed = tuple(act for act in actions(standing, side) if act != "pass")
        raise TransitionRefused("pass", standing.status, side, allowed)


def answer_owed(
    referral: Referral, kind: Kind, answer: Answer, outcome: dict[str, Any] | None = None
) -> None:
    """Mark as answered what is owed of this kind, by the actor's own side if both may owe it."""
    running = referral.obligations.running().filter(kind=kind).select_for_update(no_key=True)
    if kind is Kind.ACKNOWLEDGE:
        own = Practice.objects.get(pk=answer.by.own_practice_id)
        running = running.filter(specialty=own.specialty)
    for obligation in running:
        obligation.state = Obligation.State.ANSWERED
        obligation.next_due_at = _holds_until(obligation, referral, answer)
        obligation.answered_for = answer.proxy.clinician if answer.proxy else None
        obligation.answered_at, obligation.answered_by = answer.at, answer.by.name
        obligation.answered_via, obligation.outcome = answer.via, outcome or {}
        if kind is Kind.ACKNOWLEDGE:
            # Whoever has seen it is rung again if it lapses, also if another was asked first.
            obligation.practice_id = answer.by.own_practice_id
        obligation.save()
        cancel_open_deliveries(obligation)


def _holds_until(obligation: Obligation, referral: Referral, answer: Answer) -> datetime | None:
    if answer.proxy:
        return rings_again_at(answer.proxy, obligation, referral, answer.at)
    return owing.lapses_at(obligation, referral, answer.at)


def _keep_plan(referral: Referral, plan: ReceivingPlan, answer: Answer) -> None:
    Plan.objects.create(
        referral=referral,
        practice_id=answer.by.own_practice_id,
        recorded_by=answer.by.name,
        recorded_at=answer.at,
        **asdict(plan),
    )
    answer_owed(referral, Kind.PLAN, answer, _kind_of(plan))
    referrals.plan_recorded(referral, at=answer.at)


def _owe_the_plan_again(referral: Referral, at: datetime) -> None:
    # A plan leaves with the practice that made it: somebody has to make another.
    planned = referral.obligations.filter(
        kind=Kind.PLAN, state=Obligation.State.ANSWERED, alert__closed_at__isnull=True
    )
    for obligation in planned.select_for_update(no_key=True, of=("self",)):
        restart(obligation, at=at + timedelta(seconds=obligation.ladder["steps"][0]["after"]))
        obligation.save()


def _let_the_receiver_owe(referral: Referral) -> None:
    # What the sought side still owes is now owed by who accepted; the others are left in peace.
    owed = referral.obligations.running().filter(specialty=referral.sought_specialty)
    for obligation in owed.exclude(practice=referral.receiver_id).select_for_update(no_key=True):
        cancel_open_deliveries(obligation)
        obligation.practice_id = referral.receiver_id
        obligation.save(update_fields=["practice"])


def settle(referral: Referral, answer: Answer) -> None:
    """Close the alert if nobody owes anything any more and a plan is on record.

    Once somebody has the patient, no acknowledgement lapses any more.
    """
    if owing.is_in_hand(referral):
        owing.hold(referral)
    alert = referral.alerts.select_for_update(no_key=True).filter(closed_at__isnull=True).first()
    if (
        alert is None
        or alert.obligations.running().exists()
        or not _both_sides_and_a_plan(referral)
    ):
        return
    if referral.raised_at and alert.opened_for < referral.raised_at:
        return  # Red flags rose since; what that asks of everyone is about to be opened.
    alert.closed_at, alert.closed_by, alert.close_reason = answer.at, answer.by.name, "safe"
    alert.save(update_fields=["closed_at", "closed_by", "close_reason"])
    referrals.alert_closed(referral, at=answer.at)
    outbox.record(
        "alert.closed", referral=referral, by=answer.by, at=answer.at, data={"reason": "safe"}
    )


def _both_sides_and_a_plan(referral: Referral) -> bool:
    # A plan counts once somebody has accepted, or an emergency department has the patient.
    taken = referral.standing.is_taken or referral.handed_over_at
    surgeon = referral.spine_acknowledged_at or referral.handed_over_at
    return bool(taken and referral.pain_acknowledged_at and surgeon and referral.plan_recorded_at)


def _kind_of(plan: ReceivingPlan) -> dict[str, str]:
    # What people type, and when a patient is received, stays with the plan: the engine reads this.
    return {"disposition": plan.disposition}
