"""The floor: what this machine's PostgreSQL does at best, by pgbench, in the same run."""

import os
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg

from config.servers import addresses, keys, places, postgres

CONNECTIONS = 8
_INSERT = "INSERT INTO bench_floor (body) VALUES (repeat('x', 200));\n"
_TPS = re.compile(r"^tps = ([\d.]+)", re.MULTILINE)


class BenchFailed(RuntimeError):
    """The benchmark could not be run; says why."""


def durable_inserts(seconds: int) -> float:
    """Return single-row inserts a second, each its own durable commit, over 8 connections.

    :raises BenchFailed: if pgbench does not run.
    """
    owner = _owner()
    with _table(owner), TemporaryDirectory() as folder:
        script = Path(folder) / "insert.sql"
        script.write_text(_INSERT)
        command = [
            postgres.binary("pgbench"), "--no-vacuum", f"--client={CONNECTIONS}", "--jobs=2",
            f"--time={seconds}", f"--file={script}", f"--host={owner.host}",
            f"--username={owner.user}", *([f"--port={owner.port}"] if owner.port else []),
            owner.name,
        ]  # fmt: skip
        ran = subprocess.run(
            command,
            capture_output=True,
            text=True,
            check=False,
            env=os.environ | {"PGPASSWORD": owner.password},
        )
    found = _TPS.search(ran.stdout)
    if ran.returncode or not found:
        raise BenchFailed(f"pgbench: {ran.stderr.strip()}")
    return float(found.group(1))


def _owner() -> addresses.Database:
    here = places.of(os.environ)
    return addresses.of(os.environ, here, keys.read(here.secrets)).databases["owner"]


@contextmanager
def _table(owner: addresses.Database) -> Iterator[None]:
    with postgres.connect(owner) as connection:
        _run(connection, "DROP TABLE IF EXISTS bench_floor")
        _run(connection, "CREATE TABLE bench_floor (id bigserial PRIMARY KEY, body text)")
        try:
            yield
        finally:
            _run(connection, "DROP TABLE bench_floor")


def _run(connection: psycopg.Connection, statement: str) -> None:
    connection.execute(statement.encode())
    if not connection.autocommit:
        connection.commit()
