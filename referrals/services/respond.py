"""Asking a practice, and what it may answer: seen, accepted, passed on, declined."""

from datetime import datetime

from django.db import connection, transaction

from referrals import deadlines, outbox
from referrals.models import Ask, Practice, Referral
from referrals.models.referral import ACKNOWLEDGED_AT, OwnerSide
from referrals.services import moves
from referrals.services.ending import stop
from referrals.services.pressing import press_again
from referrals.services.reason import Reason
from referrals.services.turns import hand_to, pace_of, plan_due, settle_turn, somebody_found
from referrals.services.visits import call_off
from referrals.walls import Actor


def ask(referral: Referral, practice_id: int, *, reason: str, by: Actor, at: datetime) -> None:
    """Ask a practice to take the referral; being asked gives it sight. Asking twice is once.

    The caller holds the lock on the referral.
    """
    if newly := _newly_asked(referral.pk, practice_id, reason, at):
        name, specialty = newly
        outbox.record(
            "referral.asked",
            referral=referral,
            by=by,
            at=at,
            data={"practice": name, "reason": reason},
        )
        if specialty == referral.sought_specialty:
            somebody_found(referral, at)


def _newly_asked(
    referral_id: int, practice_id: int, reason: str, at: datetime
) -> tuple[str, str] | None:
    # Returns a practice's name and specialty, or nothing if it had been asked before. One statement
    # instead of a look, a savepoint, an insert and another look.
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH asked AS (INSERT INTO referrals_ask"
            " (referral_id, practice_id, reason, asked_at, answer, answer_reason)"
            " VALUES (%s, %s, %s, %s, '', '')"
            " ON CONFLICT (referral_id, practice_id) DO NOTHING RETURNING practice_id)"
            " SELECT name, specialty FROM referrals_practice JOIN asked ON practice_id = id",
            [referral_id, practice_id, reason, at],
        )
        found: tuple[str, str] | None = cursor.fetchone()
    return found


@transaction.atomic
def acknowledge(referral_id: int, *, by: Actor, by_proxy: bool = False) -> Referral:
    """Record that a named human of one side has seen the referral. Saying it twice is once.

    :param by_proxy: whether they do it for somebody else, whose name stays with coordination.
    """
    move = moves.begin("acknowledge", referral_id, by=by)
    referral, specialty = move.referral, _practice(by).specialty
    if not _stamp(referral, specialty, move.at):
        return referral
    settle_turn(referral, move.at)
    said = {"specialty": specialty} | ({"by_proxy": True} if by_proxy else {})
    moves.finish(move, "referral.acknowledged", said)
    return referral


@transaction.atomic
def accept(referral_id: int, *, by: Actor, if_version: int | None = None) -> Referral:
    """Take the patient on. Accepting also counts as having seen it."""
    move = moves.begin("accept", referral_id, by=by, if_version=if_version)
    referral, practice = move.referral, _practice(by)
    _answer_ask(move, Ask.Answer.ACCEPTED)
    referral.receiver = practice
    _stamp(referral, practice.specialty, move.at)
    hand_to(OwnerSide.RECEIVER, "schedule", move, due=plan_due(referral))
    moves.finish(move, "referral.accepted", {"practice": practice.name})
    return referral


@transaction.atomic
def pass_on(referral_id: int, *, by: Actor, reason_code: str) -> Referral:
    """Say "I cannot" while it is urgent: the next practice is asked at once."""
    move = moves.begin("pass", referral_id, by=by)
    referral, practice = move.referral, _practice(by)
    had_accepted = referral.standing.is_taken
    _answer_ask(move, Ask.Answer.PASSED, reason_code)
    if referral.receiver_id == practice.pk:
        referral.receiver = None
    # The next practice has seen nothing yet, even if this one had.
    setattr(referral, ACKNOWLEDGED_AT[practice.specialty], None)
    if referral.safe_at and not referral.handed_over_at:
        press_again(move)
    call_off(move, reason_code)
    if referral.is_pressing:
        due = deadlines.acknowledge_by(pace_of(referral), move.at, practice.calendar)
        hand_to(OwnerSide.RECEIVER, "acknowledge", move, due=due)
    else:
        # An emergency department has the patient: nobody has to be found at once.
        hand_to(OwnerSide.SENDER, "decide_next", move)
    said = {"practice": practice.name, "reason_code": reason_code, "had_accepted": had_accepted}
    moves.finish(move, "referral.passed", said)
    return referral


@transaction.atomic
def decline(
    referral_id: int, reason: Reason, *, by: Actor, if_version: int | None = None
) -> Referral:
    """Say no to an elective referral, with a coded reason; the sender moves next.

    :raises RedFlagOpen: if a red flag of the patient would be left without an owner.
    """
    move = moves.begin("decline", referral_id, by=by, if_version=if_version)
    _answer_ask(move, Ask.Answer.DECLINED, reason.code)
    stop(move, "referral.declined", reason)
    return move.referral


def stamp(move: moves.Move) -> bool:
    """Note that the actor's side has seen the referral; False if it had before."""
    return _stamp(move.referral, _practice(move.by).specialty, move.at)


def _practice(by: Actor) -> Practice:
    return Practice.objects.get(pk=by.own_practice_id)


def _stamp(referral: Referral, specialty: str, at: datetime) -> bool:
    # False if this specialty had acknowledged before.
    column = ACKNOWLEDGED_AT.get(specialty)
    if column is None or getattr(referral, column) is not None:
        return False
    setattr(referral, column, at)
    return True


def _answer_ask(move: moves.Move, answer: Ask.Answer, reason_code: str = "") -> None:
    Ask.objects.filter(referral=move.referral, practice_id=move.by.own_practice_id).update(
        answer=answer, answered_at=move.at, answer_reason=reason_code
    )
