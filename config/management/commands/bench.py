"""`manage.py bench`: how fast the house is, as ratios to floors taken in the same run."""

import json
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from config.bench import figures, lists, machine, run
from config.bench.floor import BenchFailed
from config.demo.house import House, HouseFailed
from config.demo.office import DemoFailed
from config.demo.seeding import set_the_cast_up
from config.servers import places

COMMAND = "make bench"


class Command(BaseCommand):
    """Starts a house of its own, loads it, and prints figures."""

    help = (
        "Starts the whole service in a folder of its own and measures it against two floors taken "
        "in the same run: pgbench's durable inserts and a bare Django view. Creates a second, the "
        "time to the first SMS of each side, a burst, acknowledging under load, memory, an "
        "emergency behind routine messages, thousands of rungs due at one instant. Takes five "
        "minutes. With --lists it measures every worklist in a small and in a large network "
        "instead, in databases of their own, which takes as long as loading them. Exit code 1: it "
        "could not be measured, or with --strict a target is missed."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the options."""
        parser.add_argument("--seconds", type=float, default=4, help="length of each load (4)")
        parser.add_argument("--rate", type=float, default=20, help="emergencies a second (20)")
        parser.add_argument("--rounds", type=int, default=3, help="rounds of floors and loads (3)")
        parser.add_argument(
            "--lists",
            nargs=2,
            metavar=("SMALL", "LARGE"),
            help="measure the worklists alone, at two sizes such as 10k 1m",
        )
        parser.add_argument(
            "--due", type=int, default=5000, help="urgent rungs due at one instant (5000)"
        )
        parser.add_argument(
            "--routine", type=int, default=10_000, help="routine messages that wait (10000)"
        )
        parser.add_argument("--json", action="store_true", help="print JSON")
        parser.add_argument(
            "--write", action="store_true", help=f"write {figures.PAGE.relative_to(places.PROJECT)}"
        )
        parser.add_argument("--strict", action="store_true", help="fail if a target is missed")

    def handle(self, *args: Any, **options: Any) -> None:
        """Measure and print.

        :raises CommandError: if the house does not start, a measurement fails, or with
            ``--strict`` a target is missed.
        """
        measured = self._lists if options["lists"] else self._house
        groups, page = measured(options, machine.describe())
        found = [figure for group in groups.values() for figure in group]
        if options["json"]:
            self.stdout.write(json.dumps([figure.as_dict() for figure in found], indent=1))
        else:
            self._print(groups)
        if options["write"]:
            figures.PAGE.write_text(page)
        missed = [figure.name for figure in found if figure.is_met is False]
        if options["strict"] and missed:
            raise CommandError(f"Missed: {'; '.join(missed)}.")

    def _house(self, options: dict[str, Any], here: str) -> tuple[run.Groups, str]:
        groups = self._measured(options)
        page = figures.page(groups, machine=here, command=COMMAND, at=datetime.now(UTC))
        # The lists are measured by themselves, and stay.
        kept = figures.section_of(_page(), lists.TITLE)
        return groups, figures.with_section(page, lists.TITLE, kept) if kept else page

    def _lists(self, options: dict[str, Any], here: str) -> tuple[run.Groups, str]:
        sizes = options["lists"]
        try:
            ratios, table = lists.measure(sizes, self._say_what_is_done)
        except BenchFailed as failure:
            raise CommandError(str(failure)) from failure
        command = f'{COMMAND} ARGS="--lists {" ".join(sizes)}"'
        about = f"Measured on {datetime.now(UTC):%Y-%m-%d} by `{command}` on {here}. {lists.ABOUT}"
        page = figures.with_section(_page(), lists.TITLE, about, table)
        return {lists.TITLE: ratios}, page

    def _measured(self, options: dict[str, Any]) -> run.Groups:
        plan = run.Plan(
            options["seconds"],
            options["rate"],
            options["rounds"],
            options["due"],
            options["routine"],
            self._say_what_is_done,
        )
        try:
            with _folder_of_its_own(), House(self.stderr.write, sys.stderr) as house:
                return run.measure(house, set_the_cast_up(house), plan)
        except (HouseFailed, DemoFailed, BenchFailed) as failure:
            raise CommandError(str(failure)) from failure

    def _say_what_is_done(self, what: str) -> None:
        self.stderr.write(f"  {what} ...")

    def _print(self, groups: run.Groups) -> None:
        for title, group in groups.items():
            self.stdout.write(f"\n{title}")
            for line in figures.lines(group):
                self.stdout.write(f"  {line}")


def _page() -> str:
    return figures.PAGE.read_text()


@contextmanager
def _folder_of_its_own() -> Iterator[None]:
    # Referrals of an earlier run would go on ringing, and be measured with this one's.
    before = os.environ.get("VAR_DIR")
    folder = places.of(os.environ).root / f"bench-{os.getpid()}"
    os.environ["VAR_DIR"] = str(folder)
    try:
        yield
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        if before is None:
            del os.environ["VAR_DIR"]
        else:
            os.environ["VAR_DIR"] = before
