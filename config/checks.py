"""Refuses to serve under a database role that would make row-level security void, and on tables
of another version.

It asks the database; it must not import Celery.
"""

import sys
from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig, apps
from django.core.checks import CheckMessage, Error
from django.db import connection

from config import roles

FAULTS = {
    "superuser": "is a superuser",
    "bypasses": "has BYPASSRLS",
    "owner": "owns tables, or is a member of the role that owns them",
}

_QUESTION = """
SELECT current_user, r.rolsuper, r.rolbypassrls, EXISTS (
    SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = current_schema() AND c.relkind IN ('r', 'p')
      AND pg_has_role(current_user, c.relowner, 'MEMBER'))
FROM pg_roles r WHERE r.rolname = current_user
"""


def database_role(
    app_configs: Sequence[AppConfig] | None,
    databases: Sequence[str] | None = None,
    **options: Any,
) -> list[CheckMessage]:
    """Return an error for each way in which the role could read every row."""
    if not databases or roles.of_command(sys.argv) == "owner":
        return []
    user, *answers = _ask()
    return [
        Error(
            f"The database role {user} {FAULTS[name]}: row-level security would not hold.",
            hint=(
                "Let the process connect as the app role (DATABASE_URL) or the engine role "
                "(ENGINE_DATABASE_URL), made by deploy/postgres-roles.sql as LOGIN NOSUPERUSER "
                "NOBYPASSRLS; keep OWNER_DATABASE_URL for migrations."
            ),
            id=f"tandem.E00{number}",
        )
        for number, (name, found) in enumerate(zip(FAULTS, answers, strict=True), 1)
        if found
    ]


OURS = ("referrals", "coordination")
_COLUMNS = """
SELECT c.relname || '.' || a.attname FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p')
  AND split_part(c.relname, '_', 1) = ANY(%s) AND a.attnum > 0 AND NOT a.attisdropped
"""
_FEW = 3


def database_tables(
    app_configs: Sequence[AppConfig] | None,
    databases: Sequence[str] | None = None,
    **options: Any,
) -> list[CheckMessage]:
    """Return an error if the tables are not those that this version of the program knows.

    An old process on a newer database would leave out what it does not know of.
    """
    if not databases or roles.of_command(sys.argv) == "owner":
        return []
    differing = sorted(_columns_of_models() ^ _columns_there())
    if not differing:
        return []
    more = f" and {len(differing) - _FEW} more" if len(differing) > _FEW else ""
    return [
        Error(
            "The tables are those of another version of this program: "
            f"{', '.join(differing[:_FEW])}{more}.",
            hint=(
                "If this program is the newer one, run `manage.py migrate`. If it is the older "
                "one, stop it and start the version that belongs to the database."
            ),
            id="tandem.E004",
        )
    ]


def _columns_of_models() -> set[str]:
    return {
        f"{model._meta.db_table}.{field.column}"
        for name in OURS
        for model in apps.get_app_config(name).get_models(include_auto_created=True)
        for field in model._meta.local_concrete_fields
    }


def _columns_there() -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute(_COLUMNS, [list(OURS)])
        return {name for (name,) in cursor.fetchall()}


def _ask() -> tuple[str, bool, bool, bool]:
    with connection.cursor() as cursor:
        cursor.execute(_QUESTION)
        row: tuple[str, bool, bool, bool] = cursor.fetchone()
    return row
