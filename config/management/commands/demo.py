"""`manage.py demo`: the whole service on this machine, and fifteen stories told through it."""

import json
import sys
from dataclasses import asdict
from pathlib import Path
from time import monotonic
from typing import IO, Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from rich.console import Console

from config.demo import pages, summary, views
from config.demo.board import Board, pace_in_words
from config.demo.case import Case
from config.demo.cast import OFFICES, PIN, Login
from config.demo.hands import Stage
from config.demo.house import House, HouseFailed
from config.demo.office import DemoFailed, System
from config.demo.outside import Outside
from config.demo.seeding import set_the_cast_up
from config.demo.stories import STORIES
from config.demo.telling import Telling, cases_of, send

FASTEST = 600.0


class Command(BaseCommand):
    """Starts the house, tells the stories, and keeps serving."""

    help = (
        "Starts the whole service with servers of its own and a sandbox that receives everything "
        "it sends, then tells fifteen synthetic referrals over HTTP: the red flags, their "
        "look-alikes that must not alarm, a second opinion, and patients whom a surgeon sends "
        "back. Visits are booked and missed, reports come back, and the senders close. Then it "
        "keeps serving until Ctrl-C."
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
        parser.add_argument(
            "--compress",
            type=float,
            default=60.0,
            metavar="N",
            help="let time run N times faster: at 60 (if you say nothing) a wait of 2 minutes "
            "takes 2 seconds; 1 is real time",
        )
        parser.add_argument(
            "--record",
            type=Path,
            metavar="FOLDER",
            help="write what is shown and what people received as pages into this folder",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Run it.

        :raises CommandError: if the house does not start or a case does not end as it must.
        """
        # Progress must not mix with the JSON that a script reads.
        self._progress = self.stderr if options["json"] else self.stdout
        self._lines: list[str] = []
        self._print = self._write
        if not 1 <= options["compress"] <= FASTEST:
            raise CommandError(f"--compress takes a number from 1 (real time) to {FASTEST:g}.")
        output = sys.stderr if options["json"] else sys.stdout
        compression = f"{options['compress']:g}"
        try:
            with House(self._say, output, LADDER_COMPRESSION=compression) as house:
                board = self._tell(house, options)
            if not options["once"]:
                self._serve(board, output)
        except (HouseFailed, DemoFailed) as failure:
            raise CommandError(str(failure)) from failure
        except KeyboardInterrupt:
            self._say("Stopped.")
            return
        if any(case.problems for case in board.cases):
            raise CommandError("A case did not end as expected; see its lines.")

    def _tell(self, house: House, options: dict[str, Any]) -> Board:
        begun, fast = monotonic(), options["compress"]
        logins = set_the_cast_up(house)
        systems = {login.practice: System(login, house) for login in logins}
        board = Board(cases_of(STORIES), fast)
        view = views.view_for(board, Console(), self._write, live=not options["json"])
        self._print = view.say
        record, camera = views.Lines(board, self._lines.append), pages.Camera(board)

        def show() -> None:
            view.show()
            record.show()
            camera.look()

        with Outside(house, board.notice) as outside:
            telling = Telling(Stage(house, systems, outside, fast), STORIES, board.cases)
            with record.showing(), view.showing():
                telling.run(show)
            for line in summary.lines(board.cases, fast):
                self._say(line)
            if options["record"]:
                pages.write(options["record"], board, outside, self._lines, camera.picture)
        ok = not any(case.problems for case in board.cases)
        if options["json"]:
            self._print_json(house, board, ok=ok, seconds=monotonic() - begun)
        return board

    def _serve(self, board: Board, output: IO[str]) -> None:
        # Compressed, what a visitor leaves open would ring hundreds of times in an hour.
        self._say("The house starts again for you, in real time.")
        with House(self._say, output) as house:
            # Anew: the world outside may listen elsewhere now.
            logins = set_the_cast_up(house)
            case = Case("left-open", "left open", "")
            send({login.practice: System(login, house) for login in logins}, STORIES[0], case)
            # As it is: a line that is folded cannot be copied.
            self._write(_directions(house, logins, board, case.reference))
            house.serve_until_stopped()

    def _print_json(self, house: House, board: Board, *, ok: bool, seconds: float) -> None:
        told = {
            "ok": ok,
            "seconds": round(seconds, 2),
            "url": house.url,
            "compression": board.compression,
            "pace": pace_in_words(board.compression),
            "figures": summary.figures(board.cases, board.compression),
            "cases": [asdict(case) for case in board.cases],
        }
        self.stdout.write(json.dumps(told, indent=1))

    def _say(self, line: str) -> None:
        self._lines.append(line)
        self._print(line)

    def _write(self, line: str) -> None:
        self._progress.write(line)
        self._progress.flush()


def _directions(house: House, logins: list[Login], board: Board, left_open: str) -> str:
    first = board.cases[0]
    width = max(len(office.name) for office in OFFICES)
    accounts = [account for login in logins for account in login.accounts]
    return "\n".join(
        (
            "",
            f"Left open for you:  {left_open}, an emergency that nobody has answered",
            f"The desk:           {house.url}/admin/",
            f"The API:            {house.url}/api/v1/docs",
            f"What was received:  {house.sandbox_url}/",
            f"Health:             {house.url}/readyz",
            "Log-ins of the desk (the key goes into any authenticator app, once):",
            *(
                f"  {one['username']:<8}{one['password']:<28}{one['key']}  {one['person']}"
                for one in accounts
            ),
            f"The PIN that accepts from the link of an SMS: {PIN}",
            "Log-ins of systems (API keys of synthetic offices, 30 days):",
            *(f"  {login.practice:<{width}} {login.key}" for login in logins),
            f"The first case ({first.name}), step by step:",
            f'  curl -H "Authorization: Bearer {logins[0].key}" \\',
            f"    {house.url}{first.links.get('timeline', '')}",
            "Serving. Ctrl-C stops.",
        )
    )
