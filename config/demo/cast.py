"""The practices and people of the demo. Nobody here exists; every name says DEMO."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction

from coordination import services as coordination
from coordination.models import OnCallShift
from referrals import clock
from referrals.models import Practice, Practitioner
from referrals.models.api_key import Scope
from referrals.models.practice import Role, Specialty
from referrals.services.keys import issue_api_key
from referrals.services.practices import (
    register_emergency_department,
    register_person,
    register_practice,
)

ON_CALL_FOR = timedelta(days=7)
KEY_LIVES = timedelta(days=30)


@dataclass(frozen=True)
class Person:
    """One invented person with their addresses."""

    name: str
    role: Role
    phone: str
    email: str
    credentials: str = ""
    on_call: str = ""


@dataclass(frozen=True)
class Office:
    """One invented practice with its people and its front desk."""

    name: str
    short_name: str
    specialty: Specialty
    region: str
    front_desk: str
    people: tuple[Person, ...]
    capabilities: tuple[str, ...] = ()


OFFICES = (
    Office(
        "DEMO Lakeside Pain Clinic",
        "LAKESIDE PAIN",
        Specialty.PAIN,
        "Cook North-West",
        "desk@lakeside-pain.example",
        (
            Person(
                "Dr DEMO Amara Osei", Role.CLINICIAN, "+15550100101",
                "osei@lakeside-pain.example", "MD", OnCallShift.Level.PRIMARY,
            ),
            Person(
                "DEMO Jo Lind", Role.COORDINATOR, "+15550100102", "lind@lakeside-pain.example"
            ),
        ),
    ),
    Office(
        "DEMO Northwest Spine",
        "NORTHWEST SPINE",
        Specialty.SPINE,
        "Cook North-West",
        "desk@northwest-spine.example",
        (
            Person(
                "Dr DEMO Ravi Menon", Role.CLINICIAN, "+15550100201",
                "menon@northwest-spine.example", "MD, FAANS", OnCallShift.Level.PRIMARY,
            ),
            Person(
                "Dr DEMO Eva Lund", Role.CLINICIAN, "+15550100202",
                "lund@northwest-spine.example", "MD", OnCallShift.Level.BACKUP,
            ),
        ),
        ("emergency",),
    ),
    Office(
        "DEMO Fox River Spine",
        "FOX RIVER SPINE",
        Specialty.SPINE,
        "Kane",
        "desk@fox-river-spine.example",
        (
            Person(
                "Dr DEMO Paul Beck", Role.CLINICIAN, "+15550100301",
                "beck@fox-river-spine.example", "MD", OnCallShift.Level.PRIMARY,
            ),
        ),
        ("emergency",),
    ),
    Office(
        "DEMO Referral Network",
        "NETWORK",
        Specialty.COORDINATION,
        "Illinois",
        "desk@network.example",
        (Person("DEMO Sam Reyes", Role.COORDINATOR, "+15550100401", "reyes@network.example"),),
    ),
)  # fmt: skip


@dataclass(frozen=True)
class Login:
    """What one office of the demo needs to call the API: a fresh key and its people's ids."""

    practice: str
    id: str
    key: str
    people: dict[str, str]
    desk: str


@transaction.atomic
def set_up() -> list[Login]:
    """Make the cast, or complete what an earlier run made, and give each office a new key."""
    return [_set_up(office) for office in OFFICES]


def _set_up(office: Office) -> Login:
    practice = Practice.objects.filter(name=office.name).first() or _register(office)
    people = {person.name: _person(practice, person) for person in office.people}
    _keep_on_call(office.people, people)
    return Login(
        practice=office.name,
        id=str(practice.uuid),
        key=issue_api_key(
            practice, name="demo", scopes=[scope.value for scope in Scope], lives=KEY_LIVES
        ),
        people={name: str(person.uuid) for name, person in people.items()},
        desk=office.front_desk,
    )


def _register(office: Office) -> Practice:
    practice = register_practice(
        name=office.name,
        short_name=office.short_name,
        specialty=office.specialty,
        time_zone="America/Chicago",
        region=office.region,
        capabilities=list(office.capabilities),
    )
    coordination.add_contact_point(practice, channel="email", address=office.front_desk)
    register_emergency_department(
        practice,
        ed_name="DEMO Community Hospital",
        ed_phone="+15550100911",
        mri_around_the_clock=True,
        spine_cover="DEMO Northwest Spine",
        transfer_agreement=True,
        reviewed_at=clock.now().date(),
    )
    return practice


def _person(practice: Practice, person: Person) -> Practitioner:
    known = Practitioner.objects.filter(practice=practice, name=person.name).first()
    if known:
        return known
    made = register_person(
        practice, name=person.name, role=person.role, credentials=person.credentials
    )
    for channel, address in (("sms", person.phone), ("email", person.email)):
        coordination.add_contact_point(
            practice, channel=channel, address=address, practitioner=made
        )
    return made


def _keep_on_call(people: Iterable[Person], made: dict[str, Practitioner]) -> None:
    now = clock.now()
    for person in people:
        practitioner = made[person.name]
        covered = OnCallShift.objects.covering(now).filter(practitioner=practitioner).exists()
        if person.on_call and not covered:
            coordination.put_on_call(
                practitioner, starts=now, ends=now + ON_CALL_FOR, level=person.on_call
            )
