"""Visits at the receiving practice: booked, moved, missed, cancelled."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from referrals.models import Referral, Visit
from referrals.models.referral import OwnerSide
from referrals.services import moves
from referrals.services.moves import Move
from referrals.services.pressing import visit_failed
from referrals.services.reason import Reason, keep_comment
from referrals.services.turns import hand_to
from referrals.walls import Actor


@dataclass(frozen=True)
class Appointment:
    """When and where the patient comes, and its id in the receiver's own system."""

    starts_at: datetime
    place: str = ""
    external_id: str = ""


@transaction.atomic
def schedule(
    referral_id: int, appointment: Appointment, *, by: Actor, if_version: int | None = None
) -> Referral:
    """Book a visit; one that was booked before has moved."""
    move = moves.begin("schedule", referral_id, by=by, if_version=if_version)
    moved = settle(move, Visit.Status.RESCHEDULED)
    Visit.objects.create(
        referral=move.referral,
        practice_id=by.own_practice_id,
        starts_at=appointment.starts_at,
        place=appointment.place,
        external_id=appointment.external_id,
        booked_by=by.name,
        booked_at=move.at,
    )
    hand_to(OwnerSide.RECEIVER, "see_patient", move, due=appointment.starts_at)
    moves.finish(
        move,
        "referral.scheduled",
        {"starts_at": appointment.starts_at.isoformat(), "moved": moved},
    )
    return move.referral


@transaction.atomic
def record_no_show(referral_id: int, *, by: Actor, if_version: int | None = None) -> Referral:
    """Record that the patient did not come; the receiver books another visit.

    With an open red flag everybody is asked anew.
    """
    move = moves.begin("record_no_show", referral_id, by=by, if_version=if_version)
    settle(move, Visit.Status.NO_SHOW)
    visit_failed(move)
    hand_to(OwnerSide.RECEIVER, "schedule", move)
    moves.finish(move, "referral.no_show")
    return move.referral


@transaction.atomic
def cancel_visit(
    referral_id: int, reason: Reason, *, by: Actor, if_version: int | None = None
) -> Referral:
    """Cancel the visit, or the follow-up that was still to come; the receiver books another.

    With an open red flag everybody is asked anew.
    """
    move = moves.begin("cancel_visit", referral_id, by=by, if_version=if_version)
    keep_comment(move, reason.comment)
    call_off(move, reason.code)
    visit_failed(move)
    hand_to(OwnerSide.RECEIVER, "schedule", move)
    moves.finish(move, "referral.visit_cancelled", {"reason_code": reason.code})
    return move.referral


def call_off(move: Move, reason_code: str) -> None:
    """Cancel the visit that is booked, if there is one."""
    settle(move, Visit.Status.CANCELLED, reason_code)


def settle(move: Move, status: Visit.Status, reason_code: str = "") -> bool:
    """Say what came of the visit that is booked; False if none is."""
    booked = Visit.objects.booked().filter(referral=move.referral)
    return bool(booked.update(status=status, reason_code=reason_code, ended_at=move.at))
