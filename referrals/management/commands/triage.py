"""`manage.py triage`: findings as JSON lines in, tiers as JSON lines out; needs no database."""

import sys
from typing import Any

from django.core.management.base import BaseCommand

from referrals.clinical.ruleset import RULESET
from referrals.clinical.triage import triage_lines

HELP = f"""\
Reads JSON lines on standard input, one patient a line:
  {{"id": "a", "findings": {{"pvr_ml": 800}}, "codes": [{{"code": "M48.062", "as": "reason"}}]}}
`codes` may be left out; `as` is "reason" (coded today as the reason) or "history" (problem list).
Writes one line for each: id, tier, possible_tier, rules, reasons, questions, holds, route.
A line that cannot be read gives {{"id", "error"}} and exit code 1 at the end; the others are done.
Rule set {RULESET.version}. {RULESET.approval_notice}"""


class Command(BaseCommand):
    """Triage of JSON lines on standard input; nothing is stored and nobody is told."""

    help = HELP
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        """Answer every line at once and exit with 1 if one of them could not be read."""

        def write(line: str) -> None:
            self.stdout.write(line, ending="")
            self.stdout.flush()

        if not triage_lines(sys.stdin.buffer, write, self.stderr.write):
            sys.exit(1)
