"""Notes in the access log who was shown which referrals, in the transaction that read them."""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from django.db import connection

from referrals.walls import Actor

_READING = ("GET", "HEAD")


@dataclass(frozen=True)
class Way:
    """By which way: the method, the pattern of the address, and the status of the answer."""

    method: str
    route: str
    status: int


def note_access(referrals: Collection[UUID], *, by: Actor, way: Way) -> None:
    """Write one row of the access log, or none if no referral was shown.

    A request that only reads does not wait for the disk: a crash may lose what was read within the
    last second.
    """
    if not referrals:
        return
    who = (by.kind, by.entered_by or by.name, by.own_practice_id, by.request_id)
    durability = "off" if way.method in _READING else None
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO referrals_access"
            " (at, actor_kind, actor_name, practice_id, request_id,"
            " method, route, status, referrals)"
            " SELECT clock_timestamp(), %s, %s, %s, %s, %s, %s, %s, %s"
            # In the same statement, to spare a round trip.
            " WHERE %s::text IS NULL OR set_config('synchronous_commit', %s, true) IS NOT NULL",
            [*who, way.method, way.route, way.status, list(referrals), durability, durability],
        )
