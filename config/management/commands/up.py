"""`manage.py up`: the whole service on this machine, under one supervisor."""

import os
from time import monotonic
from typing import Any

import psycopg
from django.core.management.base import BaseCommand, CommandError, CommandParser

from config.servers import addresses, house, keys, leftovers, places, ports, postgres, supervisor
from config.servers.lock import HouseTaken, Lock

REFUSALS = (
    HouseTaken,
    leftovers.LeftoverStays,
    addresses.AddressRefused,
    keys.KeysUnreadable,
    places.SocketFolderRefused,
    ports.PortTaken,
    postgres.ClusterRefused,
    psycopg.OperationalError,
    supervisor.StartFailed,
)


class Command(BaseCommand):
    """Brings the house up and keeps it up until Ctrl-C or SIGTERM."""

    help = (
        "Runs the whole service: PostgreSQL and Valkey of its own, web server, Celery workers, "
        "beat, dispatcher and watchdog, each restarted when it dies. Data lies in ./var (VAR_DIR "
        "moves it), the web server listens on port 8000 or the next free one (PORT fixes it). "
        "Servers named by DATABASE_URL, ENGINE_DATABASE_URL, OWNER_DATABASE_URL and "
        "WATCH_DATABASE_URL, or by REDIS_URL, are used in place of private ones. "
        "Logs: var/log/<name>.log; state: var/up.json."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the options."""
        parser.add_argument(
            "--sandbox",
            action="store_true",
            help="also run a mail, SMS and voice provider that records, and send everything there",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Run the supervisor until somebody stops it.

        :raises CommandError: if the house cannot come up; the message says how to mend it.
        """
        here = places.of(os.environ)
        try:
            with Lock(here.lock):
                self._run(here, sandbox=options["sandbox"])
        except REFUSALS as refusal:
            raise CommandError(f"{refusal}\nLogs: {here.logs}") from refusal

    def _run(self, here: places.Places, *, sandbox: bool) -> None:
        begun = monotonic()
        here.prepare()
        cleared = leftovers.clear(here)
        if cleared:
            self._say(f"Stopped {cleared} processes that an earlier run left behind.")
        kept = keys.read_or_make(here.secrets)
        chosen = self._choose_ports(sandbox)
        described = house.describe(here, kept, chosen)
        self._say(f"Starting in {here.root}")
        if described.addresses.private_postgres and postgres.initialise(here, kept):
            self._say(f"  {'new cluster':<16}{monotonic() - begun:5.1f} s")
        here.valkey.mkdir(exist_ok=True)
        supervisor.Supervisor(described, self._say).run()
        self._say("Stopped.")

    def _choose_ports(self, sandbox: bool) -> house.Ports:
        host = os.environ.get("HOST", ports.LOOPBACK)
        asked = os.environ.get("PORT", "")
        self._reserved = [ports.reserve(asked, host)]
        web = self._reserved[0].port
        if not asked and web != ports.FIRST:
            self._say(f"Port {ports.FIRST} is in use: taking {web} (PORT=… chooses another).")
        if sandbox:
            for first in (web + 1000, web + 2000):
                self._reserved.append(ports.reserve("", ports.LOOPBACK, first))
        return house.Ports(host, *(reserved.port for reserved in self._reserved))

    def _say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()
