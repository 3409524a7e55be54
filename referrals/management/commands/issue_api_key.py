"""`manage.py issue_api_key`: lets the system of a practice in, with a key that is shown once."""

import json
from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from referrals.models import Practice
from referrals.models.api_key import Scope
from referrals.services import issue_api_key
from referrals.services.keys import LONGEST_LIFE


class Command(BaseCommand):
    """Issues one key."""

    help = (
        "Issues an API key for a practice and prints it. It is shown this one time: only its "
        "hash is stored."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the options."""
        parser.add_argument("practice", help="name or id of the practice")
        parser.add_argument("--name", default="system", help="what the key is for (system)")
        parser.add_argument(
            "--scope",
            action="append",
            choices=Scope.values,
            help="what it may do; give it several times (default: everything)",
        )
        parser.add_argument(
            "--days", type=int, default=LONGEST_LIFE.days, help="how long it lives, 1 to 365 (365)"
        )
        parser.add_argument("--json", action="store_true", help="print JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        """Issue and print.

        :raises CommandError: if there is no such practice, or the days are out of range.
        """
        practice = _find(options["practice"])
        try:
            key = issue_api_key(
                practice,
                name=options["name"],
                scopes=options["scope"] or Scope.values,
                lives=timedelta(days=options["days"]),
            )
        except ValueError as refusal:
            raise CommandError(str(refusal)) from refusal
        if options["json"]:
            self.stdout.write(json.dumps({"practice": practice.name, "key": key}))
        else:
            self.stdout.write(key)


def _find(words: str) -> Practice:
    for practice in Practice.objects.filter(is_active=True).order_by("name"):
        if words in (practice.name, str(practice.uuid)):
            return practice
    known = ", ".join(Practice.objects.order_by("name").values_list("name", flat=True)[:20])
    raise CommandError(f"There is no practice {words!r}. Known: {known or 'none yet'}.")
