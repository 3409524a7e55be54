"""`manage.py add_staff_account`: lets a person of a practice sign in at the desk."""

import json
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from referrals.models import Practice, Practitioner
from referrals.models.practice import Role
from referrals.services import accounts
from referrals.services.practices import register_person


class Command(BaseCommand):
    """Adds an account, or starts one over."""

    help = (
        "Makes an account for the desk and prints its password, this one time. At the first "
        "sign-in the person enrols an authenticator. Ends with 1 if it is refused."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the options."""
        parser.add_argument("username", help="the name to sign in with")
        whom = parser.add_mutually_exclusive_group(required=True)
        whom.add_argument("--practitioner", help="name or id of a person who is known")
        whom.add_argument("--practice", help="name or id of the practice of a new person")
        whom.add_argument(
            "--start-over",
            action="store_true",
            help="new password and new authenticator for an account, after a lost telephone",
        )
        parser.add_argument("--name", default="", help="the new person's name")
        parser.add_argument(
            "--role", choices=[Role.NURSE.value, Role.COORDINATOR.value, Role.FRONT_DESK.value],
            default=Role.COORDINATOR.value, help="the new person's role (coordinator)",
        )  # fmt: skip
        parser.add_argument("--json", action="store_true", help="print JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        """Make and print.

        :raises CommandError: if there is no such person or practice, or the account is refused.
        """
        try:
            made = _make(options)
        except (accounts.AccountRefused, ValidationError) as refusal:
            raise CommandError(" ".join(_words(refusal))) from refusal
        if options["json"]:
            self.stdout.write(json.dumps(asdict(made)))
            return
        self.stdout.write(f"{made.person}, {made.practice}")
        self.stdout.write(f"  user name  {made.username}")
        self.stdout.write(f"  password   {made.password}   (shown this one time)")
        self.stdout.write("  An authenticator is enrolled at the first sign-in.")


@transaction.atomic
def _make(options: dict[str, Any]) -> accounts.NewAccount:
    if options["start_over"]:
        return accounts.start_over(options["username"])
    person = _known(options) if options["practitioner"] else _new(options)
    return accounts.add_staff_account(person, username=options["username"])


def _known(options: dict[str, Any]) -> Practitioner:
    words = options["practitioner"]
    people = Practitioner.objects.filter(is_active=True).select_related("practice")
    found = [person for person in people if words in (person.name, str(person.uuid))]
    if len(found) != 1:
        wrong = "Several people are" if found else "Nobody is"
        raise CommandError(f"{wrong} called {words!r}. Give the id of the person instead.")
    return found[0]


def _new(options: dict[str, Any]) -> Practitioner:
    words = options["practice"]
    for practice in Practice.objects.filter(is_active=True):
        if words in (practice.name, str(practice.uuid)):
            return register_person(practice, name=options["name"], role=options["role"])
    raise CommandError(f"There is no practice {words!r}.")


def _words(refusal: Exception) -> list[str]:
    return refusal.messages if isinstance(refusal, ValidationError) else [str(refusal)]
