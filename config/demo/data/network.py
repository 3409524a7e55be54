"""The practices of the synthetic network, made by the services as any other. Nobody here exists.

The first of them bears the size in its name: by it a later run knows what lies there already.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from config.demo.cast import ZONE
from config.demo.data.proportions import (
    BUSY,
    FEWEST_PRACTICES,
    PAIN_SHARE,
    PRACTICES_A_REGION,
    REFERRALS_A_PRACTICE,
)
from coordination import services as coordination
from coordination.escalation import EMAIL, SMS
from referrals import clock
from referrals.models import Practice
from referrals.models.practice import Role, Specialty
from referrals.services.practices import register_person, register_practice

MARK = "DEMO Data Network of {} referrals"
_MARKED = re.compile(MARK.format(r"(\d+)"))
_ON_CALL_FOR = timedelta(days=7)
_PLACES = ("Birch", "Cedar", "Elm", "Hazel", "Juniper", "Linden", "Maple", "Oak", "Rowan", "Willow")
_KINDS = {Specialty.PAIN: "Pain Clinic", Specialty.SPINE: "Spine"}


@dataclass(frozen=True)
class Office:
    """One practice with its clinician, and where its messages go."""

    pk: int
    name: str
    specialty: str
    busy: int
    clinician: str
    clinician_id: int
    desk: str
    desk_point: UUID
    mobile_point: UUID


def size_that_lies_there() -> int | None:
    """Return how many referrals an earlier run has made, or ``None`` if there was none."""
    names = Practice.objects.filter(specialty=Specialty.COORDINATION).values_list("name", flat=True)
    found = (_MARKED.fullmatch(name) for name in names)
    return next((int(mark.group(1)) for mark in found if mark), None)


def make_network(referrals: int) -> list[Office]:
    """Make the practices that so many referrals need, and the network that coordinates them."""
    register_practice(
        name=MARK.format(referrals),
        short_name="DEMO DATA NETWORK",
        specialty=Specialty.COORDINATION,
        time_zone=ZONE,
        region="DEMO Region 1",
    )
    return list(_offices(max(FEWEST_PRACTICES, referrals // REFERRALS_A_PRACTICE)))


def _offices(count: int) -> Iterator[Office]:
    for number in range(1, count + 1):
        is_pain = number % 10 < 10 * PAIN_SHARE
        yield _office(number, Specialty.PAIN if is_pain else Specialty.SPINE)


def _office(number: int, specialty: Specialty) -> Office:
    place = _PLACES[number % len(_PLACES)]
    practice = register_practice(
        name=f"DEMO {place} {_KINDS[specialty]} {number}",
        short_name=f"DEMO {place.upper()} {number}",
        specialty=specialty,
        time_zone=ZONE,
        region=f"DEMO Region {1 + (number - 1) // PRACTICES_A_REGION}",
        capabilities=["emergency"] if specialty == Specialty.SPINE else [],
    )
    clinician = register_person(
        practice, name=f"Dr DEMO {place} {number}", role=Role.CLINICIAN, credentials="MD"
    )
    # Addresses that lead nowhere, whatever they are handed to.
    desk = coordination.add_contact_point(
        practice, channel=EMAIL, address=f"desk{number}@data.example"
    )
    mobile = coordination.add_contact_point(
        practice, channel=SMS, address=f"+1555{number:07d}", practitioner=clinician
    )
    now = clock.now()
    coordination.put_on_call(clinician, starts=now, ends=now + _ON_CALL_FOR)
    return Office(
        pk=practice.pk,
        name=practice.name,
        specialty=specialty,
        busy=BUSY[number // 2 % len(BUSY)],
        clinician=str(clinician),
        clinician_id=clinician.pk,
        desk=desk.owner_name,
        desk_point=desk.pk,
        mobile_point=mobile.pk,
    )
