"""How the watchdog reads its settings, and what its login may not do."""

from dataclasses import replace

import psycopg
import pytest
from django.db import connection

from config.servers import addresses, postgres
from config.watchdog import options


def test_its_settings_are_read_and_a_wrong_one_is_named(tmp_path):
    given = {
        "VAR_DIR": str(tmp_path),
        "WATCH_DATABASE_URL": "postgresql://w:p@/tandem?host=a,b&target_session_attrs=read-write",
        "WATCHDOG_LOOPS": "dispatch",
        "WATCHDOG_EMAIL_TO": "a@example.org, b@example.org",
    }
    chosen = options.read(given)
    assert chosen.database.host == "a,b"
    assert chosen.database.options == {"target_session_attrs": "read-write"}
    assert list(chosen.loops) == ["dispatch"]
    assert not chosen.ways, "an address without a mail server tells nobody"
    assert any("WATCHDOG_DEADMAN_URL" in words for words in chosen.unset)
    with pytest.raises(addresses.AddressRefused, match="WATCHDOG_LOOPS names dispach"):
        options.read(given | {"WATCHDOG_LOOPS": "dispach"})


@pytest.mark.django_db
def test_its_login_changes_nothing():
    login = replace(options.read().database, name=connection.settings_dict["NAME"])
    with postgres.connect(login) as asked:
        for statement in (
            "UPDATE referrals_referral SET tier = 0",
            "INSERT INTO coordination_heartbeat (component) VALUES ('x')",
            "SELECT 1 FROM referrals_patient",
            "SELECT 1 FROM referrals_note",
            "SELECT 1 FROM coordination_contactpoint",
            "SELECT data FROM referrals_event",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                asked.execute(statement)
