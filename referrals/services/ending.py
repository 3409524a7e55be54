"""How every act that ends a referral does it: no red flag is left behind without an owner."""

from datetime import datetime

from django.db.models import Min

from referrals.models import Assessment, Patient, RedFlag, Referral
from referrals.models.law import IS_TAKEN, IS_UNDECIDED
from referrals.models.referral import OwnerSide
from referrals.services import moves
from referrals.services.lowering import withdraw_what_waits
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
    flags = RedFlag.objects.unresolved(referral.patient_id).order_by("id")
    left = [flag.rule_id for flag in flags if not _is_owned_without(referral, flag)]
    if left:
        raise RedFlagOpen(", ".join(left))


def fired_for(flag: RedFlag) -> dict[int, datetime]:
    """Return for which referrals of the patient this rule fired since it is open, and since when.

    The flag itself names only the one that raised it first.
    """
    found = Assessment.objects.filter(
        referral__patient=flag.patient_id,
        assessed_at__gte=flag.raised_at,
        result__contains={"fired": [{"id": flag.rule_id}]},
    )
    return dict(found.values_list("referral_id").annotate(Min("assessed_at")))


def _is_owned_without(ending: Referral, flag: RedFlag) -> bool:
    fired = fired_for(flag)
    others = Referral.objects.filter(pk__in=fired).exclude(pk=ending.pk)
    if others.filter(IS_TAKEN).exists():
        return True
    if ending.pk not in fired:
        return not others.filter(IS_UNDECIDED, handed_over_at__isnull=True).exists()
    # A handover from before it fired here was about an earlier emergency.
    since = others.filter(handed_over_at__gte=fired[ending.pk])
    return ending.handed_over_at is not None or since.exists()


def _end(move: Move, event: str, reason: Reason) -> None:
    refuse_to_leave_a_red_flag(move.referral)
    withdraw_what_waits(move)
    keep_comment(move, reason.comment)
    call_off(move, reason.code)
    moves.finish(move, event, {"reason_code": reason.code} if reason.code else None)
