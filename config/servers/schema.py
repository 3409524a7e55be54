"""Asks whether the database has every migration, which is far quicker than running them.

It imports Django's migration loader and no models of its own.
"""

import psycopg
from django.db.migrations.loader import MigrationLoader

from config.servers import postgres
from config.servers.addresses import Database


def is_current(owner: Database) -> bool:
    """Say whether every migration on disk has been applied."""
    try:
        with postgres.connect(owner) as connection:
            applied = connection.execute("SELECT app, name FROM django_migrations").fetchall()
    except psycopg.Error:
        # Nothing there yet, or no way in: `migrate` says it better.
        return False
    return set(MigrationLoader(None).disk_migrations) <= set(applied)
