"""Does an act once for each Idempotency-Key, and answers a repetition with the same bytes.

The row is written in the caller's transaction: an act that fails leaves no answer behind.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

from django.db import connection

from referrals.models import IdempotentRequest
from referrals.walls import Actor


class KeyReused(Exception):
    """The key was used before with another body or on another route."""


@dataclass(frozen=True)
class Answer:
    """What a client is sent: status, body as bytes, and the headers worth repeating."""

    status: int
    body: bytes
    etag: str = ""
    location: str = ""
    replayed: bool = False


def once(key: str, *, by: Actor, route: str, body: bytes, act: Callable[[], Answer]) -> Answer:
    """Run the act, or return what it answered the first time.

    A second request with the same key waits on the unique index until the first has committed.

    :raises KeyReused: if the key came before with another body or route.
    """
    body_hash = hashlib.sha256(body).digest()
    row_id = _begin(by.own_practice_id, key, route, body_hash)
    if row_id is None:
        known = IdempotentRequest.objects.get(practice_id=by.own_practice_id, key=key)
        return _replay(known, route, body_hash)
    answer = act()
    IdempotentRequest.objects.filter(pk=row_id).update(
        status=answer.status, body=answer.body, etag=answer.etag, location=answer.location
    )
    return answer


def _begin(practice_id: int, key: str, route: str, body_hash: bytes) -> int | None:
    # One statement instead of a look, a savepoint and an insert. It waits for an equal one that is
    # under way, and inserts after all if that one is rolled back.
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO referrals_idempotentrequest"
            " (practice_id, key, route, body_hash, etag, location, created_at)"
            " VALUES (%s, %s, %s, %s, '', '', clock_timestamp())"
            " ON CONFLICT (practice_id, key) DO NOTHING RETURNING id",
            [practice_id, key, route, body_hash],
        )
        found = cursor.fetchone()
    return int(found[0]) if found else None


def _replay(row: IdempotentRequest, route: str, body_hash: bytes) -> Answer:
    if row.route != route or bytes(row.body_hash) != body_hash:
        raise KeyReused("This Idempotency-Key was used before for another request. Use a new key.")
    return Answer(
        status=row.status or 500,
        body=bytes(row.body or b""),
        etag=row.etag,
        location=row.location,
        replayed=True,
    )
