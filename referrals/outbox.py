"""Writes an event into the caller's transaction and rings the bell after its commit.

The row is the durable intent. The bell carries nothing and may be lost: ``manage.py dispatch``
finds the row without it.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from django.db import connection, transaction

from referrals.models import Referral
from referrals.walls import Actor

Ringer = Callable[[bool], None]


def _silence(urgent: bool) -> None:
    """Ring nothing: the default in a process without a broker."""


_ringer: Ringer = _silence


def set_ringer(ringer: Ringer) -> None:
    """Install what is called, with ``urgent``, after each transaction that recorded an event."""
    global _ringer  # noqa: PLW0603  (one ringer a process, set once at start-up)
    _ringer = ringer


# Whom an event concerns is looked up by the statement that writes it: no question before it.
_WRITE = """
    INSERT INTO referrals_event (
        at, referral_id, kind, actor_kind, actor_name, entered_by, actor_practice_id, request_id,
        practices, data, urgent, attempts
    ) SELECT
        at, %s, %s, %s, %s, %s, %s, %s,
        ARRAY(
            SELECT practice FROM unnest(%s::bigint[]) practice WHERE practice IS NOT NULL
            UNION SELECT practice_id FROM referrals_ask WHERE referral_id = %s ORDER BY 1
        ),
        %s::jsonb, %s, 0
    FROM changed
"""


def record(
    kind: str, *, referral: Referral, by: Actor, at: datetime, data: dict[str, Any] | None = None
) -> None:
    """Write one event of a referral. ``data`` must not hold patient facts."""
    transaction.on_commit(partial(wake, referral.is_urgent), robust=True)
    change = Change("changed AS (SELECT %s::timestamptz AS at)", (at,))
    record_change(change, kind, referral=referral, by=by, data=data)


@dataclass(frozen=True)
class Change:
    """Common table expressions of which ``changed`` returns ``at``, or no row if nothing was."""

    sql: str
    values: tuple[Any, ...]


def record_change(
    change: Change, kind: str, *, referral: Referral, by: Actor, data: dict[str, Any] | None = None
) -> bool:
    """Make a change and write its event in one statement; False, and no event, if none was made.

    Outside a transaction the statement is its own, so both are there or neither. It rings no bell:
    it is for what leads to no act, such as that a message arrived.
    """
    who = (by.kind, by.name, by.entered_by, by.practice_id, by.request_id)
    ends = [referral.sender_id, referral.receiver_id, by.practice_id]
    told = (ends, referral.pk, json.dumps(data or {}), referral.is_urgent)
    with connection.cursor() as cursor:
        cursor.execute(
            f"WITH {change.sql} {_WRITE}", [*change.values, referral.pk, kind, *who, *told]
        )
        return bool(cursor.rowcount)


def wake(urgent: bool) -> None:
    """Ring the bell of this process."""
    _ringer(urgent)
