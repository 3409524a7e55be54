"""`manage.py reachability`: whether those on call can be reached, before it is needed."""

import json
import sys
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand

from coordination.services.coverage import takes_urgent
from coordination.services.reachability import RED, Finding, findings
from referrals import clock


class Command(BaseCommand):
    """Shows what to mend; changes nothing."""

    help = (
        "Looks at everybody who is on call in the next 14 days: two ways of different kinds that "
        "were proved to work, none failing, each proved within 90 days; and whether the emergency "
        "department of their practice was reviewed within 90 days. Ends with 1 if anything is red."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the options."""
        parser.add_argument("--json", action="store_true", help="print JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        """Look and print."""
        found = list(findings(takes_urgent(), clock.now()))
        if options["json"]:
            self.stdout.write(json.dumps([_row(one) for one in found], indent=2))
        else:
            for one in found:
                who = f"{one.practice.name}: {one.about} ".rstrip(" ")
                self.stdout.write(f"{one.colour.upper()}  {who} {one.words}")
            if not found:
                self.stdout.write("Everybody on call can be reached.")
        if any(one.colour == RED for one in found):
            sys.exit(1)


def _row(one: Finding) -> dict[str, Any]:
    return asdict(one) | {"practice": one.practice.name, "about": one.about or None}
