"""What people report of the patient of an urgent case: reached, on the way, arrived, or not going.

A patient who was sent to an emergency department is asked after until somebody has recorded that
they are there. One who does not go, or is not found, is the physician's, at once.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from django.db import transaction

from coordination.escalation import LADDERS, PAIN, Kind, Promise
from coordination.models import Alert, Obligation
from coordination.services.outcome import cancel_open_deliveries, close_obligations
from coordination.services.owing import fill, restart
from coordination.services.respond import Answer, answer_owed, settle
from referrals import services as referrals
from referrals.clinical import Tier
from referrals.deadlines import pace_of
from referrals.models import Referral
from referrals.models.referral import Whereabouts
from referrals.reasons import CAPACITY
from referrals.services import moves
from referrals.walls import Actor


class Arrival(StrEnum):
    """What came of asking whether the patient is there."""

    ARRIVED = "arrived"
    IN_HOSPITAL = "in_hospital"
    ELSEWHERE = "elsewhere"
    REFUSED = "refused"
    LEFT = "left_before_seen"
    NOT_FOUND = "not_reachable"


# The patient goes nowhere, by their own will: whether they can decide that has to be noted.
BY_THEIR_WILL = frozenset({Arrival.REFUSED, Arrival.LEFT})
_THERE = frozenset({Arrival.ARRIVED, Arrival.IN_HOSPITAL})


@dataclass(frozen=True)
class Said:
    """What is noted in words, for people: a code of ``CAPACITY``, and a comment. Both optional."""

    capacity: str = ""
    comment: str = ""

    @property
    def in_words(self) -> str:
        """The comment as it is kept; it may be about the patient, so no event holds it."""
        judged = f"The patient {CAPACITY[self.capacity]}." if self.capacity else ""
        return " ".join(filter(None, (judged, self.comment)))


@transaction.atomic
def record_patient_contact(
    referral_id: int, outcome: dict[str, Any], *, by: Actor, via: str, said: Said = Said()
) -> Referral:
    """Record what came of calling the patient.

    Only a patient who was reached, understood, and goes somewhere with the means to get there
    ends the task; anything else is kept and the task rings on, or again. Who refuses is the
    physician's, at once.
    """
    move = moves.begin("record_patient_contact", referral_id, by=by)
    answer = Answer(by, via, move.at)
    if _is_on_the_way(outcome):
        _found(move, _where_to(outcome), answer, outcome)
    else:
        _not_on_the_way(move, refuses=outcome["destination"] == "refused")
    referrals.keep_comment(move, said.in_words)
    moves.finish(move, "referral.patient_contacted", outcome)
    settle(move.referral, answer)
    return move.referral


@transaction.atomic
def record_arrival(
    referral_id: int, arrival: Arrival, *, by: Actor, via: str, said: Said = Said()
) -> Referral:
    """Record whether the patient arrived where they were sent.

    Who is not found is asked after on, and the physician is rung for a welfare check. Who went
    elsewhere, refused or left is not at the emergency department: everybody concerned is asked
    anew, the physician at once.
    """
    move = moves.begin("record_arrival", referral_id, by=by)
    answer, outcome = Answer(by, via, move.at), {"outcome": arrival.value}
    if arrival in _THERE:
        _found(move, Whereabouts.THERE, answer, outcome)
    elif arrival is Arrival.NOT_FOUND:
        _not_found(move)
    else:
        _not_on_the_way(move, refuses=True)
    referrals.keep_comment(move, said.in_words)
    moves.finish(move, "referral.arrival_recorded", outcome)
    settle(move.referral, answer)
    return move.referral


def owe(kind: Kind, referral: Referral, alert: Alert, *, since: datetime, at: datetime) -> None:
    """Open what is owed of the patient, on its ladder from ``since``; or owe it anew."""
    pace = pace_of(Tier(referral.tier), referral.within)
    known = alert.obligations.filter(kind=kind, specialty=PAIN).select_for_update(no_key=True)
    owed = known.first() or Obligation(
        alert=alert, referral=referral, kind=kind, specialty=PAIN, opened_at=at
    )
    if owed.pk:
        cancel_open_deliveries(owed)
        restart(owed, at=at)
    fill(owed, referral, Promise(kind, PAIN, LADDERS[(pace, kind, PAIN)], since))
    owed.save()


def _found(
    move: moves.Move, whereabouts: Whereabouts, answer: Answer, outcome: dict[str, Any]
) -> None:
    referral = move.referral
    for kind in (Kind.PATIENT, Kind.PHYSICIAN):
        answer_owed(referral, kind, answer, outcome)
    referral.note_patient(whereabouts, move.at)
    alert = _open_alert(referral)
    if whereabouts is Whereabouts.THERE:
        answer_owed(referral, Kind.ARRIVAL, answer, outcome)
    elif whereabouts is Whereabouts.TO_THE_ED:
        if alert:
            owe(Kind.ARRIVAL, referral, alert, since=move.at, at=move.at)
        referrals.patient_left(move)
    else:
        _ask_no_more(referral, "the patient goes elsewhere")
    referrals.settle_turn(referral, move.at)


def _not_on_the_way(move: moves.Move, *, refuses: bool) -> None:
    referral = move.referral
    if referral.is_patient_under_way:
        referrals.patient_lost(move)
    elif refuses:
        referrals.patient_missing(move)
    referral.note_patient(Whereabouts.NOT_GOING if refuses else "", move.at)
    _ask_no_more(referral, "the patient is not on the way")
    if refuses:
        _ring_the_physician(move)
    referrals.settle_turn(referral, move.at)


def _not_found(move: moves.Move) -> None:
    if _open_alert(move.referral):
        _ring_the_physician(move)
        return
    # The engine rings the physician, by what is noted here, once it opens the alert.
    referrals.patient_missing(move)
    move.referral.note_patient(Whereabouts.NOT_GOING, move.at)
    referrals.settle_turn(move.referral, move.at)


def _ring_the_physician(move: moves.Move) -> None:
    # The engine opens it with the alert, if there is none yet.
    alert = _open_alert(move.referral)
    if alert and not alert.obligations.running().filter(kind=Kind.PHYSICIAN).exists():
        owe(Kind.PHYSICIAN, move.referral, alert, since=move.at, at=move.at)


def _ask_no_more(referral: Referral, why: str) -> None:
    asked = referral.obligations.running().filter(kind=Kind.ARRIVAL)
    close_obligations(asked.select_for_update(no_key=True), why)


def _open_alert(referral: Referral) -> Alert | None:
    return referral.alerts.select_for_update(no_key=True).filter(closed_at__isnull=True).first()


def _where_to(outcome: dict[str, Any]) -> Whereabouts:
    places = {
        "hospital_already": Whereabouts.THERE,
        "emergency_department": Whereabouts.TO_THE_ED,
    }
    return places.get(outcome["destination"], Whereabouts.ON_THE_WAY)


def _is_on_the_way(outcome: dict[str, Any]) -> bool:
    there = outcome["destination"] == "hospital_already"
    nowhere, by_nothing = ("refused", "unknown"), ("none", "unknown")
    goes = there or (
        outcome["destination"] not in nowhere and outcome["transport"] not in by_nothing
    )
    return bool(outcome["reached"] and outcome["understood"] and goes)
