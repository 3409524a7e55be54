"""`manage.py demo_code`: the six digits that somebody of the demo would read from a telephone."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django_otp.oath import TOTP

from config.demo import accounts
from config.demo.cast import OFFICES


class Command(BaseCommand):
    """Stands for the authenticator app of a person who does not exist."""

    help = (
        "Prints the code that signs somebody of the demo in at the desk just now. It works for the "
        "demo's own accounts only: the key of everybody else is random and is shown to nobody."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the user name."""
        parser.add_argument("username", help="as the demo prints it, such as lind")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the code.

        :raises CommandError: if nobody of the demo has this user name.
        """
        names = [person.username for office in OFFICES for person in office.people]
        if options["username"] not in filter(None, names):
            raise CommandError(f"Of the demo are: {', '.join(filter(None, names))}.")
        code = TOTP(accounts.seed_of(options["username"])).token()
        self.stdout.write(f"{code:06d}")
