"""`manage.py watchdog`: asks whether anything is wrong that must never be, and tells the operator.

It loads no application: what it watches may be broken in any way.
"""

import json
import logging.config
import os
import signal
import sys
import threading
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from config.environment import SettingMissing
from config.logs import AllowedFields
from config.servers import keys, places
from config.servers.addresses import AddressRefused
from config.watchdog import memory, options
from config.watchdog.audit import Auditor, Found
from config.watchdog.watch import Watchdog, lines


class Command(BaseCommand):
    """Watches until it is stopped, or looks once."""

    help = (
        "Looks every ten seconds whether an urgent case is silent, a message is stuck, a process "
        "does not work, the history was shortened, a disk is full, and more; tells the operator "
        "by e-mail, webhook and SMS of its own settings (WATCHDOG_…), also when the database is "
        "gone; and pings WATCHDOG_DEADMAN_URL as long as nothing is wrong. It only reads."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the options."""
        parser.add_argument(
            "--once",
            action="store_true",
            help="look once, print what is wrong, and end with 1 if anything is",
        )
        parser.add_argument("--json", action="store_true", help="with --once: print JSON")

    def run_from_argv(self, argv: list[str]) -> None:
        """Run without Django's clean-up, which would load the settings of the service."""
        given = vars(self.create_parser(argv[0], argv[1]).parse_args(argv[2:]))
        try:
            self.execute(*given.pop("args", ()), **given)
        except CommandError as refusal:
            self.stderr.write(f"{type(refusal).__name__}: {refusal}")
            sys.exit(refusal.returncode)

    def handle(self, *args: Any, **given: Any) -> None:
        """Watch, or look once.

        :raises CommandError: if an option cannot be understood; it says which.
        """
        try:
            chosen = options.read()
        except (AddressRefused, SettingMissing, keys.KeysUnreadable) as refusal:
            raise CommandError(str(refusal)) from refusal
        logging.config.dictConfig(_LOGS)
        if given["once"]:
            self._once(chosen, as_json=given["json"])
        else:
            self._watch(chosen)

    def _once(self, chosen: options.Options, *, as_json: bool) -> None:
        # Everything counts as started long ago: nobody waits for what has not begun.
        found = Auditor(chosen, uptime=float("inf")).look(memory.read(chosen.state))
        if as_json:
            self.stdout.write(json.dumps(_as_json(found, chosen), indent=1))
        else:
            for line in [*(lines(found, []) or ["Nothing is wrong."]), *chosen.unset]:
                self.stdout.write(line)
        if found:
            raise SystemExit(1)

    def _watch(self, chosen: options.Options) -> None:
        for words in chosen.unset:
            logging.getLogger(__name__).warning(words)
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        Watchdog(chosen, note=_note()).run(stop)


def _as_json(found: list[Found], chosen: options.Options) -> dict[str, object]:
    wrong = [{"code": one.code, "things": list(one.things)} for one in found]
    return {"clean": not found, "alarms": wrong, "not_set": list(chosen.unset)}


def _note() -> Path | None:
    name = os.environ.get("TANDEM_CHILD")
    folder = places.of(os.environ).ready
    return folder / name if name and folder.is_dir() else None


_LOGS: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"lines": {"()": AllowedFields}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "lines"}},
    "root": {"handlers": ["stderr"], "level": "INFO"},
}
