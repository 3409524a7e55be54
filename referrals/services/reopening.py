"""Begins a stopped referral anew: it is sent as if for the first time, its history unbroken."""

from django.db import transaction

from referrals.models import Ask, Referral
from referrals.models.referral import OwnerSide
from referrals.services import moves
from referrals.services.turns import acknowledge_due, hand_to
from referrals.walls import Actor


@transaction.atomic
def reopen(referral_id: int, *, by: Actor, if_version: int | None = None) -> Referral:
    """Send a referral anew that was declined, cancelled or failed.

    A practice that had accepted is asked once more; one that passed or declined is not.
    """
    move = moves.begin("reopen", referral_id, by=by, if_version=if_version)
    referral, at = move.referral, move.at
    accepted = referral.asks.filter(answer=Ask.Answer.ACCEPTED)
    accepted.update(answer="", answer_reason="", answered_at=None)
    referral.receiver = None
    referral.pain_acknowledged_at = referral.spine_acknowledged_at = None
    referral.plan_recorded_at = referral.handed_over_at = referral.safe_at = None
    # Where the patient was then says nothing of where they are now.
    referral.note_patient("", at)
    referral.sent_at, referral.raised_at = at, at if referral.is_urgent else None
    hand_to(OwnerSide.RECEIVER, "acknowledge", move, due=acknowledge_due(referral, at))
    moves.finish(move, "referral.reopened")
    return referral
