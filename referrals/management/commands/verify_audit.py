"""`manage.py verify_audit`: shows that the history is as it was sealed, or where it is not."""

import json
import sys
from argparse import ArgumentParser
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError, connection

from referrals import audit, clock
from referrals.models import Practice


class Command(BaseCommand):
    """Verifies the hash chains; changes nothing."""

    help = (
        "Computes the hash chain of every practice anew and names the first link of each that is "
        "not as it was sealed. Also names events that wait too long for their seal. Keep the JSON "
        "of a good run on another machine and give it to --expect next time: without it, links "
        "cut off at the end and a chain that was computed anew cannot be seen. Ends with 1 if "
        "anything is wrong, with 2 if it could not be checked."
    )

    # The engine's processes do without the desk, which the checks would ask for.
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the options."""
        parser.add_argument("--practice", help="name or id of one practice (default: all)")
        parser.add_argument(
            "--json", action="store_true", help="print JSON, with the heads to keep"
        )
        parser.add_argument(
            "--since", type=int, default=0, help="begin behind this link, and believe it (0)"
        )
        parser.add_argument(
            "--expect", type=Path, metavar="FILE", help="the JSON of an earlier run, kept elsewhere"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Verify and print.

        :raises CommandError: if it cannot be checked: no database, another role than the engine's,
            no such practice, or a file that is no earlier run's.
        """
        _refuse_any_other_role()
        by_id = {practice.pk: practice for practice in _practices(options["practice"])}
        kept = _kept(options["expect"]) if options["expect"] else {}
        everyones = set(Practice.objects.values_list("uuid", flat=True))
        if not kept.keys() <= everyones:
            raise CommandError("A practice whose head was kept is not here any more.", returncode=1)
        expected = {pk: kept[one.uuid] for pk, one in by_id.items() if one.uuid in kept}
        tick = _Progress(self.stderr.write) if sys.stderr.isatty() else lambda links: None
        found = dict(audit.verify(by_id, since=max(options["since"], 0), kept=expected, tick=tick))
        told = _report(by_id, found, audit.waiting_for_a_seal(clock.now()))
        self.stdout.write(json.dumps(told, indent=2) if options["json"] else _in_words(told))
        if not told["intact"]:
            sys.exit(1)


class _Progress:
    def __init__(self, write: Callable[..., object]) -> None:
        self._write, self._links = write, 0

    def __call__(self, links: int) -> None:
        self._links += links
        self._write(f"\r{self._links:,} links ", ending="")


def _refuse_any_other_role() -> None:
    # Row-level security would show any other role a few rows or none, and all would look whole.
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_user")
            user = cursor.fetchone()[0]
    except OperationalError as error:
        raise CommandError("The database does not answer.", returncode=2) from error
    if user != settings.DATABASE_ROLES["engine"]:
        words = f"It runs as {user} and would not see every event. Set DATABASE_ROLE=engine."
        raise CommandError(words, returncode=2)


def _practices(words: str | None) -> list[Practice]:
    everyone = list(Practice.objects.order_by("name"))
    found = [one for one in everyone if words in (None, one.name, str(one.uuid))]
    if not found:
        raise CommandError(f"There is no practice {words!r}.", returncode=2)
    return found


def _kept(file: Path) -> dict[UUID, audit.Head]:
    try:
        return {
            UUID(head["practice"]): audit.Head(int(head["seq"]), str(head["hash"]))
            for head in json.loads(file.read_text())["heads"]
        }
    except (OSError, ValueError, KeyError, TypeError) as error:
        words = f"{file} is not the JSON of an earlier run of this command."
        raise CommandError(words, returncode=2) from error


def _report(
    practices: dict[int, Practice], found: dict[int, audit.Chain], waiting: list[int]
) -> dict[str, Any]:
    def who(pk: int) -> dict[str, Any]:
        return {"practice": str(practices[pk].uuid), "name": practices[pk].name}

    broken = [
        who(pk) | {"seq": one.broken.seq, "event": one.broken.event, "what": one.broken.what}
        for pk, one in found.items()
        if one.broken
    ]
    return {
        "intact": not broken and not waiting,
        "links": sum(one.links for one in found.values()),
        "heads": [
            who(pk) | {"seq": one.head.seq, "hash": one.head.hash}
            for pk, one in found.items()
            if one.head
        ],
        "broken": broken,
        "unsealed": waiting,
    }


def _in_words(told: dict[str, Any]) -> str:
    lines = [
        f"BROKEN  {one['name']}: link {one['seq'] or 'none'}, "
        f"event {one['event'] or 'unknown'}: {one['what']}"
        for one in told["broken"]
    ]
    if told["unsealed"]:
        ids = ", ".join(map(str, told["unsealed"]))
        lines.append(f"UNSEALED for more than a minute: event {ids}. Is a dispatcher running?")
    chains = len(told["heads"])
    lines.append(f"{told['links']:,} links verified; {chains} chains are whole.")
    return "\n".join(lines)
