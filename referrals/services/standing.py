"""What coordination writes back onto the referral, so that every list reads one table.

These do not raise the version: no human changed the referral. The caller holds its lock.
"""

from datetime import datetime

from referrals.models import Referral
from referrals.models.referral import ACKNOWLEDGED_AT, OwnerSide
from referrals.services.turns import TURN, acknowledge_due, nobody_found, settle_turn


def alert_opened(referral: Referral) -> None:
    """Mark that an alert is open."""
    _write(referral, alert_open=True)


def nobody_available(referral: Referral) -> None:
    """Hand the next move to who has to find a practice: nobody could be asked."""
    nobody_found(referral)
    referral.save(update_fields=TURN)


def acknowledgement_lapsed(referral: Referral, specialty: str, *, at: datetime) -> None:
    """Mark that a side has to see it anew: its acknowledgement has led to nothing."""
    seen = ACKNOWLEDGED_AT[specialty]
    setattr(referral, seen, None)
    settle_turn(referral, at)
    # The other side, which has not seen it at all, gets no more time by this.
    is_theirs = (specialty == referral.sought_specialty) == (
        referral.owner_side == OwnerSide.RECEIVER
    )
    if referral.next_action == "acknowledge" and is_theirs:
        referral.due_at = acknowledge_due(referral, at)
    referral.save(update_fields=[seen, *TURN])


def plan_recorded(referral: Referral, *, at: datetime) -> None:
    """Mark that a receiving plan is on record."""
    referral.plan_recorded_at = at
    settle_turn(referral, at)
    referral.save(update_fields=["plan_recorded_at", *TURN])


def plan_withdrawn(referral: Referral) -> None:
    """Mark that no receiving plan is on record any more: whoever made it has passed."""
    _write(referral, plan_recorded_at=None)


def handed_over(referral: Referral, *, at: datetime) -> None:
    """Mark that a named clinician of an emergency department took over."""
    referral.handed_over_at = at
    settle_turn(referral, at)
    referral.save(update_fields=["handed_over_at", *TURN])


def alert_closed(referral: Referral, *, at: datetime) -> None:
    """Mark the urgent case as safe: every obligation answered, a plan on record."""
    referral.alert_open, referral.safe_at = False, at
    settle_turn(referral, at)
    referral.save(update_fields=["alert_open", "safe_at", *TURN])


def alert_lowered(referral: Referral) -> None:
    """Mark that no alert is open any more: the case is not urgent. It is not thereby safe."""
    _write(referral, alert_open=False)


def _write(referral: Referral, **columns: object) -> None:
    for name, value in columns.items():
        setattr(referral, name, value)
    referral.save(update_fields=list(columns))
