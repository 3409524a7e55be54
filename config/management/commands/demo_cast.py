"""`manage.py demo_cast`: the practices and people of the demo, with fresh API keys."""

import json
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from config.demo import casting


class Command(BaseCommand):
    """Sets the demo's cast up and says how each office logs in."""

    help = (
        "Makes the synthetic practices and people of the demo in the running house, or completes "
        "them, and prints a new API key for each. Nobody in it exists."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the options."""
        parser.add_argument("--json", action="store_true", help="print JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        """Set up and print."""
        logins = casting.set_up()
        if options["json"]:
            self.stdout.write(json.dumps([asdict(login) for login in logins]))
            return
        for login in logins:
            self.stdout.write(f"{login.practice}\n  Authorization: Bearer {login.key}")
            for one in login.accounts:
                words = (one["username"], one["password"], one["key"])
                self.stdout.write(f"  desk: {' '.join(words)} ({one['person']})")
