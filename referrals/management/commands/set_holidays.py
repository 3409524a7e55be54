"""`manage.py set_holidays`: on which days a practice is closed."""

import json
from argparse import ArgumentParser, ArgumentTypeError
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from referrals.models import Practice
from referrals.services.practices import set_holidays


class Command(BaseCommand):
    """Sets the holidays of one practice."""

    help = (
        "Sets the days on which a practice is closed, in place of those it had; without a day it "
        "only lists them. Working time for urgent and routine steps leaves them out from the next "
        "step on; what is due already stays due. No red flag waits for a holiday. "
        "Exit code 0: done; 1: refused, and the reason is said."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the options."""
        parser.add_argument("practice", help="name or id of the practice")
        parser.add_argument("day", nargs="*", type=_day, help="such as 2026-12-25")
        parser.add_argument("--none", action="store_true", help="the practice has no holidays")
        parser.add_argument("--json", action="store_true", help="print JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        """Set, or only list.

        :raises CommandError: if there is no such practice, or days come with ``--none``.
        """
        practice, days = _find(options["practice"]), options["day"]
        if days and options["none"]:
            raise CommandError("Name the holidays, or say --none, not both.")
        if days or options["none"]:
            practice = set_holidays(practice.pk, days)
        said = [day.isoformat() for day in practice.holidays]
        if options["json"]:
            self.stdout.write(json.dumps({"practice": practice.name, "holidays": said}))
        else:
            self.stdout.write(f"{practice.name} is closed on: {', '.join(said) or 'no day'}")


def _day(word: str) -> date:
    try:
        return date.fromisoformat(word)
    except ValueError as error:
        raise ArgumentTypeError(f"{word!r} is not a day, such as 2026-12-25") from error


def _find(word: str) -> Practice:
    practices = Practice.objects.order_by("name")
    for practice in practices:
        if word in (practice.name, str(practice.uuid)):
            return practice
    known = ", ".join(practice.name for practice in practices)
    raise CommandError(f"There is no practice {word!r}. Known: {known or 'none'}.")
