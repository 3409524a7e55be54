"""Who covers which time on call, and when nobody does. It only reads."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, Q, QuerySet

from coordination import rota
from coordination.models import OnCallShift, Rotation
from coordination.routing import EMERGENCY_CAPABILITY
from coordination.services import people
from referrals.models import Practice
from referrals.models.practice import Specialty

LOOK_AHEAD = timedelta(days=14)


@dataclass(frozen=True)
class Stretch:
    """A time and who covers it: nobody if ``person`` is empty.

    Somebody who is on the rota and whom no message finds covers nothing; ``lost`` names them.
    """

    begins: datetime
    ends: datetime
    person: str = ""
    lost: str = ""

    @property
    def is_gap(self) -> bool:
        """Whether nobody can be reached."""
        return not self.person


@dataclass(frozen=True)
class Coverage:
    """One level of one practice: its stretches in order, without a hole from begin to end."""

    practice: Practice
    level: str
    stretches: list[Stretch]

    @property
    def gaps(self) -> list[Stretch]:
        """The times at which nobody can be reached."""
        return [stretch for stretch in self.stretches if stretch.is_gap]

    @property
    def is_all_gap(self) -> bool:
        """Whether nobody covers any of it."""
        return len(self.gaps) == len(self.stretches)


def takes_urgent() -> QuerySet[Practice]:
    """Return the practices to which a red flag may go: they say so, or have a rota."""
    on_rota = Exists(OnCallShift.objects.standing().filter(practice=OuterRef("pk")))
    turns = Exists(Rotation.objects.running().filter(practice=OuterRef("pk")))
    able = Q(capabilities__contains=[EMERGENCY_CAPABILITY]) | on_rota | turns
    active = Practice.objects.beside(None).filter(able)
    return active.exclude(specialty=Specialty.COORDINATION).order_by("name")


def coverage(practices: QuerySet[Practice], begin: datetime, end: datetime) -> Iterator[Coverage]:
    """Tell for each practice and level who covers ``begin`` to ``end``, and what nobody does."""
    known = list(practices)
    shifts = list(
        OnCallShift.objects.between(begin, end)
        .filter(practice__in=known)
        .select_related("practitioner")
        .order_by("period")
    )
    found = people.reachable(shift.practitioner_id for shift in shifts)
    for practice in known:
        for level in OnCallShift.Level:
            own = [one for one in shifts if (one.practice_id, one.level) == (practice.pk, level)]
            yield Coverage(practice, level, _stretches(own, found, begin, end))


def _stretches(
    shifts: list[OnCallShift], found: set[int], begin: datetime, end: datetime
) -> list[Stretch]:
    covered = [_stretch(shift, found, begin, end) for shift in shifts]
    taken = [(stretch.begins, stretch.ends) for stretch in covered]
    nobody = [Stretch(*period) for period in rota.free(taken, begin, end)]
    return sorted(covered + nobody, key=lambda stretch: stretch.begins)


def _stretch(shift: OnCallShift, found: set[int], begin: datetime, end: datetime) -> Stretch:
    begins, ends = max(shift.period.lower, begin), min(shift.period.upper, end)
    name = str(shift.practitioner)
    if shift.practitioner_id in found:
        return Stretch(begins, ends, person=name)
    return Stretch(begins, ends, lost=name)
