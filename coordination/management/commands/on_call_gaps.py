"""`manage.py on_call_gaps`: when nobody who is on call can be reached, practice by practice."""

import json
import sys
from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from coordination.models import OnCallShift
from coordination.services.coverage import Coverage, Stretch, coverage, takes_urgent
from referrals import clock

MOST_DAYS = 366


class Command(BaseCommand):
    """Shows the gaps; changes nothing."""

    help = (
        "Lists, for each practice to which a red flag may go and for each level, the times of the "
        "next days at which nobody is on call who can be reached, in the time of the practice. "
        "Ends with 1 if there is such a time for whoever is rung first."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the options."""
        parser.add_argument("--days", type=int, default=14, help="look so many days ahead (14)")
        parser.add_argument("--json", action="store_true", help="print JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        """Look and print.

        :raises CommandError: if the number of days is none.
        """
        if not 1 <= options["days"] <= MOST_DAYS:
            raise CommandError(f"--days: give a number from 1 to {MOST_DAYS}.")
        now = clock.now()
        found = list(coverage(takes_urgent(), now, now + timedelta(days=options["days"])))
        if options["json"]:
            self.stdout.write(json.dumps([_row(one) for one in found], indent=2))
        else:
            for one in found:
                self.stdout.write("\n".join(_lines(one)))
        if any(one.gaps for one in found if one.level == OnCallShift.Level.PRIMARY):
            sys.exit(1)


def _row(one: Coverage) -> dict[str, Any]:
    return {
        "practice": one.practice.name,
        "level": one.level,
        "all_gap": one.is_all_gap,
        "gaps": [
            {
                "from": gap.begins.isoformat(),
                "to": gap.ends.isoformat(),
                "cannot_be_reached": gap.lost or None,
            }
            for gap in one.gaps
        ],
    }


def _lines(one: Coverage) -> list[str]:
    head = f"{one.practice.name}, {one.level}:"
    if not one.gaps:
        return [f"{head} covered"]
    if one.is_all_gap:
        head = f"{head} NOBODY AT ALL"
    return [head, *(f"  {_words(one, gap)}" for gap in one.gaps)]


def _words(one: Coverage, gap: Stretch) -> str:
    begins, ends = (at.astimezone(one.practice.zone) for at in (gap.begins, gap.ends))
    why = f"{gap.lost} is on call and cannot be reached" if gap.lost else "nobody is on call"
    return f"{begins:%a %b %d %H:%M} to {ends:%a %b %d %H:%M %Z}: {why}"
