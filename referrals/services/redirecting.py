"""Sends a patient to another practice: the referral ends, and a new one carries on from it."""

from collections.abc import Iterator

from django.db import connection, transaction

from referrals import clinical, deadlines, outbox
from referrals.clinical import Tier
from referrals.models import Note, Practice, Referral
from referrals.models.referral import OwnerSide
from referrals.reference import reference
from referrals.services import moves
from referrals.services.assessing import keep, known_in, latest_of, set_aside_in
from referrals.services.ending import end
from referrals.services.moves import Move
from referrals.services.reason import Reason
from referrals.services.respond import ask
from referrals.walls import Actor
from referrals.workflow import Status

_WHY = "named by who sent the patient on"


class NotElsewhere(Exception):
    """The practice named is the one that the patient is sent away from."""

    def __init__(self, practice: Practice) -> None:
        super().__init__(f"{practice.name} has this referral now. Name another practice, or none.")


@transaction.atomic
def redirect(
    referral_id: int,
    reason: Reason,
    to: Practice | None,
    *,
    by: Actor,
    if_version: int | None = None,
) -> Referral:
    """End a referral and send a new one in its place, to ``to`` or wherever routing finds.

    Findings are assessed again and notes come along. Returns the new referral.

    :raises NotElsewhere: if ``to`` has the patient now.
    :raises RedFlagOpen: if a red flag of the patient would be left without an owner.
    """
    move = moves.begin("redirect", referral_id, by=by, if_version=if_version)
    old = move.referral
    if to and to.pk == old.receiver_id:
        raise NotElsewhere(to)
    end(move, "referral.redirected", reason)
    new, assessment = _sent_anew(move, to)
    _bring_notes(old, new)
    stated = latest_of(old).stated_by_clinician
    keep(assessment, new, by=by, at=move.at, stated_by_clinician=stated)
    outbox.record(
        "referral.submitted",
        referral=new,
        by=by,
        at=move.at,
        data={
            "tier": assessment.tier.name,
            "rules": list(assessment.rules),
            "redirected_from": old.reference,
        },
    )
    if to:
        ask(new, to.pk, reason=_WHY, by=by, at=move.at)
    return new


def _sent_anew(move: Move, to: Practice | None) -> tuple[Referral, clinical.Assessment]:
    old, at = move.referral, move.at
    assessment, number = _assess_anew(move), _number(old)
    pace, owner = deadlines.pace_of(assessment.tier, assessment.within or ""), to or old.sender
    new = Referral.objects.create(
        pk=number,
        reference=reference(number),
        patient_id=old.patient_id,
        sender=old.sender,
        receiver=to,
        sought_specialty=old.sought_specialty,
        responsible_id=old.responsible_id,
        based_on_id=old.based_on_id,
        redirected_from=old,
        reason_code=old.reason_code,
        call_back=old.call_back,
        status=Status.SENT,
        tier=assessment.tier,
        possible_tier=assessment.possible_tier,
        within=assessment.within or "",
        route=assessment.route,
        assessed_with=assessment.ruleset_version,
        owner_side=OwnerSide.RECEIVER,
        next_action="acknowledge",
        due_at=deadlines.acknowledge_by(pace, at, owner.calendar),
        sent_at=at,
        raised_at=at if assessment.tier >= Tier.SAME_DAY else None,
    )
    return new, assessment


def _assess_anew(move: Move) -> clinical.Assessment:
    # What people had said by hand holds on: no assessment lowers it.
    old, latest = move.referral, latest_of(move.referral)
    by_hand = clinical.ByHand(
        set_aside_in(latest),
        Tier(old.tier),
        old.within or None,
        f"as urgent as {old.reference} was, which was sent on",
    )
    return clinical.assess(known_in(latest), now=move.at, by_hand=by_hand)


def _number(old: Referral) -> int:
    # Who sends it on without being the sender gains sight of the new one by this.
    with connection.cursor() as cursor:
        cursor.execute("SELECT tandem_forwarded(%s)", [old.pk])
        return int(cursor.fetchone()[0])


def _bring_notes(old: Referral, new: Referral) -> None:
    kept = [*old.notes.exclude(kind=Note.Kind.COMMENT).order_by("id"), *_answers_in(old)]
    Note.objects.bulk_create(
        Note(
            referral=new,
            kind=note.kind,
            text=note.text,
            written_by=note.written_by,
            written_at=note.written_at,
        )
        for note in kept
    )


def _answers_in(old: Referral) -> Iterator[Note]:
    # Whoever has the patient next should not have to ask the same again.
    for asked in old.information_requests.exclude(answer="").order_by("id"):
        yield Note(
            kind=Note.Kind.NOTE,
            text=f"{asked.answer}\n\nAsked was: {asked.wanted}",
            written_by=asked.answered_by,
            written_at=asked.answered_at or asked.asked_at,
        )
