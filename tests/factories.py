"""One ``make_x`` a model, valid by default. They write as the owner, through the services."""

from datetime import timedelta
from itertools import count
from typing import Any

from coordination import services as coordination
from coordination.models import ContactPoint
from referrals import clinical, clock
from referrals import services as referrals
from referrals.models import Practice, Practitioner, Referral
from referrals.models.practice import Role, Specialty
from referrals.services.practices import register_person, register_practice
from referrals.walls import Actor

_numbers = count(1)

CAUDA_EQUINA = {"saddle_sensory_change": "present", "urinary_retention": "present"}
STABLE_CLAUDICATION = {
    "neurogenic_claudication_stable": "present",
    "imaging_severe_stenosis": "present",
}
FOOT_DROP_TODAY = {"foot_drop": "present", "motor_onset_days": 3}
CONTACTS = {"sms": "+1555{0:07d}", "voice": "+1555{0:07d}", "email": "person{0}@example.org"}


def make_practice(specialty: str = Specialty.SPINE, **given: Any) -> Practice:
    number = next(_numbers)
    facts = {
        "name": f"DEMO Practice {number}",
        "short_name": f"DEMO {number}",
        "specialty": specialty,
        "time_zone": "America/Chicago",
        "region": "Cook",
        "capabilities": ["emergency"] if specialty == Specialty.SPINE else [],
    }
    return register_practice(**(facts | given))


def make_person(
    practice: Practice,
    role: str = Role.CLINICIAN,
    channels: tuple[str, ...] = ("sms", "voice", "email"),
    **given: Any,
) -> Practitioner:
    number = next(_numbers)
    facts = {"name": f"Dr DEMO {number}", "role": role, "credentials": "MD"} | given
    person = register_person(practice, **facts)
    for channel in channels:
        coordination.add_contact_point(
            practice, channel=channel, address=CONTACTS[channel].format(number), practitioner=person
        )
    return person


def make_shift(person: Practitioner, level: str = "primary", hours: int = 24) -> None:
    now = clock.now()
    coordination.put_on_call(
        person, starts=now - timedelta(hours=1), ends=now + timedelta(hours=hours), level=level
    )


def make_front_desk(practice: Practice, channel: str = "email") -> None:
    address = CONTACTS[channel].format(next(_numbers))
    coordination.add_contact_point(practice, channel=channel, address=address)


def make_answering_service(practice: Practice) -> ContactPoint:
    number = f"+1555{next(_numbers):07d}"
    return coordination.add_contact_point(practice, channel="answering_service", address=number)


def make_actor(practice: Practice, person: Practitioner | None = None) -> Actor:
    name = str(person) if person else f"{practice.short_name} (system)"
    return Actor(kind="practice", name=name, practice_id=practice.pk)


def make_intake(
    findings: dict[str, Any] | None = None,
    sought: str = Specialty.SPINE,
    *,
    by_clinician: bool = False,
    **given: Any,
) -> referrals.Intake:
    submission = clinical.read_submission(
        CAUDA_EQUINA if findings is None else findings,
        units_required=True,
        stated_by_clinician=by_clinician,
    )
    facts = {"patient": {"family_name": "DEMO", "is_demo": True}, "reason_code": "RED_FLAG"}
    return referrals.Intake(sought_specialty=sought, findings=submission, **(facts | given))


def make_referral(sender: Practice, **given: Any) -> Referral:
    return referrals.submit(make_intake(**given), by=make_actor(sender))
