"""Writes an event into the caller's transaction and rings the bell after its commit.

The row is the durable intent. The bell carries nothing and may be lost: ``manage.py dispatch``
finds the row without it.
"""

import json
from collections.abc import Callable
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
        referral_id, kind, at, actor_kind, actor_name, actor_practice_id, request_id,
        practices, data, urgent, attempts
    ) VALUES (
        %s, %s, %s, %s, %s, %s, %s,
        ARRAY(
            SELECT practice FROM unnest(%s::bigint[]) practice WHERE practice IS NOT NULL
            UNION SELECT practice_id FROM referrals_ask WHERE referral_id = %s ORDER BY 1
        ),
        %s::jsonb, %s, 0
    )
"""


def record(
    kind: str, *, referral: Referral, by: Actor, at: datetime, data: dict[str, Any] | None = None
) -> None:
    """Write one event of a referral. ``data`` must not hold patient facts."""
    transaction.on_commit(partial(wake, referral.is_urgent), robust=True)
    who = (by.kind, by.name, by.practice_id, by.request_id)
    ends = [referral.sender_id, referral.receiver_id, by.practice_id]
    told = (ends, referral.pk, json.dumps(data or {}), referral.is_urgent)
    with connection.cursor() as cursor:
        cursor.execute(_WRITE, [referral.pk, kind, at, *who, *told])


def wake(urgent: bool) -> None:
    """Ring the bell of this process."""
    _ringer(urgent)
