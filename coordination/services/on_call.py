"""Puts people on call. Shifts are the only truth a ladder reads: what wins over one, cuts it.

Everything done here is kept in ``OnCallChange``, with who entered it, when and why.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange

from coordination.models import OnCallChange, OnCallShift
from coordination.services import people, staff_messages
from coordination.services.rota_lock import lock_rota
from referrals import clock
from referrals.models import Practitioner
from referrals.walls import ENGINE, Actor

LONGEST_SHIFT = timedelta(days=31)
FURTHEST_SHIFT = timedelta(days=366)
LONGEST_REASON = 200


class ShiftRefused(ValueError):
    """Nobody can be on call like that; the words say what to write instead.

    They begin with the name of a field and a colon, if there is one to mend.
    """


@dataclass(frozen=True)
class Cover:
    """One person on call at one level, from (inclusive) to (exclusive)."""

    practitioner: Practitioner
    level: str
    starts: datetime
    ends: datetime


@dataclass(frozen=True)
class Why:
    """Who enters a change, and for which reason."""

    by: Actor
    reason: str = ""


@transaction.atomic
def put_on_call(
    practitioner: Practitioner,
    *,
    starts: datetime,
    ends: datetime,
    level: str = OnCallShift.Level.PRIMARY,
    by: Actor = ENGINE,
) -> OnCallShift:
    """Put somebody on call for their practice, from ``starts`` to just before ``ends``.

    :raises ShiftRefused: if it ends before it begins, is too long, lies too far away, or the
        person is no clinician or cannot be reached.
    :raises IntegrityError: if somebody is on call at that level already.
    """
    at = clock.now()
    cover = Cover(practitioner, level, starts, ends)
    _refuse_what_nobody_means(cover, at)
    lock_rota(practitioner.practice_id)
    refuse_who_cannot_be_reached([practitioner], "practitioner")
    shift = write(cover)
    note(OnCallChange.Kind.SHIFT, cover, Why(by), at)
    return shift


@transaction.atomic
def override(cover: Cover, why: Why) -> OnCallShift:
    """Put this person on call instead of whoever is, for that time alone.

    The shifts it meets are cut, also those of a rotation, which does not write there again. What
    is over stays as it was: an override begins now at the earliest.

    :raises ShiftRefused: if it cannot be meant, the person is no clinician or cannot be reached,
        or no reason is given.
    """
    at = clock.now()
    cover = Cover(cover.practitioner, cover.level, max(cover.starts, at), cover.ends)
    if cover.ends <= at:
        raise ShiftRefused("ends: this time is over. Enter one that is still to come.")
    _refuse_what_nobody_means(cover, at)
    _refuse_no_reason(why)
    lock_rota(cover.practitioner.practice_id)
    refuse_who_cannot_be_reached([cover.practitioner], "practitioner")
    before = clear(cover.practitioner.practice_id, cover.level, cover.starts, cover.ends)
    shift = write(cover)
    change = note(OnCallChange.Kind.OVERRIDE, cover, why, at, instead_of=before)
    staff_messages.tell_of_override(change, before)
    return shift


@transaction.atomic
def swap(first_id: int, second_id: int, why: Why) -> tuple[OnCallShift, OnCallShift]:
    """Exchange the people of two shifts of the actor's practice, which lie ahead.

    :raises ShiftRefused: if one of them has begun, is not there, or both are one person's.
    """
    at = clock.now()
    _refuse_no_reason(why)
    lock_rota(why.by.own_practice_id)
    own = OnCallShift.objects.standing().filter(
        practice=why.by.own_practice_id, pk__in=(first_id, second_id)
    )
    shifts = list(own.select_related("practitioner").order_by("pk"))
    if len(shifts) != 2:
        raise ShiftRefused("second: choose two different shifts of your practice.")
    one, other = shifts
    if any(shift.period.lower <= at for shift in shifts):
        raise ShiftRefused(
            "first: a shift that has begun cannot be swapped. Enter an override for what is left."
        )
    if one.practitioner_id == other.practitioner_id:
        raise ShiftRefused("second: both shifts are one person's. There is nothing to swap.")
    refuse_who_cannot_be_reached([one.practitioner, other.practitioner], "first")
    one.practitioner, other.practitioner = other.practitioner, one.practitioner
    changes = []
    for shift, before in ((one, other), (other, one)):
        # What two people agreed on stays, also if the rotation ends.
        shift.rotation = None
        shift.save(update_fields=["practitioner", "rotation"])
        cover = Cover(shift.practitioner, shift.level, shift.period.lower, shift.period.upper)
        changes.append(
            note(OnCallChange.Kind.SWAP, cover, why, at, instead_of=[before.practitioner])
        )
    staff_messages.tell_of_swap(changes)
    return one, other


def clear(
    practice_id: int, level: str, begin: datetime, end: datetime, *, of: int | None = None
) -> list[Practitioner]:
    """Cut that time out of the shifts at this level; return whose they were, in order.

    The caller holds :func:`lock_rota`.

    :param of: only of the shifts that this rotation wrote.
    """
    met = OnCallShift.objects.filter(practice=practice_id, level=level).between(begin, end)
    if of is not None:
        met = met.filter(rotation=of)
    whose = []
    for shift in met.select_related("practitioner").order_by("period"):
        whose.append(shift.practitioner)
        lower, upper = shift.period.lower, shift.period.upper
        if lower < begin:
            shift.period = DateTimeTZRange(lower, begin)
            shift.save(update_fields=["period"])
        else:
            shift.taken_back_at = clock.now()
            shift.save(update_fields=["taken_back_at"])
        if upper > end:
            rest = Cover(shift.practitioner, level, end, upper)
            write(rest, rotation=shift.rotation_id)
    return whose


def take_back(rotation_id: int, at: datetime) -> None:
    """Take back what a rotation wrote and has not begun. The caller holds :func:`lock_rota`."""
    ahead = OnCallShift.objects.standing().filter(rotation=rotation_id, period__startswith__gt=at)
    ahead.update(taken_back_at=at)


def write(cover: Cover, rotation: int | None = None) -> OnCallShift:
    """Write one shift into free time. The caller holds :func:`lock_rota`."""
    return OnCallShift.objects.create(
        practice=cover.practitioner.practice,
        practitioner=cover.practitioner,
        level=cover.level,
        period=DateTimeTZRange(cover.starts, cover.ends),
        rotation_id=rotation,
    )


def note(
    kind: str,
    cover: Cover,
    why: Why,
    at: datetime,
    instead_of: Iterable[Practitioner] = (),
) -> OnCallChange:
    """Keep what was changed, for ever."""
    return OnCallChange.objects.create(
        practice_id=cover.practitioner.practice_id,
        level=cover.level,
        kind=kind,
        person=cover.practitioner,
        begins=cover.starts,
        ends=cover.ends,
        instead_of=[str(person) for person in instead_of],
        reason=why.reason,
        entered_by=why.by.name,
        at=at,
    )


def refuse_who_cannot_be_reached(persons: Iterable[Practitioner], field: str) -> None:
    """Refuse to rely on somebody whom no message finds, unless their practice is closed.

    :raises ShiftRefused: naming them and how to mend it.
    """
    relied_on = [person for person in persons if person.practice.is_active]
    found = people.reachable(person.pk for person in relied_on)
    lost = [str(person) for person in relied_on if person.pk not in found]
    if lost:
        raise ShiftRefused(
            f"{field}: {', '.join(lost)} cannot be reached: nobody could be called. Add a number "
            "or an e-mail address under “How we are reached” first, or choose somebody else."
        )


def _refuse_what_nobody_means(cover: Cover, at: datetime) -> None:
    if not cover.practitioner.is_clinician:
        raise ShiftRefused(
            f"practitioner: {cover.practitioner} is no clinician, and could not take a patient. "
            "Choose a clinician."
        )
    near = abs(cover.starts - at) <= FURTHEST_SHIFT
    if not (near and timedelta() < cover.ends - cover.starts <= LONGEST_SHIFT):
        raise ShiftRefused(
            "A shift begins within a year from now, ends after it begins, "
            "and lasts at most 31 days."
        )


def _refuse_no_reason(why: Why) -> None:
    if not 0 < len(why.reason.strip()) <= LONGEST_REASON:
        raise ShiftRefused(
            f"reason: say why in a few words, at most {LONGEST_REASON} letters. "
            "It is kept with your name."
        )
