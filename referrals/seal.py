"""The sealer: links every event into the hash chain of each practice it concerns.

It runs in batches outside the hot transactions, at most one at a time, and is the only writer of
``event_seal`` and of ``event.sealed_at``.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from itertools import groupby
from typing import Any

from django.db import connection, transaction

from referrals.clock import NOW
from referrals.models import Event, EventSeal

_LOCK = 0x5EA1
GENESIS = bytes(32)
SEALED_COLUMNS = (
    "id",
    "referral_id",
    "kind",
    "at",
    "actor_kind",
    "actor_name",
    "entered_by",
    "actor_practice_id",
    "request_id",
    "practices",
    "data",
    "urgent",
)
_as_text = json.JSONEncoder(
    sort_keys=True, separators=(",", ":"), default=datetime.isoformat
).encode


def seal(batch: int = 200) -> int:
    """Seal the oldest unsealed events and return how many; 0 if another sealer is at work."""
    # Mostly there is none, and to ask opens no transaction.
    return _seal(batch) if Event.objects.sealable(NOW).exists() else 0


@transaction.atomic
def _seal(batch: int) -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_LOCK])
        if not cursor.fetchone()[0]:
            return 0
    events = list(Event.objects.sealable(NOW).order_by("id")[:batch])
    links = sorted(
        ((practice, event) for event in events for practice in event.practices),
        key=lambda link: (link[0], link[1].id),
    )
    EventSeal.objects.bulk_create(
        seal
        for practice, group in groupby(links, key=lambda link: link[0])
        for seal in _continued(practice, (event for _, event in group))
    )
    Event.objects.filter(pk__in=[event.pk for event in events]).update(sealed_at=NOW)
    return len(events)


def digest(practice: int, seq: int, prev_hash: bytes, facts: Mapping[str, Any]) -> bytes:
    """Return the SHA-256 of one link: its place, the hash before it, and the immutable columns.

    :param facts: the ``SEALED_COLUMNS`` of the event.
    """
    text = _as_text([practice, seq, facts])
    return hashlib.sha256(prev_hash + text.encode()).digest()


def _continued(practice: int, events: Iterable[Event]) -> Iterator[EventSeal]:
    last = EventSeal.objects.filter(practice_id=practice).order_by("-seq").first()
    seq, prev = (last.seq, bytes(last.hash)) if last else (0, GENESIS)
    for event in events:
        seq += 1
        facts = {name: getattr(event, name) for name in SEALED_COLUMNS}
        link = digest(practice, seq, prev, facts)
        yield EventSeal(practice_id=practice, seq=seq, event=event, prev_hash=prev, hash=link)
        prev = link
