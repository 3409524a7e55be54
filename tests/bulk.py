"""Synthetic data for tests that need much: loaded once for a file, and taken back at its end."""

import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction

from config.demo.data import loading

_CASTS = re.compile(r"::(character varying|text)(\[\])?|[()]")
_GUARDS = """
    SELECT conrelid::regclass::text || ' ' || conname || ' ' || pg_get_constraintdef(oid)
    FROM pg_constraint WHERE connamespace = 'public'::regnamespace
    UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'
    UNION ALL SELECT relname || relrowsecurity || relforcerowsecurity FROM pg_class
    WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
    UNION ALL SELECT tgrelid::regclass || ' ' || tgname || tgenabled::text FROM pg_trigger
    WHERE NOT tgisinternal
"""


def quiet(what: str, done: int, total: int) -> None:
    """Say nothing."""


@contextmanager
def loaded(referrals: int) -> Iterator[loading.Loaded]:
    """Load so many referrals, and take them back afterwards."""
    with transaction.atomic():
        yield loading.load(referrals, quiet)
        transaction.set_rollback(True)


def guards() -> Counter[str]:
    """Everything by which the database guards its rows."""
    with connection.cursor() as cursor:
        cursor.execute(_GUARDS)
        # The same list of words has two spellings in PostgreSQL, before and after a dump.
        return Counter(_CASTS.sub("", row[0]) for row in cursor.fetchall())
