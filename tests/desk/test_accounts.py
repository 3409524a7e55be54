"""Accounts: the command that makes one, the demo's log-ins, and what the engine does not carry."""

import io
import json
import subprocess
import sys

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.db import ProgrammingError, connection, transaction

from config.demo import accounts as demo
from config.servers.places import PROJECT
from referrals.models import Authenticator, Practitioner
from referrals.services import accounts
from tests.cast import role
from tests.desk import people as p


def made(*words):
    said = io.StringIO()
    with role("app"):
        call_command("add_staff_account", *words, "--json", stdout=said)
    return json.loads(said.getvalue())


def test_a_known_person_gets_an_account_with_a_password_shown_once(cast):
    person = cast.pain.coordinator
    shown = made("nora", "--practitioner", person.name)
    assert shown["practice"] == cast.pain.practice.name
    user = User.objects.get(username="nora")
    assert user.check_password(shown["password"])
    assert (user.is_staff, user.is_superuser) == (True, False)
    assert Practitioner.objects.get(user=user) == person


def test_a_new_person_is_registered_with_the_account(cast):
    made("ann", "--practice", cast.spine.practice.name, "--name", "DEMO Ann", "--role", "nurse")
    person = Practitioner.objects.get(user__username="ann")
    assert (person.name, person.role) == ("DEMO Ann", "nurse")


@pytest.mark.parametrize(
    ("words", "refusal"),
    [
        (("nora", "--practitioner", "Nobody"), "Nobody is called"),
        (("nora", "--practice", "Nowhere"), "There is no practice"),
        (("nora", "--start-over"), "Nobody has the account"),
        ((" ", "--practitioner", "{person}"), "taken or empty"),
        (("nora", "--practice", "{practice}", "--name", ""), "cannot be blank"),
    ],
)
def test_what_cannot_be_is_refused_in_words_and_leaves_nothing(cast, words, refusal):
    person = cast.pain.coordinator
    words = [one.format(person=person.name, practice=cast.pain.practice.name) for one in words]
    with pytest.raises(CommandError, match=refusal):
        made(*words)
    assert not User.objects.exists()


def test_one_person_has_one_account_and_one_name_one_person(cast):
    made("nora", "--practitioner", cast.pain.coordinator.name)
    with pytest.raises(CommandError, match="has an account already"):
        made("other", "--practitioner", cast.pain.coordinator.name)
    with pytest.raises(CommandError, match="is taken"):
        made("nora", "--practitioner", cast.pain.clinician.name)


def test_starting_over_makes_the_old_password_and_telephone_worthless(cast):
    before = p.make_account(cast.pain.coordinator)
    after = made("nora", "--start-over")
    before.user.refresh_from_db()
    assert not before.user.check_password(before.password)
    assert before.user.check_password(after["password"])
    assert Authenticator.objects.get(confirmed=False).seed != p.SEED


def test_a_log_in_of_the_demo_opens_the_desk_by_its_password_and_its_known_key(cast):
    with role("app"):
        first = demo.desk_login(cast.pain.coordinator, username="lind")
        cast.pain.coordinator.refresh_from_db()
        again = demo.desk_login(cast.pain.coordinator, username="lind")
    assert (first.key, first.otpauth) == (again.key, again.otpauth)
    assert first.password != again.password
    assert again.otpauth.startswith("otpauth://totp/Tandem%3Alind?secret=")
    client = p.OfficeClient()
    client.post("/admin/login/", {"username": "lind", "password": again.password})
    client.post("/admin/second-factor/", {"code": p.code(p.seed_of(again.key))})
    assert client.get(p.URGENT).status_code == 200


def test_the_engine_reads_no_account_and_no_session(cast):
    p.make_account(cast.pain.coordinator)
    for table in ("auth_user", "referrals_authenticator", "django_session", "axes_accessattempt"):
        with role("engine"), pytest.raises(ProgrammingError, match="permission denied"):
            _read(table)


def _read(table):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"SELECT 1 FROM {table}")


QUESTION = """
import django, sys
django.setup()
import {module}
print(sorted({{"django.contrib.admin", "unfold", "axes", "rest_framework.views", "celery", "segno"}}
             & set(sys.modules)))
"""


@pytest.mark.parametrize("module", ["coordination.management.commands.dispatch"])
def test_the_dispatcher_loads_no_desk_no_api_and_no_celery(module):
    answer = subprocess.run(
        [sys.executable, "-c", QUESTION.format(module=module)],
        cwd=PROJECT, capture_output=True, text=True, check=True,
        env={"PATH": "/usr/bin:/bin", "DATABASE_ROLE": "engine", "PYTHONPATH": str(PROJECT),
             "DJANGO_SETTINGS_MODULE": "config.settings", "VAR_DIR": "/nonexistent"},
    )  # fmt: skip
    assert answer.stdout.strip() == "[]"


def test_a_person_who_has_left_gets_no_account(cast):
    cast.pain.coordinator.is_active = False
    with pytest.raises(accounts.AccountRefused, match="does not work there"):
        accounts.add_staff_account(cast.pain.coordinator, username="nora")
