"""Which servers the processes of a house talk to: those named in the environment, or private ones.

It reads variables and returns values; it connects to nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, quote, unquote, urlsplit

from config.servers.keys import Keys
from config.servers.places import Places

DATABASE_VARIABLES = {
    "app": "DATABASE_URL",
    "engine": "ENGINE_DATABASE_URL",
    "owner": "OWNER_DATABASE_URL",
    "watch": "WATCH_DATABASE_URL",
}
PRIVATE_DATABASE = "tandem"


class AddressRefused(ValueError):
    """An address in the environment is missing or cannot be understood."""


@dataclass(frozen=True)
class Database:
    """One login to one database."""

    name: str
    user: str
    password: str = field(repr=False)
    host: str
    port: str = ""
    options: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Addresses:
    """The four logins by role, and the broker twice: as redis-py and as Celery spell it."""

    databases: Mapping[str, Database]
    private_postgres: bool
    redis: str
    broker: str
    private_valkey: bool


def of(environ: Mapping[str, str], places: Places, keys: Keys) -> Addresses:
    """Return every address, external ones before private ones.

    :raises AddressRefused: if only some of the four database addresses are set, or one is wrong.
    """
    external = _external_databases(environ)
    redis = environ.get("REDIS_URL") or _as_redis(environ.get("CELERY_BROKER_URL") or "")
    private_redis = f"unix://{quote(str(places.valkey_socket))}?db=0"
    return Addresses(
        databases=external or _private_databases(places, keys),
        private_postgres=not external,
        redis=redis or private_redis,
        broker=environ.get("CELERY_BROKER_URL") or _as_broker(redis or private_redis),
        private_valkey=not redis,
    )


def parse(url: str, variable: str) -> Database:
    """Take a `postgresql://user:password@host:port/name?option=value` apart.

    :raises AddressRefused: if it is another scheme or lacks the user or the name.
    """
    parts = urlsplit(url)
    if parts.scheme not in {"postgres", "postgresql"}:
        raise AddressRefused(f"{variable} must start with postgresql://")
    options = dict(parse_qsl(parts.query))
    host = options.pop("host", "") or unquote(parts.hostname or "")
    name = unquote(parts.path.lstrip("/"))
    if not (parts.username and name):
        raise AddressRefused(f"{variable} must name a user and a database: {_SHAPE}")
    return Database(
        name=name,
        user=unquote(parts.username),
        password=unquote(parts.password or ""),
        host=host,
        port=str(parts.port or ""),
        options=options,
    )


_SHAPE = "postgresql://user:password@host:5432/name"


def _external_databases(environ: Mapping[str, str]) -> dict[str, Database]:
    given = {role: environ.get(name, "") for role, name in DATABASE_VARIABLES.items()}
    if not any(given.values()):
        return {}
    missing = [DATABASE_VARIABLES[role] for role, url in given.items() if not url]
    if missing:
        raise AddressRefused(
            f"{' and '.join(missing)} is missing. An external PostgreSQL needs four logins: "
            + ", ".join(f"{name} ({role})" for role, name in DATABASE_VARIABLES.items())
            + ". deploy/postgres-roles.sql makes them. Unset all four to use a private server."
        )
    return {role: parse(url, DATABASE_VARIABLES[role]) for role, url in given.items()}


def _private_databases(places: Places, keys: Keys) -> dict[str, Database]:
    return {
        role: Database(
            name=PRIVATE_DATABASE,
            user=f"tandem_{role}",
            password=keys[role],
            host=str(places.sockets),
        )
        for role in DATABASE_VARIABLES
    }


def _as_broker(redis: str) -> str:
    parts = urlsplit(redis)
    if parts.scheme != "unix":
        return redis
    database = dict(parse_qsl(parts.query)).get("db", "0")
    return f"redis+socket://{parts.netloc}{parts.path}?virtual_host={database}"


def _as_redis(broker: str) -> str:
    parts = urlsplit(broker)
    if parts.scheme != "redis+socket":
        return broker
    database = dict(parse_qsl(parts.query)).get("virtual_host", "0")
    return f"unix://{parts.netloc}{parts.path}?db={database}"
