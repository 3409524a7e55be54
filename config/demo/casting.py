"""Puts the demo's cast into a house: practices, people, addresses, shifts and fresh API keys."""

from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from config.demo.accounts import desk_login
from config.demo.cast import HOSPITAL, HOSPITAL_PHONE, OFFICES, PIN, ZONE, Login, Office, Person
from config.sandbox.client import SandboxClient
from coordination import services as coordination
from coordination.escalation import EMAIL, SMS, WEBHOOK
from coordination.models import ContactPoint, OnCallShift
from coordination.services.contacts import switch_off
from referrals import clock
from referrals.models import Practice, Practitioner
from referrals.models.api_key import Scope
from referrals.services.keys import issue_api_key
from referrals.services.pins import set_pin
from referrals.services.practices import (
    register_emergency_department,
    register_person,
    register_practice,
)

ON_CALL_FOR = timedelta(days=7)
KEY_LIVES = timedelta(days=30)


@transaction.atomic
def set_up() -> list[Login]:
    """Make the cast, or complete what an earlier run made, and give each office a new key."""
    return [_set_up(office) for office in OFFICES]


def _set_up(office: Office) -> Login:
    practice = Practice.objects.filter(name=office.name).first() or _register(office)
    _reach(practice, None, ((EMAIL, office.front_desk),))
    _connect(practice, office.webhook)
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
        accounts=[
            asdict(desk_login(people[person.name], username=person.username))
            for person in office.people
            if person.username
        ],
    )


def _register(office: Office) -> Practice:
    practice = register_practice(
        name=office.name,
        short_name=office.short_name,
        specialty=office.specialty,
        time_zone=ZONE,
        region=office.region,
        capabilities=list(office.capabilities),
    )
    register_emergency_department(
        practice,
        ed_name=HOSPITAL,
        ed_phone=HOSPITAL_PHONE,
        mri_around_the_clock=True,
        spine_cover="DEMO Northwest Spine",
        transfer_agreement=True,
        reviewed_at=clock.now().date(),
    )
    return practice


def _person(practice: Practice, person: Person) -> Practitioner:
    practitioner = Practitioner.objects.filter(
        practice=practice, name=person.name
    ).first() or register_person(
        practice, name=person.name, role=person.role, credentials=person.credentials
    )
    _reach(practice, practitioner, person.reached)
    if practitioner.is_clinician and SMS in dict(person.reached) and not practitioner.pin_hash:
        set_pin(practitioner.pk, PIN)
    return practitioner


def _reach(
    practice: Practice, owner: Practitioner | None, reached: Iterable[tuple[str, str]]
) -> None:
    for channel, address in reached:
        if channel not in _known(practice, owner):
            coordination.add_contact_point(
                practice, channel=channel, address=address, practitioner=owner
            )


def _connect(practice: Practice, name: str) -> None:
    # A house with real providers has no world of its own outside, hence nowhere to post to.
    if not name or not settings.WEBHOOK_MAY_USE_LOOPBACK:
        return
    sandbox = SandboxClient(settings.SMS_PROVIDER_URL)
    url, point = sandbox.webhook_url(name), _known(practice, None).get(WEBHOOK)
    if point and point.address != url:
        # The sandbox of an earlier run listened on another port.
        switch_off(point)
    if point is None or point.address != url:
        point = coordination.add_contact_point(practice, channel=WEBHOOK, address=url)
    sandbox.expect(name, point.secret)


def _known(practice: Practice, owner: Practitioner | None) -> dict[str, ContactPoint]:
    own = ContactPoint.objects.filter(practice=practice, practitioner=owner, is_active=True)
    return {point.channel: point for point in own}


def _keep_on_call(people: Iterable[Person], made: dict[str, Practitioner]) -> None:
    now = clock.now()
    for person in people:
        if person.on_call:
            _fill_the_gap(made[person.name], person.on_call, now)


def _fill_the_gap(practitioner: Practitioner, level: str, now: datetime) -> None:
    # Whom a visitor has put on call at the desk stays on call.
    at_level = OnCallShift.objects.standing().filter(practice=practitioner.practice, level=level)
    if at_level.covering(now).exists():
        return
    later = at_level.filter(period__startswith__gt=now).order_by("period").first()
    ends = now + ON_CALL_FOR
    if later:
        ends = min(ends, later.period.lower)
    coordination.put_on_call(practitioner, starts=now, ends=ends, level=level)
