"""The private servers of one test run: a folder of its own, gone at the end.

It decides the folder before the settings are read and starts the servers only when a test
needs them.
"""

import fcntl
import os
import shutil
from collections.abc import Iterator, MutableMapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

from config.servers import house, keys, leftovers, places, postgres
from config.servers.child import Child
from config.servers.lock import HouseTaken, Lock
from tests.waiting import until

RUNS = places.PROJECT / "var" / "test"
# A developer's own servers must not be the ones that tests write to.
FOREIGN = (
    "DATABASE_URL",
    "ENGINE_DATABASE_URL",
    "OWNER_DATABASE_URL",
    "WATCH_DATABASE_URL",
    "REDIS_URL",
    "CELERY_BROKER_URL",
    "DATABASE_ROLE",
    "DEBUG",
    "PORT",
    "HOST",
    "PUBLIC_URL",
    "SMTP_URL",
    "SMS_PROVIDER_URL",
    "SMS_SECOND_PROVIDER_URL",
    "SECRET_KEY",
    "FIELD_KEYS",
)


def claim(environ: MutableMapping[str, str]) -> Lock:
    """Take a fresh folder for this process, point the environment at it, and return its lock."""
    for name in FOREIGN:
        environ.pop(name, None)
    environ["VAR_DIR"] = str(RUNS / str(os.getpid()))
    environ["DATABASE_ROLE"] = "owner"
    environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
    here = places.of(environ)
    lock = Lock(here.lock)
    with _one_at_a_time():
        _clear_stale_runs()
        lock.__enter__()
    here.prepare()
    keys.read_or_make(here.secrets)
    return lock


@contextmanager
def running(here: places.Places, *, forgetful: bool = True) -> Iterator[None]:
    """Run PostgreSQL and Valkey with the three roles; the owner may make databases."""
    kept = keys.read_or_make(here.secrets)
    postgres.initialise(here, kept)
    here.valkey.mkdir(exist_ok=True)
    environ = house.plain(here, os.environ)
    plans = [
        house.database(here, kept, environ, forgetful=forgetful),
        house.broker(here, environ),
    ]
    children = [Child(plan, here.logs / f"{plan.name}.log") for plan in plans]
    try:
        for child in children:
            child.start()
        for child in children:
            until(child.is_ready, what=f"{child.plan.name}: {child.log}")
        postgres.provide(here, kept, extra=["CREATEDB"])
        yield
    finally:
        for child in children:
            child.ask_to_stop()
        for child in children:
            child.wait_stopped(0)


def remove(run: Path) -> None:
    """Remove a run's folder, and the short one for its sockets if it had one."""
    shutil.rmtree(places.Places(run).sockets, ignore_errors=True)
    shutil.rmtree(run, ignore_errors=True)


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    # The processes of a run begin together: one must not clear away what another has just begun.
    RUNS.mkdir(parents=True, exist_ok=True)
    with (RUNS / "claim.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _clear_stale_runs() -> None:
    for run in RUNS.glob("*/"):
        try:
            with ExitStack() as locks:
                # A house of that run may still be stopping: then it is the next run's to clear.
                for lock in run.glob("**/up.lock"):
                    locks.enter_context(Lock(lock))
                    leftovers.clear(places.Places(lock.parent))
                remove(run)
        except HouseTaken:
            continue
