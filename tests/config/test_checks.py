"""A process on the tables of another version refuses to serve, and says which version to start."""

import pytest
from django.core.checks import Tags, run_checks
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from django.db import connection

from config import start
from tests.cast import role

pytestmark = pytest.mark.django_db


def refusals(name):
    with role(name):
        found = run_checks(tags=[Tags.database], databases=["default"])
    return [(one.id, one.msg) for one in found]


def change(sql):
    with connection.cursor() as cursor:
        cursor.execute(sql)


@pytest.mark.parametrize("name", ["app", "engine"])
def test_on_its_own_tables_each_role_serves(name):
    assert refusals(name) == []


@pytest.mark.parametrize(
    ("sql", "named"),
    [
        ("ALTER TABLE referrals_referral ADD COLUMN later text", "referrals_referral.later"),
        ("CREATE TABLE coordination_later (id bigint)", "coordination_later.id"),
        ("ALTER TABLE referrals_note RENAME COLUMN kind TO sort", "referrals_note.kind"),
    ],
)
@pytest.mark.parametrize("name", ["app", "engine"])
def test_on_the_tables_of_another_version_none_serves(name, sql, named):
    change(sql)
    [(code, said)] = refusals(name)
    assert code == "tandem.E004"
    assert named in said
    with role(name), pytest.raises(start.StartRefused):
        start.refuse_unsafe_role()


def test_the_dispatcher_sends_nothing_on_the_tables_of_another_version():
    change("ALTER TABLE coordination_delivery ADD COLUMN later text")
    with role("engine"), pytest.raises(SystemCheckError, match=r"coordination_delivery\.later"):
        call_command("dispatch", once=True)


def test_other_tables_in_the_same_database_are_nobodys_business():
    change("CREATE TABLE clinic_tables (id bigint)")
    assert refusals("app") == []
