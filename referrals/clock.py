"""The one clock of the system: the database's. No other module may read a clock."""

from datetime import datetime

from django.db import connection
from django.db.models import DateTimeField, Func

# For a statement that needs nobody else to know its instant. An index can be searched for it.
NOW = Func(function="statement_timestamp", output_field=DateTimeField())


def now() -> datetime:
    """Return the database's present instant, in UTC. A service calls it once."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        return cursor.fetchone()[0]
