"""`manage.py probe_cast`: the two invented practices between which the watchdog tries the way."""

from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from coordination import services as coordination
from coordination.escalation import EMAIL
from coordination.models import ContactPoint
from referrals.models import Practice, Practitioner
from referrals.models.api_key import Scope
from referrals.models.practice import Role, Specialty
from referrals.services.keys import issue_api_key
from referrals.services.practices import register_person, register_practice

PAIR = {Specialty.PAIN: "DEMO Probe Pain", Specialty.SPINE: "DEMO Probe Spine"}


class Command(BaseCommand):
    """Makes the pair, or completes it, and prints fresh keys."""

    help = (
        "Makes two invented practices that nobody sees and that see nobody, and prints the keys "
        "with which the watchdog sends a synthetic emergency from one to the other. Its messages "
        "go to the sink, a mailbox that nobody reads."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the options."""
        parser.add_argument("--sink", required=True, help="the e-mail address of the sink")

    def handle(self, *args: Any, **options: Any) -> None:
        """Set up and print.

        :raises CommandError: if the sink is no address.
        """
        try:
            with transaction.atomic():
                keys = [_key(specialty, options["sink"]) for specialty in PAIR]
        except (coordination.AddressRefused, ValidationError) as refusal:
            raise CommandError(f"--sink: {refusal}") from refusal
        self.stdout.write(f"WATCHDOG_PROBE_KEYS={','.join(keys)}")


def _key(specialty: Specialty, sink: str) -> str:
    practice = Practice.objects.filter(name=PAIR[specialty]).first() or register_practice(
        name=PAIR[specialty],
        short_name=PAIR[specialty],
        specialty=specialty,
        time_zone="UTC",
        region="Probe",
        capabilities=["emergency"],
        is_synthetic=True,
    )
    person = Practitioner.objects.filter(practice=practice).first() or register_person(
        practice, name="Dr DEMO Probe", role=Role.CLINICIAN, credentials="MD"
    )
    # Whoever refers, and the desk of whom is asked: the pair has no rota that could run out.
    for whose in (person, None):
        if not ContactPoint.objects.filter(practice=practice, practitioner=whose).exists():
            coordination.add_contact_point(
                practice, channel=EMAIL, address=sink, practitioner=whose
            )
    scopes = [scope.value for scope in Scope]
    return issue_api_key(practice, name="probe", scopes=scopes)
