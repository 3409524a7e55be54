"""Opens the obligations of a referral, and raises them when its red flags rise."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from django.conf import settings

from coordination import escalation
from coordination.escalation import SPINE, Kind, Promise, Route
from coordination.models import Alert, Obligation
from coordination.services.ladder import fire_alone
from coordination.services.outcome import (
    cancel_open_deliveries,
    close_obligations,
    inform_the_surgeon,
)
from coordination.services.owing import fill, lapses_at, restart, who_owes
from coordination.services.patient import owe
from coordination.services.respond import Answer, settle
from coordination.services.step import keep
from referrals import clock, outbox
from referrals import services as referrals
from referrals.clinical import Tier
from referrals.deadlines import Pace, pace_of
from referrals.models import Event, Referral
from referrals.models.referral import Whereabouts
from referrals.walls import ENGINE

_OWED_FOR: Mapping[str, Kind] = {
    Whereabouts.TO_THE_ED: Kind.ARRIVAL,
    Whereabouts.NOT_GOING: Kind.PHYSICIAN,
}
_SPEED = {Pace.SAME_DAY_24H: 0, Pace.SAME_DAY_NOW: 1, Pace.EMERGENCY: 2}


def open_obligations(event: Event) -> None:
    """Open what the present tier of the referral asks for. Doing it twice is doing it once."""
    referral = Referral.objects.locked().get(pk=event.referral_id)
    at = clock.now()
    if not referral.is_urgent:
        keep(referral, at)
        return
    alert = referral.alerts.select_for_update(no_key=True).filter(closed_at__isnull=True).first()
    if alert is None and referral.safe_at is None:
        _open_alert(referral, at)
    elif alert is not None and alert.opened_for < _raised_at(referral):
        _raise_alert(alert, referral, at)
    elif alert is not None:
        _complete(alert, referral, at)
    # Everybody may have answered before the engine turned: nothing is left to wait for.
    if referral.plan_recorded_at:
        settle(referral, Answer(ENGINE, "engine", at))


def _open_alert(referral: Referral, at: datetime) -> None:
    pace = _pace(referral)
    alert = Alert.objects.create(
        referral=referral,
        tier=referral.tier,
        within=referral.within,
        route=referral.route,
        opened_at=at,
        opened_for=_raised_at(referral),
        policy_snapshot={
            "pace": pace,
            "ruleset": referral.assessed_with,
            "compression": settings.LADDER_COMPRESSION,
        },
    )
    referrals.alert_opened(referral)
    elective = referral.obligations.running().filter(alert=None)
    close_obligations(elective, "the referral became urgent")
    outbox.record(
        "alert.opened",
        referral=referral,
        by=ENGINE,
        at=at,
        data={"pace": pace, "route": alert.route},
    )
    _promise(alert, referral, pace, at)
    _keep_seen(alert, referral, at)
    _keep_patient(alert, referral, at)


def _raise_alert(alert: Alert, referral: Referral, at: datetime) -> None:
    pace, before = _pace(referral), Pace(alert.policy_snapshot["pace"])
    alert.tier, alert.within, alert.route = referral.tier, referral.within, referral.route
    alert.opened_for = _raised_at(referral)
    alert.policy_snapshot |= {"pace": pace, "ruleset": referral.assessed_with}
    alert.save(update_fields=["tier", "within", "route", "opened_for", "policy_snapshot"])
    outbox.record("alert.raised", referral=referral, by=ENGINE, at=at, data={"pace": pace})
    _promise(alert, referral, pace, at, faster=_SPEED[pace] > _SPEED[before])


def _complete(alert: Alert, referral: Referral, at: datetime) -> None:
    # Routing had failed when the alert opened, and has now found somebody to ask; or whoever had
    # answered before it opened has passed, and what was met then is owed now.
    for obligation in alert.obligations.running().filter(practice=None):
        obligation.practice_id = who_owes(referral, obligation.specialty)
        if obligation.practice_id and obligation.kind == Kind.ACKNOWLEDGE:
            restart(obligation, at=at)
            fire_alone(obligation, referral, at)
        obligation.save()
    kept = set(alert.obligations.values_list("kind", "specialty"))
    promised = _promised(alert, referral, _pace(referral), at)
    missing = [one for one in promised if (one.kind, one.specialty) not in kept]
    _keep(missing, alert, referral, at, faster=False)
    _keep_seen(alert, referral, at)
    _keep_patient(alert, referral, at)


def _keep_seen(alert: Alert, referral: Referral, at: datetime) -> None:
    # Who has seen it before the alert opened is not paged; but seen lapses for them as well.
    if not (referral.pain_acknowledged_at or referral.spine_acknowledged_at):
        return
    known = set(alert.obligations.values_list("kind", "specialty"))
    for promise in _plan(alert, referral, _pace(referral), at):
        seen_at = referral.acknowledged_at(promise.specialty)
        is_new = (promise.kind, promise.specialty) not in known
        if promise.kind == Kind.ACKNOWLEDGE and seen_at and is_new:
            _keep_answer(Obligation(alert=alert, opened_at=at), promise, referral, seen_at)


def _keep_patient(alert: Alert, referral: Referral, at: datetime) -> None:
    # What was recorded of the patient before the alert opened.
    left_at = referral.patient_whereabouts_at
    kind = _OWED_FOR.get(referral.patient_whereabouts)
    if kind and left_at and not alert.obligations.filter(kind=kind).exists():
        owe(kind, referral, alert, since=left_at if kind is Kind.ARRIVAL else at, at=at)


def _keep_answer(
    obligation: Obligation, promise: Promise, referral: Referral, seen_at: datetime
) -> None:
    obligation.referral, obligation.kind = referral, promise.kind
    obligation.specialty = promise.specialty
    fill(obligation, referral, promise)
    obligation.next_due_at = lapses_at(obligation, referral, seen_at)
    act = referral.events.filter(at=seen_at).order_by("id").first()
    if act is None or obligation.next_due_at is None:
        return
    obligation.state, obligation.practice_id = Obligation.State.ANSWERED, act.actor_practice_id
    obligation.answered_at, obligation.answered_by = seen_at, act.actor_name
    obligation.answered_via = "early"
    obligation.save()


def promised_kinds(alert: Alert, referral: Referral, at: datetime) -> set[tuple[str, str]]:
    """Return what the present urgency asks for and nobody has answered: kind and specialty."""
    promised = _promised(alert, referral, _pace(referral), at)
    return {(promise.kind, promise.specialty) for promise in promised}


def _promise(
    alert: Alert, referral: Referral, pace: Pace, at: datetime, *, faster: bool = True
) -> None:
    _keep(_promised(alert, referral, pace, at), alert, referral, at, faster=faster)
    if alert.route == Route.CALL_911:
        inform_the_surgeon(referral, at)


def _promised(alert: Alert, referral: Referral, pace: Pace, at: datetime) -> tuple[Promise, ...]:
    promises = _plan(alert, referral, pace, at)
    return tuple(promise for promise in promises if not _is_met(promise, referral))


def _plan(alert: Alert, referral: Referral, pace: Pace, at: datetime) -> tuple[Promise, ...]:
    zone, compression = referral.sender.zone, settings.LADDER_COMPRESSION
    return escalation.plan(pace, alert.route, opened=at, zone=zone, compression=compression)


def _keep(
    promised: Iterable[Promise], alert: Alert, referral: Referral, at: datetime, *, faster: bool
) -> None:
    running = alert.obligations.select_for_update(no_key=True).order_by("id")
    known = {(one.kind, one.specialty): one for one in running}
    owed = []
    for promise in promised:
        before = known.get((promise.kind, promise.specialty))
        new = Obligation(alert=alert, kind=promise.kind, specialty=promise.specialty, opened_at=at)
        owed.append(_obligation(before or new, referral, promise, at, faster=faster))
    Obligation.objects.bulk_create(one for one in owed if one.pk is None)
    for obligation in owed:
        if obligation.next_due_at and obligation.next_due_at <= at:
            fire_alone(obligation, referral, at)


def _is_met(promise: Promise, referral: Referral) -> bool:
    # Either side may have answered before the alert opened: nobody is paged after that, nor is a
    # surgeon once an emergency department has the patient.
    released = referral.handed_over_at if promise.specialty == SPINE else None
    answers = {
        Kind.ACKNOWLEDGE: referral.acknowledged_at(promise.specialty) or released,
        Kind.PLAN: referral.plan_recorded_at,
        Kind.ED_HANDOVER: referral.handed_over_at,
        Kind.PATIENT: referral.patient_whereabouts_at if referral.is_patient_under_way else None,
    }
    return answers.get(promise.kind) is not None


def _obligation(
    obligation: Obligation, referral: Referral, promise: Promise, at: datetime, *, faster: bool
) -> Obligation:
    """Open one obligation; one that was answered, or has to go faster now, rings from the start.

    One that rings already goes on where it stands: a new flag must not postpone it. The caller
    stores a new one.
    """
    is_new = obligation.pk is None
    if not is_new and obligation.state == Obligation.State.RUNNING and not faster:
        return obligation
    overdue = obligation.due_at if obligation.state == Obligation.State.RUNNING else None
    if not is_new:
        restart(obligation, at=at)
        cancel_open_deliveries(obligation)
    obligation.referral = referral
    fill(obligation, referral, promise)
    obligation.due_at = min(obligation.due_at, overdue or obligation.due_at)
    if not is_new:
        obligation.save()
    return obligation


def _raised_at(referral: Referral) -> datetime:
    # An urgent referral always has it; sent_at is what the type asks for.
    return referral.raised_at or referral.sent_at


def _pace(referral: Referral) -> Pace:
    return pace_of(Tier(referral.tier), referral.within)
