"""A safe urgent case presses again once what made it safe has failed."""

from referrals.models import RedFlag
from referrals.services.moves import Move
from referrals.services.turns import settle_turn


def visit_failed(move: Move) -> None:
    """Ask everybody anew if a patient with an open red flag did not come to an urgent visit.

    An emergency department that took the patient has them still.
    """
    if move.referral.is_urgent and not move.referral.handed_over_at:
        patient_lost(move)


def patient_lost(move: Move) -> None:
    """Ask everybody anew if a patient with an open red flag was on the way and is not any more."""
    if RedFlag.objects.unresolved(move.referral.patient_id).exists():
        press_again(move)
        settle_turn(move.referral, move.at)


def patient_left(move: Move) -> None:
    """Take back that a case is safe: its patient was sent to an emergency department just now.

    What people have answered still holds; whether the patient arrived has to be asked.
    """
    if move.referral.is_urgent and move.referral.safe_at:
        move.referral.safe_at, move.referral.raised_at = None, move.at


def patient_missing(move: Move) -> None:
    """Take back that a case is safe if a patient with an open red flag does not go, or is lost."""
    if RedFlag.objects.unresolved(move.referral.patient_id).exists():
        patient_left(move)


def press_again(move: Move) -> None:
    """Take back that the case is safe: everybody is asked anew, as after a rise of red flags."""
    referral = move.referral
    referral.safe_at = referral.plan_recorded_at = referral.handed_over_at = None
    referral.pain_acknowledged_at = referral.spine_acknowledged_at = None
    referral.raised_at = move.at
    referral.note_patient("", move.at)
