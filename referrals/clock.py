"""The one clock of the system: the database's. No other module may read a clock."""

from datetime import datetime

from django.db import connection
from django.db.models import DateTimeField, Func

# The same instant inside a query: a filter needs no question of its own.
NOW = Func(function="clock_timestamp", output_field=DateTimeField())


def now() -> datetime:
    """Return the database's present instant, in UTC. A service calls it once."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        return cursor.fetchone()[0]
