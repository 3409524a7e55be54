"""`manage.py demo`: the whole service on this machine, and three stories told through it."""

import json
import sys
from dataclasses import asdict
from time import monotonic
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from config.demo.cast import Login
from config.demo.house import House, HouseFailed
from config.demo.office import DemoFailed, Office
from config.demo.seeding import set_the_cast_up
from config.demo.stories import STORIES, Case, Stage


class Command(BaseCommand):
    """Starts the house, tells the stories, and keeps serving."""

    help = (
        "Starts the whole service with servers of its own and a sandbox that receives all mail "
        "and SMS, then tells three synthetic referrals over HTTP: an emergency, a look-alike "
        "that must not alarm, and a surgeon sending back to pain management. Then it keeps "
        "serving until Ctrl-C."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the options."""
        parser.add_argument(
            "--once",
            action="store_true",
            help="end after the stories: exit 0 only if every case ended as expected, else 1",
        )
        parser.add_argument(
            "--json", action="store_true", help="print the cases as JSON; progress goes to stderr"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Run it.

        :raises CommandError: if the house does not start or a story cannot be told to its end.
        """
        # Progress must not mix with the JSON that a script reads.
        progress = self.stderr if options["json"] else self.stdout
        self._progress = progress
        try:
            with House(self._say, sys.stderr if options["json"] else sys.stdout) as house:
                self._tell(house, options)
        except (HouseFailed, DemoFailed) as failure:
            raise CommandError(str(failure)) from failure
        except KeyboardInterrupt:
            self._say("Stopped.")

    def _tell(self, house: House, options: dict[str, Any]) -> None:
        begun = monotonic()
        logins = set_the_cast_up(house)
        offices = [Office(login, house) for login in logins]
        stage = Stage(house, pain=offices[0], spine=offices[1])
        cases = []
        for story in STORIES:
            cases.append(story(stage))
            self._say(_line(cases[-1]))
        ok = not any(case.problems for case in cases)
        if options["json"]:
            self.stdout.write(
                json.dumps(
                    {
                        "ok": ok,
                        "seconds": round(monotonic() - begun, 2),
                        "url": house.url,
                        "cases": [asdict(case) for case in cases],
                    },
                    indent=1,
                )
            )
        if not options["once"]:
            self._say(_directions(house, logins, cases))
            house.serve_until_stopped()
        if not ok:
            raise CommandError("A case did not end as expected; see its line.")

    def _say(self, line: str) -> None:
        self._progress.write(line)
        self._progress.flush()


def _line(case: Case) -> str:
    verdict = "as expected" if not case.problems else f"NOT AS EXPECTED: {'; '.join(case.problems)}"
    parts = [
        f"{case.reference} {case.name}: {case.tier}",
        f"why: {' | '.join(case.why) or 'no red flag'}",
        f"routed to {_routed(case)}",
        f"told: {', '.join(case.told)}",
        f"acknowledged: {', '.join(case.acknowledged)}",
        f"accepted: {case.accepted_by}",
    ]
    if case.plan:
        parts.append(f"plan: {case.plan}")
    return "; ".join([*parts, f"{case.seconds:.1f} s", verdict])


def _routed(case: Case) -> str:
    # A reason of the routing names the practice itself.
    if case.routed_because.startswith(case.routed_to):
        return case.routed_because
    return f"{case.routed_to} ({case.routed_because})"


def _directions(house: House, logins: list[Login], cases: list[Case]) -> str:
    lines = [
        "",
        f"The API:            {house.url}/api/v1/docs",
        f"Mail and SMS sent:  {house.sandbox_url}/",
        f"Health:             {house.url}/readyz",
        "Log-ins (API keys of synthetic offices, 30 days):",
        *(f"  {login.practice:<28} {login.key}" for login in logins),
        "The emergency, step by step:",
        f'  curl -H "Authorization: Bearer {logins[0].key}" \\\n'
        f"    {house.url}{cases[0].links['timeline']}",
        "Serving. Ctrl-C stops.",
    ]
    return "\n".join(lines)
