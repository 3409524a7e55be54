"""Asking the sender for more, and their answer. No form is ever a reason to decline."""

from django.db import transaction

from referrals.models import InformationRequest, Referral
from referrals.models.referral import OwnerSide
from referrals.services import moves
from referrals.services.respond import stamp
from referrals.services.turns import go_on, hand_to, step_due
from referrals.walls import Actor

_STEP = "answer_information"


@transaction.atomic
def request_information(
    referral_id: int, wanted: str, *, by: Actor, if_version: int | None = None
) -> Referral:
    """Ask the sender for more; the next move is theirs. Who asks has seen the referral.

    While people must answer an urgent case the move stays: no red flag waits for an answer.
    """
    move = moves.begin("request_information", referral_id, by=by, if_version=if_version)
    referral = move.referral
    stamp(move)
    InformationRequest.objects.create(
        referral=referral,
        practice_id=by.own_practice_id,
        wanted=wanted,
        asked_by=by.name,
        asked_at=move.at,
        due_at=step_due(referral, OwnerSide.SENDER, _STEP, move.at),
    )
    hand_to(OwnerSide.SENDER, _STEP, move)
    moves.finish(move, "referral.information_requested")
    return referral


@transaction.atomic
def answer_information(
    referral_id: int, answer: str, *, by: Actor, if_version: int | None = None
) -> Referral:
    """Answer what was asked; the referral goes on as what it was, and the receiver moves.

    The receiver has as much time left as when they asked.
    """
    move = moves.begin("answer_information", referral_id, by=by, if_version=if_version)
    request = move.referral.information_requests.waiting().order_by("-id")[0]
    request.answer, request.answered_by, request.answered_at = answer, by.name, move.at
    request.save(update_fields=["answer", "answered_by", "answered_at"])
    go_on(move, request.asked_at)
    moves.finish(move, "referral.information_given")
    return move.referral
