"""Writes an event into the caller's transaction and rings the bell after its commit.

The row is the durable intent. The bell carries nothing and may be lost: ``manage.py dispatch``
finds the row without it.
"""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any

from django.db import transaction

from referrals.models import Event, Referral
from referrals.walls import Actor

Ringer = Callable[[bool], None]


def _silence(urgent: bool) -> None:
    """Ring nothing: the default in a process without a broker."""


_ringer: Ringer = _silence


def set_ringer(ringer: Ringer) -> None:
    """Install what is called, with ``urgent``, after each transaction that recorded an event."""
    global _ringer  # noqa: PLW0603  (one ringer a process, set once at start-up)
    _ringer = ringer


def record(
    kind: str, *, referral: Referral, by: Actor, at: datetime, data: dict[str, Any] | None = None
) -> Event:
    """Write one event of a referral. ``data`` must not hold patient facts."""
    transaction.on_commit(partial(wake, referral.is_urgent), robust=True)
    return Event.objects.create(
        referral=referral,
        kind=kind,
        at=at,
        actor_kind=by.kind,
        actor_name=by.name,
        actor_practice_id=by.practice_id,
        request_id=by.request_id,
        practices=_concerned(referral, by),
        data=data or {},
        urgent=referral.is_urgent,
    )


def wake(urgent: bool) -> None:
    """Ring the bell of this process."""
    _ringer(urgent)


def _concerned(referral: Referral, by: Actor) -> list[int]:
    asked = referral.asks.values_list("practice_id", flat=True)
    ends = {referral.sender_id, referral.receiver_id, by.practice_id, *asked}
    return sorted(practice for practice in ends if practice is not None)
