"""What the coverage board shows: who covers each of the next 14 days, and what is to mend.

It only reads. Names are shown of the own practice alone; of others, that somebody is on call.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet

from coordination.models import OnCallChange, OnCallShift, Rotation
from coordination.services.coverage import LOOK_AHEAD, Coverage, Stretch, coverage, takes_urgent
from coordination.services.reachability import findings
from referrals import calendars, clock
from referrals.models import EmergencyDirectory, Practice
from referrals.models.practice import Specialty
from referrals.walls import Actor

LEVELS = {
    OnCallShift.Level.PRIMARY: "Rung first",
    OnCallShift.Level.BACKUP: "Backup",
}
LATEST = 12


@dataclass(frozen=True)
class Piece:
    """A part of one day: from and to in the practice's time, and who covers it, in words."""

    begins: str
    ends: str
    words: str
    is_gap: bool


def shown(actor: Actor) -> dict[str, Any]:
    """Gather all that the board says to the actor's practice; coordinators see every practice."""
    now = clock.now()
    practices = _practices(actor)
    own = _own(actor)
    return {
        "boards": list(_boards(practices, actor, now)),
        "findings": list(findings(own, now)),
        "entry": EmergencyDirectory.objects.filter(practice=actor.practice_id).first(),
        "rotations": _rotations(actor),
        "changes": OnCallChange.objects.filter(practice=actor.practice_id)
        .select_related("person")
        .order_by("-pk")[:LATEST],
    }


def _practices(actor: Actor) -> QuerySet[Practice]:
    own = _own(actor)
    return takes_urgent() if own.filter(specialty=Specialty.COORDINATION).exists() else own


def _own(actor: Actor) -> QuerySet[Practice]:
    # An operator has none.
    return Practice.objects.filter(Q(pk=actor.practice_id))


def _boards(practices: QuerySet[Practice], actor: Actor, now: datetime) -> Iterator[dict[str, Any]]:
    boards: dict[int, dict[str, Any]] = {}
    for one in coverage(practices, now, now + LOOK_AHEAD):
        is_own = one.practice.pk == actor.practice_id
        board = boards.setdefault(
            one.practice.pk,
            {"practice": one.practice, "levels": [], "gaps": [], "days": {}, "is_own": is_own},
        )
        board["levels"].append(LEVELS[OnCallShift.Level(one.level)])
        board["gaps"].append({"level": LEVELS[OnCallShift.Level(one.level)], "of": one})
        for day, pieces in _by_day(one, is_own):
            board["days"].setdefault(day, []).append(pieces)
    yield from boards.values()


def _by_day(one: Coverage, is_own: bool) -> Iterator[tuple[datetime, list[Piece]]]:
    zone = one.practice.zone
    begin, end = one.stretches[0].begins, one.stretches[-1].ends
    day = begin.astimezone(zone).date()
    while (midnight := calendars.instant(day, time(), zone)) < end:
        following = calendars.instant(day + timedelta(days=1), time(), zone)
        inside = [s for s in one.stretches if s.begins < following and s.ends > midnight]
        if inside:
            yield (
                midnight.astimezone(zone),
                [_piece(stretch, (midnight, following), zone, is_own) for stretch in inside],
            )
        day += timedelta(days=1)


def _piece(stretch: Stretch, day: tuple[datetime, datetime], zone: ZoneInfo, is_own: bool) -> Piece:
    begins, ends = max(stretch.begins, day[0]), min(stretch.ends, day[1])
    if stretch.is_gap:
        lost = f": {stretch.lost} cannot be reached" if stretch.lost and is_own else ""
        words = f"NOBODY{lost}"
    else:
        words = stretch.person if is_own else "somebody"
    # The last minute of a day is its midnight.
    to = "24:00" if ends == day[1] else f"{ends.astimezone(zone):%H:%M}"
    return Piece(f"{begins.astimezone(zone):%H:%M}", to, words, stretch.is_gap)


def _rotations(actor: Actor) -> list[dict[str, Any]]:
    running = Rotation.objects.running().filter(practice=actor.practice_id).order_by("-level")
    return [
        {
            "rotation": one,
            "level": LEVELS[OnCallShift.Level(one.level)],
            "members": [
                str(place.practitioner)
                for place in one.places.select_related("practitioner").order_by("place")
            ],
            "weekday": _weekday(one),
        }
        for one in running
    ]


def _weekday(rotation: Rotation) -> str:
    if rotation.hand_over_weekday is None:
        return ""
    # Any Monday will do to name the days after it.
    monday = datetime(2024, 1, 1, tzinfo=UTC)
    return f"{monday + timedelta(days=rotation.hand_over_weekday - 1):%A}"
