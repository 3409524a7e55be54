"""Which servers a house talks to, for every mixture of variables."""

from pathlib import Path

import pytest

from config.servers import addresses, keys
from config.servers.addresses import AddressRefused
from config.servers.places import Places

HERE = Places(Path("/srv/tandem/var"))
KEYS = keys.fresh()
EXTERNAL = {
    "DATABASE_URL": "postgresql://clinic_app:a%40b@db.example:5433/clinic?sslmode=require",
    "ENGINE_DATABASE_URL": "postgres://clinic_engine:word@db.example/clinic",
    "OWNER_DATABASE_URL": "postgresql://clinic_owner@/clinic?host=/run/postgresql",
    "WATCH_DATABASE_URL": "postgresql://clinic_watch:word@db.example/clinic",
}


def test_without_variables_everything_is_private_and_on_sockets() -> None:
    found = addresses.of({}, HERE, KEYS)
    assert (found.private_postgres, found.private_valkey) == (True, True)
    assert {login.user for login in found.databases.values()} == {
        "tandem_app",
        "tandem_engine",
        "tandem_owner",
        "tandem_watch",
    }
    assert {login.host for login in found.databases.values()} == {"/srv/tandem/var/run"}
    assert found.redis == "unix:///srv/tandem/var/run/valkey.sock?db=0"
    assert found.broker == "redis+socket:///srv/tandem/var/run/valkey.sock?virtual_host=0"


def test_external_databases_are_taken_apart_with_their_own_role_names() -> None:
    found = addresses.of(EXTERNAL, HERE, KEYS)
    assert (found.private_postgres, found.private_valkey) == (False, True)
    app, owner = found.databases["app"], found.databases["owner"]
    assert (app.user, app.password, app.host, app.port) == (
        "clinic_app",
        "a@b",
        "db.example",
        "5433",
    )
    assert app.options == {"sslmode": "require"}
    assert (owner.host, owner.port) == ("/run/postgresql", "")


@pytest.mark.parametrize("missing", EXTERNAL)
def test_a_missing_one_of_the_four_is_named(missing: str) -> None:
    given = {name: url for name, url in EXTERNAL.items() if name != missing}
    with pytest.raises(AddressRefused, match=f"^{missing} is missing"):
        addresses.of(given, HERE, KEYS)


@pytest.mark.parametrize("url", ["mysql://u:p@h/n", "postgresql://h/n", "postgresql://u:p@h"])
def test_an_address_that_cannot_be_meant_is_refused(url: str) -> None:
    with pytest.raises(AddressRefused, match="DATABASE_URL must"):
        addresses.of({**EXTERNAL, "DATABASE_URL": url}, HERE, KEYS)


@pytest.mark.parametrize(
    ("given", "redis", "broker"),
    [
        ({"REDIS_URL": "redis://h/1"}, "redis://h/1", "redis://h/1"),
        ({"CELERY_BROKER_URL": "rediss://h/2"}, "rediss://h/2", "rediss://h/2"),
        (
            {"REDIS_URL": "redis://h/1", "CELERY_BROKER_URL": "redis://h/2"},
            "redis://h/1",
            "redis://h/2",
        ),
        (
            {"CELERY_BROKER_URL": "redis+socket:///s?virtual_host=3"},
            "unix:///s?db=3",
            "redis+socket:///s?virtual_host=3",
        ),
    ],
)
def test_either_broker_variable_keeps_the_private_one_away(
    given: dict[str, str], redis: str, broker: str
) -> None:
    found = addresses.of(given, HERE, KEYS)
    assert (found.redis, found.broker, found.private_valkey) == (redis, broker, False)


def test_a_password_does_not_show_when_an_address_is_printed() -> None:
    assert "a@b" not in repr(addresses.of(EXTERNAL, HERE, KEYS))
