"""Routes, notifies and escalates without Celery or Redis: it polls PostgreSQL and is sufficient."""

import logging
import os
import signal
import threading
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.checks import Tags
from django.core.management.base import BaseCommand, SystemCheckError
from django.db import close_old_connections

from coordination.duties import DUTIES
from coordination.engine import work_until_idle

log = logging.getLogger(__name__)

LONGEST_REST = 5.0


class Command(BaseCommand):
    help = (
        "Does all coordination work (routing, notifying, escalating) by polling the database, "
        "until it is stopped with Ctrl-C or SIGTERM. Any number may run beside Celery."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--poll", type=float, default=0.5, help="seconds between looks (0.5)")
        parser.add_argument("--once", action="store_true", help="do what is due now, then end")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["once"]:
            self._refuse_an_unsafe_role()
            self.stdout.write(f"{work_until_idle()} done")
            return
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        self._poll(stop, options["poll"])

    def _refuse_an_unsafe_role(self) -> None:
        self.check(tags=[Tags.database], databases=["default"])

    def _say_working(self) -> None:
        # For health checks: only a turn that went right renews the note.
        name = os.environ.get("TANDEM_CHILD")
        if name:
            (settings.READY_FOLDER / name).touch()

    def _poll(self, stop: threading.Event, poll: float) -> None:
        rest, role_is_safe = poll, False
        while not stop.is_set():
            try:
                close_old_connections()
                if not role_is_safe:
                    self._refuse_an_unsafe_role()
                    role_is_safe = True
                work_until_idle(DUTIES["dispatch"])
                self._say_working()
                rest = poll
            except SystemCheckError:
                raise
            except Exception as error:  # Whatever went wrong, the next look may go right.
                log.error("a turn of the engine failed", exc_info=error)
                rest = min(rest * 2, LONGEST_REST)
            stop.wait(rest)
