"""What the operator has set for the watchdog. It reads variables and connects to nothing."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from config.environment import Environment
from config.servers import addresses, keys, places, state
from config.servers.addresses import Database
from coordination.alarms import LOOPS


@dataclass(frozen=True)
class Ways:
    """How the operator is told. What is empty is not used."""

    smtp_url: str = field(default="", repr=False)
    email_from: str = "tandem-watchdog@localhost"
    email_to: tuple[str, ...] = ()
    webhook_url: str = field(default="", repr=False)
    sms_url: str = ""
    sms_account: str = ""
    sms_token: str = field(default="", repr=False)
    sms_from: str = ""
    sms_to: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(
            (self.smtp_url and self.email_to) or self.webhook_url or (self.sms_url and self.sms_to)
        )


@dataclass(frozen=True)
class Options:
    """Everything: whom to ask, whom to tell, and what to look at beside the database."""

    database: Database
    state: Path
    ways: Ways
    loops: Mapping[str, float]
    disks: tuple[Path, ...]
    web_url: str = ""
    deadman_url: str = field(default="", repr=False)
    replica: Database | None = None
    backup: str = ""
    backup_hours: float = 26.0
    every: float = 10.0
    start_seconds: float = 60.0
    calm_seconds: float = 60.0
    probe_keys: tuple[str, ...] = field(default=(), repr=False)
    probe_minutes: float = 15.0
    probe_seconds: float = 10.0

    @property
    def unset(self) -> tuple[str, ...]:
        """Say in words what nobody watches, or how nobody is told, because it is not set."""
        missing = {
            "nobody is told of an alarm: set WATCHDOG_EMAIL_TO with WATCHDOG_SMTP_URL, "
            "WATCHDOG_WEBHOOK_URL or WATCHDOG_SMS_TO": not self.ways,
            "nobody notices when this machine is gone: set WATCHDOG_DEADMAN_URL": (
                not self.deadman_url
            ),
            "the age of the backup is not watched: set WATCHDOG_BACKUP": not self.backup,
            "no replica is watched: set WATCHDOG_REPLICA_URL": self.replica is None,
            "the whole way is not tried: set WATCHDOG_PROBE_KEYS": not self.probe_keys,
            "the web server is not asked: set WATCHDOG_WEB_URL": not self.web_url,
        }
        return tuple(words for words, is_missing in missing.items() if is_missing)


def read(values: Mapping[str, str] = os.environ) -> Options:
    """Return the options that these variables describe.

    :raises addresses.AddressRefused: if an address cannot be understood.
    """
    environ = Environment(values)
    here = places.of(environ)
    return Options(
        database=_database(environ, here),
        state=here.root / "watchdog.json",
        ways=_ways(environ),
        loops=_loops(environ),
        disks=tuple(Path(name) for name in environ.words("WATCHDOG_DISKS")) or (here.root,),
        web_url=(environ.get("WATCHDOG_WEB_URL") or state.read(here.state).url).rstrip("/"),
        deadman_url=environ.get("WATCHDOG_DEADMAN_URL", ""),
        replica=_replica(environ),
        backup=environ.get("WATCHDOG_BACKUP", ""),
        backup_hours=environ.number("WATCHDOG_BACKUP_HOURS", 26.0, lowest=0.01, highest=10_000.0),
        probe_keys=_probe_keys(environ),
        probe_minutes=environ.number("WATCHDOG_PROBE_MINUTES", 15.0, lowest=0.05, highest=1440.0),
        probe_seconds=environ.number("WATCHDOG_PROBE_SECONDS", 10.0, lowest=0.1, highest=30.0),
        every=environ.number("WATCHDOG_EVERY", 10.0, lowest=0.1, highest=60.0),
        calm_seconds=environ.number("WATCHDOG_CALM_SECONDS", 60.0, lowest=0.0, highest=3600.0),
        start_seconds=environ.number("WATCHDOG_START_SECONDS", 60.0, lowest=0.0, highest=3600.0),
    )


def _database(environ: Environment, here: places.Places) -> Database:
    url = environ.get("WATCH_DATABASE_URL", "")
    if url:
        return addresses.parse(url, "WATCH_DATABASE_URL")
    return addresses.of(environ, here, keys.read(here.secrets)).databases["watch"]


def _replica(environ: Environment) -> Database | None:
    url = environ.get("WATCHDOG_REPLICA_URL", "")
    return addresses.parse(url, "WATCHDOG_REPLICA_URL") if url else None


def _probe_keys(environ: Environment) -> tuple[str, ...]:
    given = tuple(environ.words("WATCHDOG_PROBE_KEYS"))
    if len(given) not in {0, 2}:
        raise addresses.AddressRefused(
            "WATCHDOG_PROBE_KEYS must be the two keys that `manage.py probe_cast` prints, "
            "separated by a comma."
        )
    return given


def _loops(environ: Environment) -> dict[str, float]:
    asked = environ.words("WATCHDOG_LOOPS") or list(LOOPS)
    unknown = sorted(set(asked) - set(LOOPS))
    if unknown:
        raise addresses.AddressRefused(
            f"WATCHDOG_LOOPS names {', '.join(unknown)}; there are {', '.join(LOOPS)}."
        )
    return {name: LOOPS[name] for name in asked}


def _ways(environ: Environment) -> Ways:
    return Ways(
        smtp_url=environ.get("WATCHDOG_SMTP_URL", ""),
        email_from=environ.get("WATCHDOG_EMAIL_FROM") or Ways.email_from,
        email_to=tuple(environ.words("WATCHDOG_EMAIL_TO")),
        webhook_url=environ.get("WATCHDOG_WEBHOOK_URL", ""),
        sms_url=environ.get("WATCHDOG_SMS_PROVIDER_URL", "").rstrip("/"),
        sms_account=environ.get("WATCHDOG_SMS_ACCOUNT_SID", ""),
        sms_token=environ.get("WATCHDOG_SMS_AUTH_TOKEN", ""),
        sms_from=environ.get("WATCHDOG_SMS_FROM", ""),
        sms_to=tuple(environ.words("WATCHDOG_SMS_TO")),
    )
