"""`manage.py reference`: writes `docs/reference` from the tables in the code, or checks it."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from config.reference import pages


class Command(BaseCommand):
    """Writes the reference pages; with ``--check`` it changes nothing and says what is stale."""

    help = "Writes docs/reference from the tables in the code. It needs no database."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the options."""
        parser.add_argument(
            "--check", action="store_true", help="write nothing; exit 1 if a page is stale"
        )
        parser.add_argument("--folder", type=Path, default=pages.FOLDER, help="where the pages lie")

    def handle(self, *args: Any, **options: Any) -> None:
        """Write or check.

        :raises CommandError: if a page is stale; the message names it and says how to mend it.
        """
        rendered = pages.render_all()
        if options["check"]:
            _refuse(pages.stale(options["folder"], rendered))
            return
        for name in pages.write(options["folder"], rendered):
            self.stdout.write(f"wrote {name}")


def _refuse(stale: list[str]) -> None:
    if stale:
        raise CommandError(f"Not in step with the code: {', '.join(stale)}. Run: make docs")
