"""`manage.py set_pin`: gives a person the PIN with which they accept from a link."""

import getpass
import json
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from referrals.models import Practitioner
from referrals.services.pins import DIGITS, PinUnusable, set_pin


class Command(BaseCommand):
    """Sets one PIN."""

    help = (
        "Sets a person's PIN, which the link of an urgent message asks for when they accept. It "
        "is asked for twice and not shown; without a terminal it is read from standard input. "
        "Exit code 0: set; 1: refused, and the reason is said."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the options."""
        parser.add_argument("practice", help="name or id of the practice")
        parser.add_argument("person", help="name or id of the person")
        parser.add_argument("--json", action="store_true", help="print JSON; the PIN is not in it")

    def handle(self, *args: Any, **options: Any) -> None:
        """Ask, set and say for whom.

        :raises CommandError: if there is no such person, or the PIN cannot be one.
        """
        person = _find(options["practice"], options["person"])
        try:
            set_pin(person.pk, _ask())
        except PinUnusable as refusal:
            raise CommandError(str(refusal)) from refusal
        if options["json"]:
            said = {"practice": person.practice.name, "person": person.name, "id": str(person.uuid)}
            self.stdout.write(json.dumps(said))
        else:
            self.stdout.write(f"{person} can accept from the link of a message now.")


def _ask() -> str:
    if not sys.stdin.isatty():
        return sys.stdin.readline().strip()
    pin = getpass.getpass(f"New PIN, {DIGITS} digits: ")
    if getpass.getpass("Once more: ") != pin:
        raise PinUnusable("The two did not agree. Nothing was changed; try again.")
    return pin


def _find(practice: str, words: str) -> Practitioner:
    people = Practitioner.objects.filter(is_active=True).select_related("practice")
    there = [
        one for one in people.order_by("name")
        if practice in (one.practice.name, str(one.practice.uuid))
    ]  # fmt: skip
    for person in there:
        if words in (person.name, str(person.uuid)):
            return person
    known = ", ".join(person.name for person in there)
    raise CommandError(f"There is no {words!r} at {practice!r}. Known there: {known or 'nobody'}.")
