"""Routes, notifies and escalates without Celery or Redis: it polls PostgreSQL and is sufficient."""

import logging
import os
import signal
import threading
from argparse import ArgumentParser
from datetime import timedelta
from time import monotonic
from typing import Any

from django.conf import settings
from django.core.checks import Tags
from django.core.management.base import BaseCommand, SystemCheckError
from django.db import close_old_connections

from coordination import services
from coordination.drift import JUMP, Drift
from coordination.duties import DUTIES
from coordination.engine import work_until_idle
from referrals import clock

log = logging.getLogger(__name__)

LONGEST_REST = 5.0
MEND_EVERY = 10.0


class Mender:
    """Mends every ten seconds, and rings at once when the database's clock was set back."""

    def __init__(self) -> None:
        """Begin with the two clocks as they stand."""
        self._drift = Drift()
        self._next = 0.0

    def mend(self) -> None:
        """Mend, if it is time."""
        if monotonic() < self._next:
            return
        self._next = monotonic() + MEND_EVERY
        jump = self._drift.measure(database=clock.now().timestamp(), steady=monotonic())
        if jump < -JUMP:
            services.ring_now(timedelta(seconds=-jump))
        # Last: whatever failed before, such as a connection, is done in ten seconds.
        if abs(jump) > JUMP:
            self._drift.accept()
        services.mend()


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
        rest, role_is_safe, mender = poll, False, Mender()
        while not stop.is_set():
            try:
                close_old_connections()
                if not role_is_safe:
                    self._refuse_an_unsafe_role()
                    role_is_safe = True
                mender.mend()
                work_until_idle(DUTIES["dispatch"])
                self._say_working()
                rest = poll
            except SystemCheckError:
                raise
            except Exception as error:  # Whatever went wrong, the next look may go right.
                log.error("a turn of the engine failed", exc_info=error)
                rest = min(rest * 2, LONGEST_REST)
            stop.wait(rest)
