"""How every act that ends a referral does it: no red flag is left behind without an owner."""

from referrals.models import Patient, RedFlag, Referral
from referrals.models.referral import OwnerSide
from referrals.services import moves
from referrals.services.moves import Move
from referrals.services.reason import Reason, keep_comment
from referrals.services.turns import hand_to, nobody_moves
from referrals.services.visits import call_off


class RedFlagOpen(Exception):
    """The referral cannot end: a red flag of its patient would be left without an owner."""

    def __init__(self, rules: str) -> None:
        super().__init__(
            f"The patient has open red flags: {rules}. First a clinician records how each ended, "
            "or the patient is handed over to an emergency department."
        )


def stop(move: Move, event: str, reason: Reason) -> None:
    """End a referral that may begin anew; the sender decides what comes next."""
    hand_to(OwnerSide.SENDER, "decide_next", move)
    _end(move, event, reason)


def end(move: Move, event: str, reason: Reason) -> None:
    """End a referral; nobody has to do anything any more."""
    nobody_moves(move.referral)
    _end(move, event, reason)


def refuse_to_leave_a_red_flag(referral: Referral) -> None:
    """Hold up the end of a referral while a red flag of its patient has no owner.

    :raises RedFlagOpen: if there is one.
    """
    # Another referral of this patient may be raising one at this moment: one waits.
    Patient.objects.select_for_update(no_key=True).get(pk=referral.patient_id)
    left = RedFlag.objects.left_by(referral).order_by("id")
    rules = ", ".join(dict.fromkeys(left.values_list("rule_id", flat=True)))
    if rules:
        raise RedFlagOpen(rules)


def _end(move: Move, event: str, reason: Reason) -> None:
    refuse_to_leave_a_red_flag(move.referral)
    keep_comment(move, reason.comment)
    call_off(move, reason.code)
    moves.finish(move, event, {"reason_code": reason.code} if reason.code else None)
