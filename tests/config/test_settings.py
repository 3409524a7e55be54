"""Production fails loudly; everything else says nothing it should not."""

import json
import logging
import os
import subprocess
import sys
from pathlib import Path

import pytest

from config.environment import Environment, SettingMissing, field_keys
from config.logs import AllowedFields
from config.servers import keys
from config.servers.places import PROJECT
from tests.config.test_addresses import EXTERNAL

FRESH = keys.fresh()


def load(**environ: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", "import config.settings"],
        cwd=PROJECT,
        env={"PATH": os.environ["PATH"], "VAR_DIR": "/nonexistent", **environ},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("missing", ["SECRET_KEY", "FIELD_KEYS"])
def test_external_servers_without_a_secret_are_refused(missing: str) -> None:
    secrets = {name: FRESH[name] for name in ("SECRET_KEY", "FIELD_KEYS") if name != missing}
    refused = load(**EXTERNAL, **secrets)
    assert refused.returncode != 0
    assert f"{missing} is missing" in refused.stderr


def test_external_servers_with_secrets_from_files_are_accepted(tmp_path: Path) -> None:
    for name in ("SECRET_KEY", "FIELD_KEYS"):
        (tmp_path / name).write_text(FRESH[name] + "\n")
    files = {f"{name}_FILE": str(tmp_path / name) for name in ("SECRET_KEY", "FIELD_KEYS")}
    assert load(**EXTERNAL, **files).stderr == ""


def test_an_unknown_role_is_refused() -> None:
    assert "DATABASE_ROLE must be" in load(DATABASE_ROLE="root").stderr


@pytest.mark.parametrize("text", ["k1", "k1:short", ":AAAA", "k1:not base64 at all!"])
def test_a_field_key_that_is_not_32_bytes_is_refused(text: str) -> None:
    with pytest.raises(SettingMissing, match="FIELD_KEYS must be"):
        field_keys(text)


def test_the_first_field_key_stays_the_first() -> None:
    old, new = FRESH["FIELD_KEYS"], keys.fresh()["FIELD_KEYS"].replace("k1", "k2")
    assert list(field_keys(f"{new}, {old}")) == ["k2", "k1"]


def test_flags_and_words_are_read_kindly() -> None:
    environment = Environment({"A": "Yes", "B": "0", "C": " x, ,y "})
    assert (environment.flag("A"), environment.flag("B"), environment.flag("D")) == (
        True,
        False,
        False,
    )
    assert environment.words("C") == ["x", "y"]


def test_secrets_are_made_once_and_damage_is_named(tmp_path: Path) -> None:
    path = tmp_path / "secrets.json"
    assert keys.read_or_make(path) == keys.read_or_make(path)
    path.write_text("{")
    with pytest.raises(keys.KeysUnreadable, match="is damaged"):
        keys.read(path)


def test_a_log_line_holds_allowed_fields_and_no_arguments() -> None:
    record = logging.makeLogRecord(
        {
            "name": "django.request",
            "levelname": "WARNING",
            "msg": "Not Found: %s",
            "args": ("/a/SECRETTOKEN",),
            "referral": "R-7K2QM",
            "body": "Jane Roe",
        }
    )
    line = json.loads(AllowedFields().format(record))
    assert (line["message"], line["referral"]) == ("Not Found: %s", "R-7K2QM")
    assert "SECRETTOKEN" not in json.dumps(line)
    assert "Jane" not in json.dumps(line)


def test_a_logged_exception_says_where_and_never_what() -> None:
    try:
        raise ValueError("Jane Roe")
    except ValueError:
        record = logging.makeLogRecord({"msg": "failed", "exc_info": sys.exc_info()})
    line = AllowedFields().format(record)
    assert json.loads(line)["error"] == "ValueError"
    assert "test_settings.py" in line
    assert "Jane" not in line
