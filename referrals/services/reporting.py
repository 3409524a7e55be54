"""What the receiver found and advises: notes on the way, the report at the end, and its reading."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date

from django.db import transaction

from referrals.models import ConsultNote, Referral, Visit
from referrals.models.referral import OwnerSide
from referrals.services import moves
from referrals.services.clinicians import named_clinician
from referrals.services.moves import Move
from referrals.services.turns import hand_to
from referrals.services.visits import settle
from referrals.walls import Actor
from referrals.workflow import Status


@dataclass(frozen=True)
class Consult:
    """What a note says. ``items`` maps names of ``consult_note.ITEMS`` to text."""

    seen_on: date | None = None
    seen_by: str = ""
    imaging_reviewed: bool | None = None
    recommendation_code: str = ""
    refer_back_reason_code: str = ""
    red_flag_advice_given: bool | None = None
    items: Mapping[str, str] = field(default_factory=dict)


class VisitMissing(Exception):
    """There is no visit to report on."""

    def __init__(self) -> None:
        super().__init__(
            "No visit is on record. Record the visit first, or send the report as advice alone: "
            "'advice_only': true."
        )


@transaction.atomic
def record_visit(
    referral_id: int, consult: Consult, *, by: Actor, if_version: int | None = None
) -> Referral:
    """Record that the patient was seen, with what can be said before the report."""
    move = moves.begin("record_visit", referral_id, by=by, if_version=if_version)
    is_first = move.referral.status != Status.SEEN
    if not settle(move, Visit.Status.FULFILLED) and is_first:
        _note_a_visit_that_nobody_booked(move)
    _write(move, ConsultNote.Kind.INTERIM, consult)
    hand_to(OwnerSide.RECEIVER, "report", move)
    moves.finish(move, "referral.seen")
    return move.referral


@transaction.atomic
def report(
    referral_id: int,
    consult: Consult,
    *,
    by: Actor,
    advice_only: bool = False,
    if_version: int | None = None,
) -> Referral:
    """Send the report; the sender reads it and closes.

    :raises NotAClinician: if the actor is not a clinician by name.
    :raises VisitMissing: if the patient was not seen and it is not advice alone.
    """
    move = moves.begin("report", referral_id, by=by, if_version=if_version)
    named_clinician(by)
    if not advice_only and not _was_seen(move):
        raise VisitMissing
    settle(move, Visit.Status.CANCELLED if advice_only else Visit.Status.FULFILLED)
    _write(move, ConsultNote.Kind.FINAL, consult, advice_only=advice_only)
    hand_to(OwnerSide.SENDER, "close", move)
    moves.finish(move, "referral.reported", {"advice_only": advice_only})
    return move.referral


def _was_seen(move: Move) -> bool:
    # A visit that was booked has taken place, if somebody reports on it.
    happened = (Visit.Status.BOOKED, Visit.Status.FULFILLED)
    theirs = move.referral.visits.filter(practice=move.by.own_practice_id)
    return theirs.filter(status__in=happened).exists()


def _note_a_visit_that_nobody_booked(move: Move) -> None:
    Visit.objects.create(
        referral=move.referral,
        practice_id=move.by.own_practice_id,
        starts_at=move.at,
        status=Visit.Status.FULFILLED,
        booked_by=move.by.name,
        booked_at=move.at,
        ended_at=move.at,
    )


def _write(move: Move, kind: str, consult: Consult, *, advice_only: bool = False) -> None:
    ConsultNote.objects.create(
        referral=move.referral,
        practice_id=move.by.own_practice_id,
        kind=kind,
        advice_only=advice_only,
        written_by=move.by.name,
        written_at=move.at,
        **asdict(consult),
    )
