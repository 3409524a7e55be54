"""Begins and ends rotations, and writes their shifts ahead. They only fill time that is free."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db import transaction

from coordination import rota
from coordination.models import OnCallChange, OnCallShift, Rotation, RotationPlace
from coordination.models.rotation import MOST_DAYS
from coordination.services import on_call
from coordination.services.on_call import Cover, ShiftRefused
from coordination.services.rota_lock import lock_rota
from referrals import clock
from referrals.models import Practice, Practitioner
from referrals.walls import Actor

log = logging.getLogger(__name__)

AHEAD = timedelta(weeks=6)
_LAST = timedelta(days=366)


@dataclass(frozen=True)
class Turns:
    """A rotation to begin. ``weekday`` is ISO, for a length in weeks; ``None`` for days."""

    level: str
    members: Sequence[Practitioner]
    length: int
    unit: str
    hand_over_at: time
    starts_on: date
    weekday: int | None = None


@transaction.atomic
def begin_rotation(plan: Turns, *, by: Actor) -> Rotation:
    """Let the members take turns from that day on, and write the shifts of the next six weeks.

    It takes the place of the rotation at this level: what that wrote from then on is taken back.
    What people entered by hand stays, and wins.

    :raises ShiftRefused: if it cannot be meant, or a member cannot be reached.
    """
    at, practice = clock.now(), Practice.objects.get(pk=by.own_practice_id)
    lock_rota(practice.pk)
    _refuse(plan, practice, at)
    rotation = _planned(plan, practice, by, at)
    begins = max(rotation.pattern(len(plan.members)).starts, at)
    _replace(practice, plan.level, begins, by, at)
    rotation.written_until = begins
    rotation.save()
    RotationPlace.objects.bulk_create(
        RotationPlace(rotation=rotation, practitioner=member, place=place)
        for place, member in enumerate(plan.members)
    )
    _note(OnCallChange.Kind.ROTATION, rotation, begins, (by, at))
    _write_ahead(rotation, at + AHEAD)
    return rotation


@transaction.atomic
def end_rotation(rotation_id: int, *, by: Actor) -> Rotation:
    """End a rotation of the actor's practice: shifts of it that have not begun are taken back.

    :raises Rotation.DoesNotExist: if no rotation of theirs with this number runs.
    """
    at = clock.now()
    lock_rota(by.own_practice_id)
    running = Rotation.objects.filter(practice=by.own_practice_id, ended_at__isnull=True)
    rotation = running.get(pk=rotation_id)
    _end(rotation, by, at)
    on_call.take_back(rotation.pk, at)
    return rotation


def keep_rotations() -> int:
    """Write the shifts of each rotation that reach less than six weeks ahead; return how many.

    Saying it again writes nothing. One that cannot be written holds up no other.
    """
    behind = Rotation.objects.behind(clock.now() + AHEAD).order_by("pk")
    return sum(_keep(pk, practice) for pk, practice in behind.values_list("pk", "practice"))


def _keep(pk: int, practice_id: int) -> bool:
    try:
        with transaction.atomic():
            lock_rota(practice_id)
            until = clock.now() + AHEAD
            # Whoever was here first has moved the mark, or ended it.
            behind = Rotation.objects.behind(until).select_related("practice")
            rotation = behind.filter(pk=pk).first()
            return rotation is not None and _write_ahead(rotation, until)
    except Exception:
        log.exception("a rotation could not be written", extra={"practice": practice_id})
        return False


def _write_ahead(rotation: Rotation, until: datetime) -> bool:
    members, before = _members(rotation), rotation.written_until
    begin = max(before, clock.now())
    for turn in rota.turns(rotation.pattern(len(members)), begin, until):
        begins = max(turn.begins, begin)
        there = OnCallShift.objects.filter(practice=rotation.practice_id, level=rotation.level)
        taken = [
            (shift.period.lower, shift.period.upper) for shift in there.between(begins, turn.ends)
        ]
        for starts, ends in rota.free(taken, begins, turn.ends):
            cover = Cover(members[turn.member], rotation.level, starts, ends)
            on_call.write(cover, rotation.pk)
        rotation.written_until = turn.ends
    rotation.save(update_fields=["written_until"])
    return rotation.written_until > before


def _members(rotation: Rotation) -> list[Practitioner]:
    places = rotation.places.select_related("practitioner__practice").order_by("place")
    return [place.practitioner for place in places]


def _planned(plan: Turns, practice: Practice, by: Actor, at: datetime) -> Rotation:
    return Rotation(
        practice=practice,
        level=plan.level,
        length=plan.length,
        unit=plan.unit,
        hand_over_weekday=plan.weekday,
        hand_over_at=plan.hand_over_at,
        starts_on=plan.starts_on,
        begun_at=at,
        begun_by=by.name,
    )


def _replace(practice: Practice, level: str, begins: datetime, by: Actor, at: datetime) -> None:
    earlier = Rotation.objects.filter(practice=practice, level=level, ended_at__isnull=True).first()
    if earlier:
        _write_ahead(earlier, begins)
        _end(earlier, by, at)
        on_call.clear(practice.pk, level, begins, begins + _LAST, of=earlier.pk)


def _end(rotation: Rotation, by: Actor, at: datetime) -> None:
    rotation.ended_at, rotation.ended_by = at, by.name
    rotation.save(update_fields=["ended_at", "ended_by"])
    _note(OnCallChange.Kind.ROTATION_ENDED, rotation, at, (by, at))


def _note(kind: str, rotation: Rotation, begins: datetime, said: tuple[Actor, datetime]) -> None:
    by, at = said
    OnCallChange.objects.create(
        practice=rotation.practice,
        level=rotation.level,
        kind=kind,
        begins=begins,
        members=[str(member) for member in _members(rotation)],
        entered_by=by.name,
        at=at,
    )


def _refuse(plan: Turns, practice: Practice, at: datetime) -> None:
    weeks = plan.unit == Rotation.Unit.WEEK
    if not 1 <= plan.length * (7 if weeks else 1) <= MOST_DAYS:
        raise ShiftRefused("length: a turn lasts from one day to four weeks.")
    if weeks != (plan.weekday is not None):
        raise ShiftRefused("weekday: choose the day of hand-over for weeks, and none for days.")
    if not plan.members:
        raise ShiftRefused("members: choose at least one person.")
    if len({member.pk for member in plan.members}) != len(plan.members):
        raise ShiftRefused("members: each person stands in a rotation once.")
    if any(not _may_be_on_call(member, practice) for member in plan.members):
        raise ShiftRefused("members: choose clinicians who work at your practice.")
    today = at.astimezone(practice.zone).date()
    if not today <= plan.starts_on < today + AHEAD:
        raise ShiftRefused("starts_on: a rotation begins today, or within the next six weeks.")
    on_call.refuse_who_cannot_be_reached(plan.members, "members")


def _may_be_on_call(person: Practitioner, practice: Practice) -> bool:
    return person.practice_id == practice.pk and person.is_active and person.is_clinician
