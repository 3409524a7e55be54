"""The one clock of the system: the database's. No other module may read a clock."""

from datetime import datetime

from django.db import connection


def now() -> datetime:
    """Return the database's present instant, in UTC. A service calls it once."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        return cursor.fetchone()[0]
