"""Calling a referral off: the sender asks for it and may withdraw it, the other side confirms."""

from dataclasses import replace

from django.db import transaction

from referrals.models import Referral
from referrals.models.practice import Specialty
from referrals.models.referral import OwnerSide
from referrals.services import moves
from referrals.services.ending import end, refuse_to_leave_a_red_flag
from referrals.services.moves import Move
from referrals.services.reason import Reason, keep_comment
from referrals.services.turns import go_on, hand_to
from referrals.walls import Actor
from referrals.workflow import Side, Status, check

_NOTHING_TO_ADD = Reason("")
_ASKED = "referral.cancellation_requested"


@transaction.atomic
def request_cancellation(
    referral_id: int, reason: Reason, *, by: Actor, if_version: int | None = None
) -> Referral:
    """Call a referral off. At once if nobody has it to confirm; otherwise the other side confirms.

    :raises RedFlagOpen: if a red flag of the patient would be left without an owner.
    """
    move = moves.begin("request_cancellation", referral_id, by=by, if_version=if_version)
    if move.row.target is Status.CANCELLED:
        end(move, "referral.cancelled", reason)
        return move.referral
    if not _is_anybody_invited(move.referral):
        end(_to_be_confirmed_by_nobody(move), "referral.cancelled", reason)
        return move.referral
    refuse_to_leave_a_red_flag(move.referral)
    keep_comment(move, reason.comment)
    hand_to(OwnerSide.RECEIVER, "confirm_cancellation", move)
    moves.finish(move, _ASKED, {"reason_code": reason.code})
    return move.referral


@transaction.atomic
def confirm_cancellation(referral_id: int, *, by: Actor, if_version: int | None = None) -> Referral:
    """Confirm that nothing is done any more; a visit that is booked is cancelled with it.

    :raises RedFlagOpen: if a red flag of the patient would be left without an owner.
    """
    move = moves.begin("confirm_cancellation", referral_id, by=by, if_version=if_version)
    end(move, "referral.cancelled", _NOTHING_TO_ADD)
    return move.referral


@transaction.atomic
def withdraw_cancellation(
    referral_id: int, *, by: Actor, if_version: int | None = None
) -> Referral:
    """Withdraw a cancellation that waits; the referral goes on as what it was.

    The receiver has as much time left as when it was asked for.
    """
    move = moves.begin("withdraw_cancellation", referral_id, by=by, if_version=if_version)
    asked = move.referral.events.filter(kind=_ASKED).order_by("-id")[0]
    go_on(move, asked.at)
    moves.finish(move, "referral.cancellation_withdrawn")
    return move.referral


def _to_be_confirmed_by_nobody(move: Move) -> Move:
    # Everybody who was asked has passed: both steps of the law are one act.
    move.referral.move_to(Status.CANCEL_REQUESTED)
    move.referral.save()
    confirming = check("confirm_cancellation", move.referral.standing, Side.RECEIVER)
    return replace(move, row=confirming)


def _is_anybody_invited(referral: Referral) -> bool:
    waiting = referral.asks.filter(answer="").exclude(practice__specialty=Specialty.COORDINATION)
    return referral.receiver_id is not None or waiting.exists()
