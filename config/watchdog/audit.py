"""One look at everything: what is wrong now, by code. It only reads."""

import logging
import shutil
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from glob import glob
from http.client import HTTPException
from pathlib import Path
from time import monotonic, time

import psycopg

from config.servers import postgres
from config.watchdog import telling
from config.watchdog.chain import check_heads
from config.watchdog.memory import Memory
from config.watchdog.options import Options
from config.watchdog.patience import Errand, within
from config.watchdog.probe import Probe
from coordination.alarms import ALARMS
from coordination.drift import JUMP, Drift

Check = Callable[[psycopg.Connection], tuple[str, ...]]

log = logging.getLogger(__name__)

# A database that is frozen answers nothing, and closes nothing.
DATABASE_SECONDS = 8.0
HTTP_SECONDS = 3.0
# A folder on a server that is gone hangs whoever looks, for hours.
FOLDER_SECONDS = 3.0
A_JUMP_IS_RED_FOR = 600.0
FILLING, FULL = 0.8, 0.9

_HEARTBEATS = """
    SELECT component, extract(epoch FROM statement_timestamp() - max(at))::float
    FROM coordination_heartbeat GROUP BY component
"""
_CLOCK = "SELECT extract(epoch FROM clock_timestamp())::float"
_REPLICA = """
    SELECT CASE WHEN NOT pg_is_in_recovery() THEN 'it is no replica'
                WHEN pg_last_xact_replay_timestamp() < statement_timestamp() - interval '60 s'
                THEN 'more than a minute behind' END
"""


@dataclass(frozen=True)
class Found:
    """One alarm: its code, and what is wrong. Public references, names of processes, paths."""

    code: str
    things: tuple[str, ...] = ()


def by_code(found: Iterable[Found]) -> list[Found]:
    """Put together what is of one code, in the order of ``ALARMS``."""
    things: dict[str, tuple[str, ...]] = {}
    for one in found:
        things[one.code] = things.get(one.code, ()) + one.things
    return [Found(code, things[code]) for code in ALARMS if code in things]


class Auditor:
    """Asks every question of :data:`coordination.alarms.ALARMS`."""

    def __init__(self, options: Options, *, uptime: float = 0.0) -> None:
        """Begin to watch.

        :param uptime: how long everything has had time to start, in seconds.
        """
        self._options = options
        self._started = monotonic() - uptime
        self._drift = Drift()
        self._jump_until = 0.0
        self._probe = Probe(options)
        self._errands: dict[str, Errand[tuple[str, ...]]] = {}

    def look(self, memory: Memory) -> list[Found]:
        """Return what is wrong now. ``memory`` keeps the heads of the sealed histories."""
        try:
            found = within(DATABASE_SECONDS, lambda: self._ask_database(memory))
        except (psycopg.Error, TimeoutError) as error:
            found = [Found("database-gone", (type(error).__name__,))]
        found += self._look_around()
        found += [Found("clock-jumped")] if monotonic() < self._jump_until else []
        return by_code(found)

    def leave(self, codes: list[str], instance: str) -> None:
        """Leave what is red where the web server can read it, if the database answers."""

        def say() -> None:
            with postgres.connect(self._options.database) as connection:
                connection.execute("SELECT tandem_watchdog_found(%s, %s)", [instance, codes])

        try:
            within(DATABASE_SECONDS, say)
        except (psycopg.Error, TimeoutError):
            log.warning("what is red could not be left in the database")

    @property
    def is_settled(self) -> bool:
        """Whether everything has had the time to start: until then not all is asked."""
        return monotonic() - self._started > self._options.start_seconds

    def _ask_database(self, memory: Memory) -> list[Found]:
        with postgres.connect(self._options.database) as connection:
            connection.execute("SET statement_timeout = '2s'")
            return self.ask(connection, memory)

    def ask(self, connection: psycopg.Connection, memory: Memory) -> list[Found]:
        """Put every question to the database; one that fails hides none of the others."""
        found, blind = [], []
        self._watch_the_clock(connection)
        for code, check in self._checks(memory).items():
            try:
                things = check(connection)
            except Exception:  # Whatever is wrong with one, the next may be answered.
                if connection.closed:
                    raise
                log.exception("a question of the watchdog failed", extra={"code": code})
                blind.append(code)
            else:
                found += [Found(code, things)] if things else []
        if blind and self.is_settled:
            found.append(Found("watchdog-blind", tuple(blind)))
        return found

    def _checks(self, memory: Memory) -> dict[str, Check]:
        asked = {code: alarm.question for code, alarm in ALARMS.items() if alarm.question}
        return {
            **{code: _question(question) for code, question in asked.items()},
            "loop-stale": self._stale_loops,
            "chain-went-back": lambda connection: check_heads(connection, memory),
        }

    def _stale_loops(self, connection: psycopg.Connection) -> tuple[str, ...]:
        ages: dict[str, float] = dict(connection.execute(_HEARTBEATS).fetchall())
        if not self.is_settled:
            return ()
        return tuple(
            name for name, limit in self._options.loops.items() if ages.get(name, limit + 1) > limit
        )

    def _watch_the_clock(self, connection: psycopg.Connection) -> None:
        [(database,)] = connection.execute(_CLOCK).fetchall()
        jump = self._drift.measure(database=database, steady=monotonic())
        if abs(jump) > JUMP:
            self._drift.accept()
            self._jump_until = monotonic() + A_JUMP_IS_RED_FOR

    def _look_around(self) -> Iterator[Found]:
        checks: dict[str, Callable[[], tuple[str, ...]]] = {
            "disk-filling": lambda: self._aside("filling", lambda: self._disks(FILLING, FULL)),
            "disk-full": lambda: self._aside("full", lambda: self._disks(FULL, float("inf"))),
            "backup-old": lambda: self._aside("backup", self._backup),
            "web-silent": self._web,
            "replica-late": self._replica,
            "probe-late": self._probe.look,
        }
        for code, check in checks.items():
            try:
                things = check()
            except Exception:  # A folder that is gone must not hide what else is wrong.
                log.exception("a question of the watchdog failed", extra={"code": code})
                yield Found("watchdog-blind", (code,))
            else:
                if things:
                    yield Found(code, things)

    def _aside(self, name: str, look: Callable[[], tuple[str, ...]]) -> tuple[str, ...]:
        # As long as one look hangs no other is begun, or there would be thousands.
        earlier = self._errands.get(name)
        if earlier and not earlier.is_over:
            raise TimeoutError
        self._errands[name] = Errand(look)
        return self._errands[name].wait(FOLDER_SECONDS)

    def _disks(self, least: float, below: float) -> tuple[str, ...]:
        fill = {path: _filled(path) for path in self._options.disks}
        return tuple(f"{path} {part:.0%}" for path, part in fill.items() if least <= part < below)

    def _backup(self) -> tuple[str, ...]:
        pattern = self._options.backup
        if not pattern:
            return ()
        newest = max((Path(name).stat().st_mtime for name in glob(pattern)), default=0.0)
        if not newest:
            return (f"there is none: {pattern}",)
        hours = (time() - newest) / 3600
        return (f"{hours:.1f} hours",) if hours > self._options.backup_hours else ()

    def _web(self) -> tuple[str, ...]:
        if not self._options.web_url or not self.is_settled:
            return ()
        # Within the house it is asked by another name than people use.
        url = f"{self._options.web_url}/healthz"
        try:
            telling.call(url, headers={"Host": "localhost"}, seconds=HTTP_SECONDS)
        except (OSError, HTTPException) as error:
            return (type(error).__name__,)
        return ()

    def _replica(self) -> tuple[str, ...]:
        login = self._options.replica
        if login is None:
            return ()

        def ask() -> tuple[str, ...]:
            with postgres.connect(login) as connection:
                [(wrong,)] = connection.execute(_REPLICA).fetchall()
            return (wrong,) if wrong else ()

        try:
            return within(DATABASE_SECONDS, ask)
        except (psycopg.Error, TimeoutError):
            return ("it does not answer",)


def _question(sql: str) -> Check:
    return lambda connection: tuple(str(one) for (one,) in connection.execute(sql).fetchall())


def _filled(path: Path) -> float:
    usage = shutil.disk_usage(path)
    return usage.used / max(1, usage.used + usage.free)
