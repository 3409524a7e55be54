"""`manage.py demo_data`: a synthetic network with as many referrals as are wanted."""

import json
import re
import sys
from argparse import ArgumentTypeError
from dataclasses import asdict
from time import monotonic
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import OperationalError

from config.demo.data import loading

_SIZE = re.compile(r"(\d+)([km]?)", re.IGNORECASE)
_TIMES = {"": 1, "k": 1_000, "m": 1_000_000}
FEWEST, MOST = 1_000, 10_000_000
_EVERY_SECONDS = 1.0


def size(text: str) -> int:
    """Read a size such as 10k or 1m.

    :raises ArgumentTypeError: if it is none, or too small or large.
    """
    found = _SIZE.fullmatch(text)
    if not found:
        raise ArgumentTypeError(f"{text!r} is not a size. Write it like 10k, 100k or 1m.")
    referrals = int(found.group(1)) * _TIMES[found.group(2).lower()]
    if not FEWEST <= referrals <= MOST:
        raise ArgumentTypeError(f"{text} is not between 1k and 10m.")
    return referrals


class Command(BaseCommand):
    """Loads the data, or says that it lies there already."""

    help = (
        "Fills the database of a running house with a synthetic network: practices, and referrals "
        "with all that happened to them, 2 % of them open. Nobody in it exists; every name says "
        "DEMO. All or nothing: when it is stopped halfway nothing is left. The same size again "
        "does nothing; another size, or a database with real practices or patients, is refused. "
        "While it loads, the house waits. Events are sealed, so verify_audit can verify them. Exit "
        "code 1: it was refused or failed, and nothing was loaded; 2: the size is none."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the options."""
        parser.add_argument(
            "--size", type=size, required=True, help="how many referrals, such as 10k, 100k or 1m"
        )
        parser.add_argument("--json", action="store_true", help="print JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        """Load and print.

        :raises CommandError: if it is refused or the database cannot be reached.
        """
        try:
            loaded = loading.load(options["size"], _Progress(self.stderr.write))
        except loading.LoadRefused as refused:
            raise CommandError(str(refused)) from refused
        except OperationalError as failure:
            raise CommandError(
                f"{failure}\nIs the house up? Start it with: manage.py up"
            ) from failure
        self.stdout.write(json.dumps(asdict(loaded)) if options["json"] else _in_words(loaded))


class _Progress:
    """Says about once a second how much is done, how fast, and how long it will take."""

    def __init__(self, write: Any) -> None:
        self._write, self._what, self._begun, self._said = write, "", 0.0, 0.0

    def __call__(self, what: str, done: int, total: int) -> None:
        now = monotonic()
        if what != self._what:
            self._what, self._begun = what, now
        elif now - self._said < _EVERY_SECONDS and done < total:
            return
        self._said = now
        took = now - self._begun
        rate = done / took if took else 0.0
        left = f", {(total - done) / rate:.0f} s left" if rate else ""
        speed = f", {rate:,.0f} a second" if rate >= 1 else ""
        line = f"  {what}: {done:,} of {total:,}{speed}{left}"
        if sys.stderr.isatty():
            self._write(f"\r{line:<78}", ending="" if done < total else "\n")
        else:
            self._write(line)


def _in_words(loaded: loading.Loaded) -> str:
    if not loaded.is_new:
        return f"A synthetic network of {loaded.referrals:,} referrals lies here already."
    rows = "\n".join(f"  {table:<32}{count:>12,}" for table, count in loaded.rows.items())
    return (
        f"{loaded.referrals:,} referrals of {loaded.practices:,} practices in {loaded.seconds:g} s,"
        f" {sum(loaded.rows.values()):,} rows:\n{rows}"
    )
