"""`manage.py escalation_preview`: who would be told when, for any practice and moment."""

import json
from argparse import ArgumentParser
from datetime import datetime
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError
from django.db.models import Q

from coordination.services.preview import Rung, preview
from referrals.deadlines import Pace
from referrals.models import Practice
from referrals.models.practice import Specialty

PACES = {pace.value.lower(): pace for pace in Pace}


class Command(BaseCommand):
    """Shows the ladders with their people; nobody is told."""

    help = (
        "Prints, for a case that this practice would send at that moment, every rung of both "
        "sides: when it fires if nobody answers, and who would be told by which channel. It asks "
        "the very functions that the ladder asks. The other side is the practice that routing "
        "would choose. No address is printed, nothing is stored, and nobody is told."
    )
    # Routing looks at the open cases of all practices, so this runs as the engine does: it has no
    # right on what the checks of the desk would ask for.
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the options."""
        parser.add_argument(
            "--practice", required=True, help="name, short name or id of the sender"
        )
        parser.add_argument(
            "--at",
            required=True,
            help="when, such as 2026-12-25T03:00, in the practice's time unless it names a zone",
        )
        parser.add_argument(
            "--pace", choices=sorted(PACES), default="emergency", help="how urgent (emergency)"
        )
        parser.add_argument("--json", action="store_true", help="print JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        """Look and print.

        :raises CommandError: if there is no such practice, or the time cannot be read.
        """
        sender = _practice(options["practice"])
        at = _at(options["at"], sender)
        rungs = list(preview(sender, at=at, pace=PACES[options["pace"]]))
        if options["json"]:
            self.stdout.write(json.dumps([_row(rung) for rung in rungs], indent=2))
            return
        for rung in rungs:
            self.stdout.write("\n".join(_lines(rung, sender)))


def _practice(given: str) -> Practice:
    try:
        wanted = Q(uuid=UUID(given))
    except ValueError:
        wanted = Q(name=given) | Q(short_name=given)
    found = list(Practice.objects.filter(wanted).exclude(specialty=Specialty.COORDINATION)[:2])
    if len(found) != 1:
        raise CommandError("--practice: no practice, or more than one, is called that.")
    return found[0]


def _at(given: str, sender: Practice) -> datetime:
    try:
        at = datetime.fromisoformat(given)
    except ValueError as error:
        raise CommandError("--at: write it like 2026-12-25T03:00.") from error
    return at if at.tzinfo else at.replace(tzinfo=sender.zone)


def _row(rung: Rung) -> dict[str, Any]:
    return {
        "side": rung.specialty,
        "obligation": rung.kind,
        "rung": rung.number,
        "at": rung.at.isoformat(),
        "practice": rung.practice,
        "told": [vars(told) for told in rung.told],
    }


def _lines(rung: Rung, sender: Practice) -> list[str]:
    local = rung.at.astimezone(sender.zone)
    head = f"{rung.specialty} {rung.kind}, rung {rung.number}, {local:%a %b %d %H:%M %Z}"
    who = rung.practice or "no practice can be asked"
    if not rung.told:
        return [f"{head} ({who}): NOBODY, hands over to the next rung at once"]
    told = [f"  {told.name} ({told.channel}), {told.practice}" for told in rung.told]
    return [f"{head} ({who}):", *told]
