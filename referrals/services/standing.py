"""What coordination writes back onto the referral, so that every list reads one table.

These do not raise the version: no human changed the referral. The caller holds its lock.
"""

from datetime import datetime

from referrals.models import Referral
from referrals.models.referral import OwnerSide


def alert_opened(referral: Referral) -> None:
    """Mark that an alert is open."""
    _write(referral, alert_open=True)


def nobody_available(referral: Referral) -> None:
    """Hand the next move to the coordinators: nobody could be asked."""
    _write(referral, owner_side=OwnerSide.COORDINATOR, next_action="find_receiver")


def plan_recorded(referral: Referral, *, at: datetime) -> None:
    """Mark that a receiving plan is on record."""
    _write(referral, plan_recorded_at=at, next_action="see_patient")


def plan_withdrawn(referral: Referral) -> None:
    """Mark that no receiving plan is on record any more: whoever made it has passed."""
    _write(referral, plan_recorded_at=None)


def handed_over(referral: Referral, *, at: datetime) -> None:
    """Mark that a named clinician of an emergency department took over."""
    _write(referral, handed_over_at=at)


def alert_closed(referral: Referral, *, at: datetime) -> None:
    """Mark the urgent case as safe: every obligation answered, a plan on record."""
    _write(referral, alert_open=False, safe_at=at)


def alert_lowered(referral: Referral) -> None:
    """Mark that no alert is open any more: the case is not urgent. It is not thereby safe."""
    _write(referral, alert_open=False)


def _write(referral: Referral, **columns: object) -> None:
    for name, value in columns.items():
        setattr(referral, name, value)
    referral.save(update_fields=list(columns))
