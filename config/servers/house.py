"""What a house consists of: a plan for each process, in the order in which they depend.

It describes; `supervisor` runs.
"""

import os
import signal
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field

from config.servers import addresses, postgres, probes, unprivileged, valkey
from config.servers.addresses import Addresses
from config.servers.child import MARK, Plan
from config.servers.keys import Keys
from config.servers.places import PROJECT, Places

SMS_ACCOUNT = "ACsandbox"
SMS_SENDER = "+15005550006"
# What PostgreSQL and Valkey need of our environment; the rest may hold secrets.
PLAIN = ("PATH", "LANG", "TZ", "HOME", "TMPDIR", "LD_LIBRARY_PATH")


@dataclass(frozen=True)
class Ports:
    """The TCP ports of a house; 0 where it has no such server."""

    host: str
    web: int
    smtp: int = 0
    outside: int = 0


@dataclass(frozen=True)
class House:
    """Where it lives, what it talks to, and the variables that its processes get."""

    places: Places
    keys: Keys
    addresses: Addresses
    ports: Ports
    environ: Mapping[str, str] = field(repr=False)

    @property
    def url(self) -> str:
        """Be the address of the web server."""
        return f"http://{self.ports.host}:{self.ports.web}"

    @property
    def settings(self) -> dict[str, str]:
        """Hold what processes started by hand need to know of this house."""
        chosen = {"PUBLIC_URL": self.environ.get("PUBLIC_URL") or self.url}
        if self.ports.outside:
            chosen |= {
                "SMTP_URL": f"smtp://127.0.0.1:{self.ports.smtp}",
                "SMS_PROVIDER_URL": self.sandbox_url,
                "SMS_ACCOUNT_SID": SMS_ACCOUNT,
                "SMS_FROM": SMS_SENDER,
                # The webhooks of the demo end in the sandbox.
                "WEBHOOK_MAY_USE_LOOPBACK": "1",
            }
        return chosen

    @property
    def sandbox_url(self) -> str:
        """Be the address of the sandbox, or empty."""
        return f"http://127.0.0.1:{self.ports.outside}" if self.ports.outside else ""

    def servers(self) -> list[Plan]:
        """Return plans for the private servers."""
        plans = []
        if self.addresses.private_postgres:
            plans.append(database(self.places, self.keys, self._plain()))
        if self.addresses.private_valkey:
            plans.append(broker(self.places, self._plain()))
        return plans

    def processes(self) -> list[Plan]:
        """Return plans for our own processes."""
        plans = [self._sandbox()] if self.ports.outside else []
        return [
            *plans,
            self._web(),
            self._worker("urgent"),
            self._worker("default"),
            self._python("beat", "engine", "config.beat"),
            self._python("dispatch", "engine", *_DJANGO, "dispatch", threads="1"),
            self._python("watchdog", "watch", *_DJANGO, "watchdog"),
        ]

    def of_child(self, name: str, role: str) -> dict[str, str]:
        """Return the variables of one of our own processes."""
        return {
            **self.environ,
            **self.settings,
            **({"SMS_AUTH_TOKEN": self.keys["SMS_AUTH_TOKEN"]} if self.ports.outside else {}),
            MARK: str(self.places.root),
            "TANDEM_CHILD": name,
            "VAR_DIR": str(self.places.root),
            "DATABASE_ROLE": role,
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "PYTHONPATH": str(PROJECT),
            "PYTHONUNBUFFERED": "1",
            # Each thread would get a heap of its own, and none of them gives memory back.
            "MALLOC_ARENA_MAX": "2",
        }

    def _plain(self) -> dict[str, str]:
        return plain(self.places, self.environ)

    def _python(
        self,
        name: str,
        role: str,
        *words: str,
        probe: probes.Probe = probes.alive,
        threads: str = "",
    ) -> Plan:
        environ = self.of_child(name, role)
        if threads:
            # One connection a thread. When many begin at once a pool would open more, to keep.
            environ.setdefault("DATABASE_POOL_SIZE", threads)
        module = () if words[0].endswith(".py") else ("-m",)
        return Plan(
            name=name,
            command=[sys.executable, *module, *words],
            environ=environ,
            ready=probe,
        )

    def _web(self) -> Plan:
        threads = self.environ.get("WEB_THREADS", "4")
        return self._python(
            "web",
            "app",
            *("granian", "config.wsgi:application", "--interface", "wsgi"),
            *("--host", self.ports.host, "--port", str(self.ports.web)),
            *("--workers", self.environ.get("WEB_WORKERS", "2")),
            *("--blocking-threads", threads),
            *("--respawn-failed-workers", "--no-ws", "--log-level", "error"),
            probe=probes.page(self.ports.host, self.ports.web, "/healthz"),
            threads=threads,
        )

    def _worker(self, queue: str) -> Plan:
        name = f"worker-{queue}"
        words = ("config.worker", queue)
        return self._python(name, "engine", *words, probe=probes.note(self.places, name))

    def _sandbox(self) -> Plan:
        return self._python(
            "sandbox",
            "app",
            *(*_DJANGO, "sandbox", "--file", str(self.places.outside)),
            *("--http", str(self.ports.outside), "--smtp", str(self.ports.smtp)),
            probe=probes.page("127.0.0.1", self.ports.outside, "/messages?after=0"),
        )


_DJANGO = (str(PROJECT / "manage.py"),)


def plain(places: Places, environ: Mapping[str, str]) -> dict[str, str]:
    """Return the variables of a private server, marked as this house's."""
    kept = {name: environ[name] for name in PLAIN if name in environ}
    return {**kept, MARK: str(places.root)}


def database(
    places: Places, keys: Keys, environ: Mapping[str, str], *, forgetful: bool = False
) -> Plan:
    """Return the plan of the private PostgreSQL."""
    return Plan(
        name="postgres",
        command=postgres.command(places, forgetful=forgetful),
        environ=environ,
        ready=probes.database(postgres.superuser(places, keys)),
        # "Fast": open transactions end, what is committed is written.
        stop_signal=signal.SIGINT,
        orphan_signal=signal.SIGINT,
        account=unprivileged.rights().account,
    )


def broker(places: Places, environ: Mapping[str, str]) -> Plan:
    """Return the plan of the private Valkey."""
    return Plan(
        name="valkey",
        command=valkey.command(places),
        environ=environ,
        ready=probes.broker(places),
        orphan_signal=signal.SIGTERM,
    )


def describe(places: Places, keys: Keys, ports: Ports) -> House:
    """Return the house that this process's environment describes.

    :raises addresses.AddressRefused: if the external addresses contradict each other.
    """
    environ = dict(os.environ)
    return House(places, keys, addresses.of(environ, places, keys), ports, environ)
