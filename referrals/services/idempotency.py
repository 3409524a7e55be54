"""Does an act once for each Idempotency-Key, and answers a repetition with the same bytes.

The row is written in the caller's transaction: an act that fails leaves no answer behind.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

from referrals import clock
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
    row, is_new = IdempotentRequest.objects.get_or_create(
        practice_id=by.own_practice_id,
        key=key,
        defaults={"route": route, "body_hash": body_hash, "created_at": clock.now()},
    )
    if not is_new:
        return _replay(row, route, body_hash)
    answer = act()
    row.status, row.body = answer.status, answer.body
    row.etag, row.location = answer.etag, answer.location
    row.save(update_fields=["status", "body", "etag", "location"])
    return answer


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
