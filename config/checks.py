"""Refuses to serve under a database role that would make row-level security void.

It asks the database who the process is; it must not import Celery.
"""

import sys
from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
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


def _ask() -> tuple[str, bool, bool, bool]:
    with connection.cursor() as cursor:
        cursor.execute(_QUESTION)
        row: tuple[str, bool, bool, bool] = cursor.fetchone()
    return row
