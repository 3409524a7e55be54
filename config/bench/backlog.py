"""What piles up: rungs that are due at one instant, and routine messages before an urgent one.

It writes as the owner, into a house that is thrown away afterwards.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event
from time import monotonic

import psycopg

from config.bench.floor import BenchFailed, owner
from config.servers import postgres

MOST_SECONDS = 600.0
_LOOK_SECONDS = 0.2
_RINGING = """
    SELECT count(*) FROM coordination_obligation
    WHERE state = 'running' AND alert_id IS NOT NULL AND next_due_at <= %s
"""
_DUE_AT_ONCE = """
    UPDATE coordination_obligation SET next_due_at = %s
    WHERE state = 'running' AND alert_id IS NOT NULL
"""
# Copies of one routine message that was sent, to the same desk, each a message of its own.
_QUEUE = """
    INSERT INTO coordination_delivery (uuid, obligation_id, contact_point_id, channel, message,
        round, rung, priority, state, created_at, due_at, attempts, provider_message_id, error_code)
    SELECT gen_random_uuid(), obligation_id, contact_point_id, channel, message, 10000 + n, rung,
        priority, 'pending', now(), now(), 0, '', ''
    FROM (
        SELECT * FROM coordination_delivery WHERE priority = 5 AND channel = 'email' LIMIT 1
    ) one, generate_series(1, %s) n
"""

_WITHDRAW = """
    UPDATE coordination_delivery SET state = 'cancelled', lease_token = NULL
    WHERE priority = 5 AND round > 10000 AND state IN ('pending', 'leased')
"""


def ringing() -> int:
    """Count the urgent obligations that somebody is rung for."""
    with _maintained() as database:
        return _count(database, "infinity")


def fire_at_once() -> tuple[int, float]:
    """Make every urgent obligation due now; return how many there are, and the seconds until the
    engine has fired the last of them.

    :raises BenchFailed: if that takes ten minutes.
    """
    with _maintained() as database:
        (at,) = database.execute("SELECT clock_timestamp()").fetchone() or (None,)
        due = database.execute(_DUE_AT_ONCE, [at]).rowcount
        begun, pause = monotonic(), Event()
        while _count(database, at):
            if monotonic() > begun + MOST_SECONDS:
                raise BenchFailed("The rungs were not fired within ten minutes.")
            pause.wait(_LOOK_SECONDS)
        return due, round(monotonic() - begun, 1)


@contextmanager
def routine_messages(count: int) -> Iterator[None]:
    """Have so many routine messages wait to be sent; what still waits at the end is withdrawn.

    :raises BenchFailed: if no routine message was sent before, of which these are copies.
    """
    with _maintained() as database:
        if database.execute(_QUEUE, [count]).rowcount != count:
            raise BenchFailed("There is no routine message to copy.")
        try:
            yield
        finally:
            database.execute(_WITHDRAW)


@contextmanager
def _maintained() -> Iterator[psycopg.Connection[tuple[object, ...]]]:
    with postgres.connect(owner()) as database:
        database.execute("SELECT set_config('tandem.maintenance', 'on', false)")
        yield database


def _count(database: psycopg.Connection[tuple[object, ...]], until: object) -> int:
    found = database.execute(_RINGING, [until]).fetchone()
    return int(str(found[0])) if found else 0
