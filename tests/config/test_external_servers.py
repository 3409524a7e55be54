"""Servers of the operator's own are used, with their own role names, and no private one starts."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.request import urlopen

import httpx
import pytest

from config.servers import house, keys, places, ports, postgres
from tests.live import LiveHouse
from tests.waiting import until

# Whole houses start here, perhaps on a machine that is busy with other things.
pytestmark = pytest.mark.timeout(300)

PASSWORDS = {
    "owner": "o'wner pass",
    "app": "app:pass/",
    "engine": "engine@pass",
    "watch": "watch#pass",
}
SECRETS = {
    "SECRET_KEY": "external-secret-key-of-more-than-fifty-characters-0123456789",
    "FIELD_KEYS": keys.fresh()["FIELD_KEYS"],
}


@dataclass(frozen=True)
class Outside:
    """An operator's PostgreSQL and Valkey on TCP, with passwords."""

    port: int
    superuser_password: str
    environ: dict[str, str]

    def url(self, user: str, password: str) -> str:
        quoted = (
            password.replace(":", "%3A").replace("/", "%2F").replace("@", "%40").replace("#", "%23")
        )
        quoted = quoted.replace(" ", "%20").replace("'", "%27")
        return f"postgresql://{user}:{quoted}@127.0.0.1:{self.port}/clinic"


@pytest.fixture(scope="module")
def outside() -> Iterator[Outside]:
    here = places.Places(Path(os.environ["VAR_DIR"]) / "outside")
    here.prepare()
    kept = keys.read_or_make(here.secrets)
    postgres.initialise(here, kept)
    here.valkey.mkdir()
    reserved = [ports.reserve("", ports.LOOPBACK, first) for first in (15432, 16379)]
    sql_port, redis_port = (each.port for each in reserved)
    environ = house.plain(here, os.environ)
    plans = [house.database(here, kept, environ, forgetful=True), house.broker(here, environ)]
    extra = {
        "postgres": ("-c", "listen_addresses=127.0.0.1", "-c", f"port={sql_port}"),
        "valkey": ("--port", str(redis_port), "--bind", "127.0.0.1", "--requirepass", "pass"),
    }
    started = [
        subprocess.Popen(
            [*plan.command, *extra[plan.name]],
            env=environ,
            stderr=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
        )
        for plan in plans
    ]
    try:
        yield _with_roles(sql_port, redis_port, kept["superuser"])
    finally:
        for process, plan in zip(started, plans, strict=True):
            process.send_signal(plan.stop_signal)
            process.wait(10)
        for each in reserved:
            each.release()


def _with_roles(port: int, redis_port: int, password: str) -> Outside:
    script = [
        postgres.binary("psql"),
        *("-X", "-q", "-h", "127.0.0.1", "-p", str(port), "-U", "postgres"),
        *("-v", "database=clinic", "-v", "owner=clinic_owner"),
        *("-v", "app=clinic_app", "-v", "engine=clinic_engine", "-v", "watch=clinic_watch"),
        *("-f", str(places.PROJECT / "deploy" / "postgres-roles.sql")),
    ]
    environ = {
        "PATH": os.environ["PATH"],
        "PGPASSWORD": password,
        **{f"{role.upper()}_PASSWORD": word for role, word in PASSWORDS.items()},
    }
    login = postgres.Database("postgres", "postgres", password, "127.0.0.1", str(port))
    until(lambda: postgres.answers(login), what="the operator's PostgreSQL")
    # Twice: it may be run again.
    for _ in range(2):
        subprocess.run(script, env=environ, check=True, capture_output=True)
    outside = Outside(port, password, {})
    redis = f"redis://:pass@127.0.0.1:{redis_port}/0"
    outside.environ.update(
        DATABASE_URL=outside.url("clinic_app", PASSWORDS["app"]),
        ENGINE_DATABASE_URL=outside.url("clinic_engine", PASSWORDS["engine"]),
        OWNER_DATABASE_URL=outside.url("clinic_owner", PASSWORDS["owner"]),
        WATCH_DATABASE_URL=outside.url("clinic_watch", PASSWORDS["watch"]),
        REDIS_URL=redis,
        CELERY_BROKER_URL=redis,
        **SECRETS,
    )
    return outside


def test_the_operators_servers_are_used_and_no_private_one_starts(outside: Outside) -> None:
    guest = LiveHouse(Path(os.environ["VAR_DIR"]) / "guest", WEB_WORKERS="1", **outside.environ)
    guest.options = ()
    try:
        guest.start()
        with urlopen(f"{guest.url}/readyz", timeout=5) as answer:
            assert json.load(answer)["status"] == "ready"
        assert not {"postgres", "valkey"} & set(guest.state.children)
        assert not guest.places.postgres.exists()
        _an_emergency_opens_its_alert(guest)
        _refusals(outside, guest)
        _dispatch_refuses(outside, guest)
    finally:
        guest.stop()


def _an_emergency_opens_its_alert(guest: LiveHouse) -> None:
    """The three foreign roles do their work: app takes the referral, engine opens the alert."""
    made = guest.manage("demo_cast", "--json")
    assert made.returncode == 0, made.stderr
    headers = {"Authorization": f"Bearer {json.loads(made.stdout)[0]['key']}"}
    with httpx.Client(base_url=guest.url, headers=headers, trust_env=False) as office:
        sent = office.post(
            "/api/v1/referrals",
            json={"to": {"specialty": "spine"}, "findings": {"urinary_retention": "present"}},
            headers={"Idempotency-Key": "external-servers-1"},
        )
        assert sent.status_code == 201, sent.text
        here = f"{sent.json()['links']['self']}/coordination"
        until(lambda: office.get(here).json()["alert"], seconds=30, what="the alert is open")


def _dispatch_refuses(outside: Outside, guest: LiveHouse) -> None:
    url = outside.url("postgres", outside.superuser_password)
    refused = guest.manage("dispatch", "--once", ENGINE_DATABASE_URL=url)
    assert refused.returncode != 0
    assert "is a superuser" in refused.stderr


def _refusals(outside: Outside, guest: LiveHouse) -> None:
    """The tables are there now: each role that could read past row-level security is refused."""
    login = postgres.Database(
        "clinic", "postgres", outside.superuser_password, "127.0.0.1", str(outside.port)
    )
    with postgres.connect(login) as connection:
        connection.execute("CREATE ROLE bypasser LOGIN BYPASSRLS PASSWORD 'word'")
        connection.execute("GRANT CONNECT ON DATABASE clinic TO bypasser")
        connection.execute("CREATE ROLE member LOGIN PASSWORD 'word' IN ROLE clinic_owner")
    logins = {
        ("postgres", "is a superuser"): outside.superuser_password,
        ("bypasser", "has BYPASSRLS"): "word",
        ("clinic_owner", "owns tables"): PASSWORDS["owner"],
        ("member", "owns tables"): "word",
    }
    starts = {
        (user, reason): subprocess.Popen(
            [sys.executable, "-c", "import config.wsgi"],
            cwd=places.PROJECT,
            env={**guest.env, "DATABASE_URL": outside.url(user, password)},
            stderr=subprocess.PIPE,
            text=True,
        )
        for (user, reason), password in logins.items()
    }
    for (user, reason), start in starts.items():
        said = start.communicate(timeout=30)[1]
        assert start.returncode == 78, said
        assert f"{user} {reason}" in said
        assert "deploy/postgres-roles.sql" in said
