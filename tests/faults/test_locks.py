"""A process that holds a lock, and the death of its connection: nobody else waits for either."""

from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass
from time import monotonic

import pytest
from django.conf import settings
from django.db import OperationalError, connection, models

from coordination import services
from coordination.models import Delivery, Obligation
from coordination.relay import relay
from referrals.models import Event
from tests.cast import role
from tests.coordination import stories as s

AT_ONCE_SECONDS = 2.0


@dataclass(frozen=True)
class Work:
    """One kind of work: how much waits, the step that takes it, and the row that it locks first."""

    waiting: Callable[[], models.QuerySet]
    step: Callable[[], int]
    locked: Callable[[models.Model], models.Model] = lambda row: row


def events():
    return Event.objects.unrelayed().filter(kind="referral.submitted").order_by("id")


def rungs():
    return Obligation.objects.filter(next_due_at__year=2020).order_by("id")


def messages():
    return Delivery.objects.open().order_by("priority", "due_at", "uuid")


WORK = {
    "an event": Work(events, relay),
    "a rung": Work(rungs, services.climb, locked=lambda owed: owed.referral),
    "a message": Work(messages, services.drain),
}


def do_all(step):
    with role("engine"):
        while step():
            pass


@pytest.fixture
def three(town, sandbox):
    """Three cases of each kind of work, each kind by itself."""

    def make(what):
        for _ in range(3):
            s.send(town.pain)
        if what != "an event":
            do_all(relay)
        if what == "a rung":
            Delivery.objects.update(state="cancelled")
            Obligation.objects.running().update(next_due_at="2020-01-01T00:00Z")

    return make


@contextmanager
def holding(row):
    """Hold a lock as a process does within a transaction; yield the backend that holds it."""
    other = connection.copy()
    try:
        other.set_autocommit(False)
        with other.cursor() as cursor:
            table, key = row._meta.db_table, row._meta.pk.column
            cursor.execute("SET LOCAL tandem.maintenance = 'on'")
            cursor.execute(
                f"SELECT pg_backend_pid() FROM {table} WHERE {key} = %s FOR NO KEY UPDATE", [row.pk]
            )
            yield cursor.fetchone()[0]
    finally:
        other.close()


def kill(backend):
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 2000)", [backend])
        assert cursor.fetchone()[0]


@pytest.mark.parametrize("what", WORK)
def test_whoever_holds_a_lock_and_dies_holds_up_nobody_else(three, what):
    work = WORK[what]
    three(what)
    first, before = work.waiting().first(), work.waiting().count()
    with holding(work.locked(first)) as backend:
        do_all(work.step)
        left = set(work.waiting().values_list("pk", flat=True))
        assert first.pk in left
        assert len(left) < before
        kill(backend)
        begun = monotonic()
        do_all(work.step)
    assert not work.waiting().exists()
    assert monotonic() - begun < AT_ONCE_SECONDS


def test_a_migration_that_meets_a_lock_gives_up_and_changes_nothing(town):
    held = s.send(town.pain)
    later = models.TextField(null=True)
    later.set_attributes_from_name("later")
    # Migrations run as the owner; five seconds are too long for a test.
    assert "-c lock_timeout=5s" in settings.DATABASES["default"]["OPTIONS"]["options"]
    with holding(held), connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = '200ms'")
        with (
            pytest.raises(OperationalError, match="lock timeout"),
            connection.schema_editor() as by,
        ):
            by.add_field(type(held), later)
        cursor.execute("RESET lock_timeout")
    with connection.cursor() as cursor:
        table = connection.introspection.get_table_description(cursor, held._meta.db_table)
    assert "later" not in {column.name for column in table}
    do_all(relay)
    assert s.told(held)
