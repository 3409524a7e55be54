"""Asking a practice, and what it may answer: seen, accepted, passed on, declined."""

from datetime import datetime

from django.db import transaction

from referrals import clock, deadlines, outbox
from referrals.clinical import Tier
from referrals.models import Ask, Practice, Referral
from referrals.models.practice import Specialty
from referrals.models.referral import OwnerSide
from referrals.services import moves
from referrals.walls import Actor
from referrals.workflow import Side

_ACKNOWLEDGED_AT = {
    Specialty.PAIN: "pain_acknowledged_at",
    Specialty.SPINE: "spine_acknowledged_at",
}


def ask(referral: Referral, practice_id: int, *, reason: str, by: Actor, at: datetime) -> None:
    """Ask a practice to take the referral; being asked gives it sight. Asking twice is once.

    The caller holds the lock on the referral.
    """
    _, is_new = Ask.objects.get_or_create(
        referral=referral, practice_id=practice_id, defaults={"reason": reason, "asked_at": at}
    )
    if is_new:
        name = Practice.objects.get(pk=practice_id).name
        outbox.record(
            "referral.asked",
            referral=referral,
            by=by,
            at=at,
            data={"practice": name, "reason": reason},
        )


@transaction.atomic
def acknowledge(referral_id: int, *, by: Actor) -> Referral:
    """Record that a named human of one side has seen the referral. Saying it twice is once."""
    referral, row = moves.begin("acknowledge", referral_id, by=by)
    at = clock.now()
    specialty = Practice.objects.get(pk=by.practice_id).specialty
    if not _stamp(referral, specialty, at):
        return referral
    if referral.side_of(by) in (Side.RECEIVER, Side.ASKED):
        referral.next_action = "accept"
        referral.due_at = _plan_due(referral)
    moves.finish(
        referral,
        row,
        by=by,
        at=at,
        event="referral.acknowledged",
        data={"specialty": specialty},
    )
    return referral


@transaction.atomic
def accept(referral_id: int, *, by: Actor, if_version: int | None = None) -> Referral:
    """Take the patient on. Accepting also counts as having seen it."""
    referral, row = moves.begin("accept", referral_id, by=by, if_version=if_version)
    at = clock.now()
    practice = Practice.objects.get(pk=by.practice_id)
    _answer_ask(referral, by, Ask.Answer.ACCEPTED, at)
    referral.receiver = practice
    _stamp(referral, practice.specialty, at)
    referral.owner_side = OwnerSide.RECEIVER
    referral.next_action = "record_plan" if referral.alert_open else "schedule"
    referral.due_at = _plan_due(referral)
    moves.finish(
        referral, row, by=by, at=at, event="referral.accepted", data={"practice": practice.name}
    )
    return referral


@transaction.atomic
def pass_on(referral_id: int, *, by: Actor, reason_code: str) -> Referral:
    """Say "I cannot" while it is urgent: the next practice is asked at once."""
    referral, row = moves.begin("pass", referral_id, by=by)
    at = clock.now()
    practice = Practice.objects.get(pk=by.practice_id)
    _answer_ask(referral, by, Ask.Answer.PASSED, at, reason_code)
    if referral.receiver_id == by.practice_id:
        referral.receiver = None
    # The next practice has seen nothing yet, even if this one had.
    setattr(referral, _ACKNOWLEDGED_AT[Specialty(practice.specialty)], None)
    moves.finish(
        referral,
        row,
        by=by,
        at=at,
        event="referral.passed",
        data={"practice": practice.name, "reason_code": reason_code},
    )
    return referral


@transaction.atomic
def decline(
    referral_id: int, *, by: Actor, reason_code: str, if_version: int | None = None
) -> Referral:
    """Say no to an elective referral, with a coded reason; the sender moves next."""
    referral, row = moves.begin("decline", referral_id, by=by, if_version=if_version)
    at = clock.now()
    _answer_ask(referral, by, Ask.Answer.DECLINED, at, reason_code)
    referral.owner_side = OwnerSide.SENDER
    referral.next_action, referral.due_at = "", None
    moves.finish(
        referral,
        row,
        by=by,
        at=at,
        event="referral.declined",
        data={"reason_code": reason_code},
    )
    return referral


def _stamp(referral: Referral, specialty: str, at: datetime) -> bool:
    # False if this specialty had acknowledged before.
    column = _ACKNOWLEDGED_AT.get(Specialty(specialty))
    if column is None or getattr(referral, column) is not None:
        return False
    setattr(referral, column, at)
    return True


def _answer_ask(
    referral: Referral, by: Actor, answer: Ask.Answer, at: datetime, reason_code: str = ""
) -> None:
    Ask.objects.filter(referral=referral, practice_id=by.practice_id).update(
        answer=answer, answered_at=at, answer_reason=reason_code
    )


def _plan_due(referral: Referral) -> datetime:
    pace = deadlines.pace_of(Tier(referral.tier), referral.within)
    return deadlines.plan_by(pace, referral.sent_at)
