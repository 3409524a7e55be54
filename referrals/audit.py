"""Walks the hash chains and says where one of them is not as it was sealed. It only reads."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from django.db import connection, transaction

from referrals.models import Event, EventSeal
from referrals.seal import GENESIS, SEALED_COLUMNS, digest

LONGEST_UNSEALED = timedelta(seconds=60)
_CHUNK = 2_000
_NEARBY = 1_000
_MOST_NAMED = 100
Tick = Callable[[int], None]


@dataclass(frozen=True)
class Head:
    """The end of a chain: its length and the hash of its last link."""

    seq: int
    hash: str


@dataclass(frozen=True)
class Break:
    """Where a chain is broken first, and how, in words."""

    seq: int | None
    event: int | None
    what: str


@dataclass(frozen=True)
class Chain:
    """What was found of the chain of one practice. Only a whole chain has a head to keep."""

    links: int
    head: Head | None
    broken: Break | None


@dataclass(frozen=True)
class _Link:
    seq: int
    event: int
    prev_hash: bytes
    hash: bytes
    facts: dict[str, Any]


def verify(
    practices: Iterable[int], *, since: int = 0, kept: Mapping[int, Head], tick: Tick
) -> Iterator[tuple[int, Chain]]:
    """Compute every link of each practice's chain anew, in order and in constant memory.

    :param since: the link to begin behind; it is believed.
    :param kept: heads of an earlier run that were kept elsewhere. Without them nobody can tell
        that the newest links were cut off, or that all of them were computed anew.
    :param tick: called now and then with the number of links since it was called last.
    """
    unlinked = _without_a_link()
    for practice in practices:
        chain = _verify(practice, since, kept.get(practice), tick)
        if practice in unlinked and not chain.broken:
            what = "the event is marked as sealed, and no link holds it"
            chain = Chain(chain.links, None, Break(None, unlinked[practice], what))
        yield practice, chain


def waiting_for_a_seal(now: datetime) -> list[int]:
    """Return the ids of the first events that should have been sealed by now."""
    late = Event.objects.unsealed().filter(at__lt=now - LONGEST_UNSEALED)
    return list(late.order_by("id").values_list("id", flat=True)[:_MOST_NAMED])


# In a transaction, so that the rows come through a cursor of the server.
@transaction.atomic
def _verify(practice: int, since: int, kept: Head | None, tick: Tick) -> Chain:
    start = GENESIS if since == 0 else _hash_at(practice, since)
    if start is None:
        return Chain(0, None, _not_as_kept(practice, kept))
    seq, broken = _walk(practice, since, start, tick)
    broken = broken or _not_as_kept(practice, kept)
    head = _hash_at(practice, seq)
    whole = head is not None and not broken
    return Chain(seq - since, Head(seq, head.hex()) if head and whole else None, broken)


def _walk(practice: int, since: int, start: bytes, tick: Tick) -> tuple[int, Break | None]:
    seq, prev, links = since, start, _links(practice, since)
    for link in links:
        if link.seq != seq + 1:
            return seq, _missing(practice, seq + 1)
        if link.prev_hash != prev:
            what = "it does not follow from the link before it"
            return seq, Break(link.seq, link.event, what)
        if digest(practice, link.seq, prev, link.facts) != link.hash:
            return seq, _another_or_changed(practice, link, links)
        seq, prev = link.seq, link.hash
        if seq % _CHUNK == 0:
            tick(_CHUNK)
    # A link whose event is gone is not among those that were walked.
    more = EventSeal.objects.filter(practice=practice, seq__gt=seq).exists()
    return seq, _missing(practice, seq + 1) if more else None


def _links(practice: int, since: int) -> Iterator[_Link]:
    columns = [f"event__{name}" for name in SEALED_COLUMNS]
    rows = (
        EventSeal.objects.filter(practice=practice, seq__gt=since)
        .order_by("seq")
        .values_list("seq", "event_id", "prev_hash", "hash", *columns)
    )
    for seq, event, prev_hash, link_hash, *facts in rows.iterator(chunk_size=_CHUNK):
        known = dict(zip(SEALED_COLUMNS, facts, strict=True))
        yield _Link(seq, event, bytes(prev_hash), bytes(link_hash), known)


def _missing(practice: int, seq: int) -> Break:
    link = EventSeal.objects.filter(practice=practice, seq=seq).first()
    if link is None:
        return Break(seq, None, "the link is missing")
    return Break(seq, link.event_id, "its event is missing")


def _another_or_changed(practice: int, link: _Link, later: Iterator[_Link]) -> Break:
    for other in islice(later, _NEARBY):
        if digest(practice, link.seq, link.prev_hash, other.facts) == link.hash:
            what = f"the order was changed: event {other.event} was sealed here"
            return Break(link.seq, link.event, what)
    return Break(link.seq, link.event, "the event was changed after it was sealed")


def _hash_at(practice: int, seq: int) -> bytes | None:
    found = EventSeal.objects.filter(practice=practice, seq=seq).first()
    return bytes(found.hash) if found else None


def _not_as_kept(practice: int, kept: Head | None) -> Break | None:
    if kept is None:
        return None
    found = _hash_at(practice, kept.seq)
    if found is None:
        return Break(kept.seq, None, "the end was cut off: the chain was longer when it was kept")
    if found.hex() != kept.hash:
        return Break(kept.seq, None, "the chain was written anew: another hash was kept")
    return None


def _without_a_link() -> dict[int, int]:
    # The first event of each practice that is marked as sealed and is not.
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT practice, min(id) FROM referrals_event e, unnest(practices) practice"
            " WHERE sealed_at IS NOT NULL AND NOT EXISTS (SELECT 1 FROM referrals_eventseal"
            " WHERE event_id = e.id AND practice_id = practice) GROUP BY practice"
        )
        return dict(cursor.fetchall())
