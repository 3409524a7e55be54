"""`manage.py revoke_api_key`: shuts a practice's system out at once."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from referrals.services.keys import KeyRefused, revoke_api_key


class Command(BaseCommand):
    """Revokes one key."""

    help = "Revokes an API key at once. Name it by the part before its dot."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the options."""
        parser.add_argument("prefix", help="the part of the key before the dot")

    def handle(self, *args: Any, **options: Any) -> None:
        """Revoke and say whose it was.

        :raises CommandError: if there is no such key.
        """
        try:
            key = revoke_api_key(options["prefix"].partition(".")[0])
        except KeyRefused as refusal:
            raise CommandError(str(refusal)) from refusal
        self.stdout.write(f"Revoked: {key}")
