"""The floors: what this machine's PostgreSQL and a bare view do at best, in the same run."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event
from time import monotonic

import httpx

from config.servers import addresses, keys, places, ports, postgres

CONNECTIONS = 8
FIRST_PORT = 8300
START_SECONDS = 30.0
_INSERT = "INSERT INTO bench_floor (body) VALUES (repeat('x', 200));\n"
_TPS = re.compile(r"^tps = ([\d.]+)", re.MULTILINE)


class BenchFailed(RuntimeError):
    """The benchmark could not be run; says why."""


@contextmanager
def table() -> Iterator[None]:
    """Make the table that both floors write, and drop it."""
    with postgres.connect(owner()) as connection:
        connection.execute("CREATE TABLE bench_floor (id bigserial PRIMARY KEY, body text)")
        connection.execute("GRANT INSERT ON bench_floor TO tandem_app")
        connection.execute("GRANT USAGE ON SEQUENCE bench_floor_id_seq TO tandem_app")
        try:
            yield
        finally:
            connection.execute("DROP TABLE bench_floor")


def durable_inserts(seconds: float) -> float:
    """Return single-row inserts a second, each its own durable commit, over 8 connections.

    :raises BenchFailed: if pgbench does not run.
    """
    login = owner()
    with TemporaryDirectory() as folder:
        script = Path(folder) / "insert.sql"
        script.write_text(_INSERT)
        command = [
            postgres.binary("pgbench"), "--no-vacuum", f"--client={CONNECTIONS}", "--jobs=2",
            f"--time={max(1, round(seconds))}", f"--file={script}", f"--host={login.host}",
            f"--username={login.user}", *([f"--port={login.port}"] if login.port else []),
            login.name,
        ]  # fmt: skip
        environ = os.environ | {"PGPASSWORD": login.password}
        ran = subprocess.run(command, capture_output=True, text=True, check=False, env=environ)
    found = _TPS.search(ran.stdout)
    if ran.returncode or not found:
        raise BenchFailed(f"pgbench: {ran.stderr.strip()}")
    return float(found.group(1))


@contextmanager
def bare_view() -> Iterator[str]:
    """Serve the bare view as the house serves its own, and yield its address.

    :raises BenchFailed: if it does not answer.
    """
    reserved = ports.reserve("", ports.LOOPBACK, FIRST_PORT)
    command = [
        sys.executable, "-m", "granian", "config.bench.floor_wsgi:application",
        "--interface", "wsgi", "--host", ports.LOOPBACK, "--port", str(reserved.port),
        "--workers", os.environ.get("WEB_WORKERS", "2"),
        "--blocking-threads", os.environ.get("WEB_THREADS", "4"), "--no-ws",
        "--log-level", "error",
    ]  # fmt: skip
    environ = os.environ | {
        "DATABASE_ROLE": "app",
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "PYTHONPATH": str(places.PROJECT),
    }
    process = subprocess.Popen(command, env=environ, cwd=places.PROJECT)
    try:
        url = f"http://{ports.LOOPBACK}:{reserved.port}"
        _wait_for(url)
        yield url
    finally:
        process.terminate()
        process.wait(START_SECONDS)
        reserved.release()


def _wait_for(url: str) -> None:
    deadline, pause = monotonic() + START_SECONDS, Event()
    while monotonic() < deadline:
        try:
            if httpx.post(f"{url}/one", trust_env=False).status_code == httpx.codes.CREATED:
                return
        except httpx.TransportError:
            pass
        pause.wait(0.1)
    raise BenchFailed("The bare view did not answer.")


def owner() -> addresses.Database:
    """Return the log-in of the owner of the house's tables."""
    here = places.of(os.environ)
    return addresses.of(os.environ, here, keys.read(here.secrets)).databases["owner"]
