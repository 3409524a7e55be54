"""The last acts: the sender has read the report and closes, or the referral ends without one."""

from django.db import transaction

from referrals.models import ConsultNote, Referral
from referrals.services import moves
from referrals.services.ending import end, refuse_to_leave_a_red_flag, stop
from referrals.services.lowering import withdraw_what_waits
from referrals.services.reason import Reason, keep_comment
from referrals.services.turns import nobody_moves
from referrals.walls import Actor
from referrals.workflow import Status


class ReasonMissing(Exception):
    """A referral without a report is closed with a coded reason and words alone."""

    def __init__(self) -> None:
        super().__init__(
            "There is no report to read. Send 'reason_code' and 'comment' to close without one."
        )


@transaction.atomic
def close(
    referral_id: int, reason: Reason, *, by: Actor, if_version: int | None = None
) -> Referral:
    """Close the loop: the sender has read the report, or says why none is needed.

    After a report its red flags stay on the patient; whoever reported had seen them.

    :raises ReasonMissing: if there is no report and no reason with words.
    :raises RedFlagOpen: if nobody has seen the patient and a red flag would be left without an
        owner.
    """
    move = moves.begin("close", referral_id, by=by, if_version=if_version)
    if move.referral.status == Status.REPORTED:
        if not _was_seen(move.referral):
            refuse_to_leave_a_red_flag(move.referral)
        withdraw_what_waits(move)
        keep_comment(move, reason.comment)
        nobody_moves(move.referral)
        said = {"reason_code": reason.code} if reason.code else {}
        moves.finish(move, "referral.closed", {"after_report": True} | said)
        return move.referral
    if not (reason.code and reason.comment):
        raise ReasonMissing
    end(move, "referral.closed", reason)
    return move.referral


@transaction.atomic
def record_failure(
    referral_id: int, reason: Reason, *, by: Actor, if_version: int | None = None
) -> Referral:
    """Say that the receiver cannot go on, such as for a patient who cannot be reached.

    :raises RedFlagOpen: if a red flag of the patient would be left without an owner.
    """
    move = moves.begin("record_failure", referral_id, by=by, if_version=if_version)
    stop(move, "referral.failed", reason)
    return move.referral


@transaction.atomic
def enter_in_error(
    referral_id: int, reason: Reason, *, by: Actor, if_version: int | None = None
) -> Referral:
    """Say that the referral should not have been written; it stays in sight as what it is.

    :raises RedFlagOpen: if a red flag of the patient would be left without an owner.
    """
    move = moves.begin("enter_in_error", referral_id, by=by, if_version=if_version)
    end(move, "referral.entered_in_error", reason)
    return move.referral


def _was_seen(referral: Referral) -> bool:
    final = referral.consult_notes.filter(kind=ConsultNote.Kind.FINAL).order_by("-id")[0]
    return not final.advice_only
