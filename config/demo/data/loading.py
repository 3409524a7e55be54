"""Loads the synthetic data in one transaction: all of it is there afterwards, or nothing.

Keys and indexes are put down before and built anew behind the rows, and what they promise is
checked then. Until the end nobody else can use these tables: the house waits.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from time import monotonic
from typing import Any

import psycopg
from django.db import connection, transaction

from config.demo.data.book import SELF_NUMBERED, TABLES, Book
from config.demo.data.network import make_network, size_that_lies_there
from config.demo.data.proportions import SEED
from config.demo.data.telling import Teller
from referrals import clock
from referrals.models import Patient, Practice

_AT_ONCE = 4_000
# What lies behind a row is written as what it became; whoever may do that owns the tables.
_BARE = "ALTER TABLE {0} NO FORCE ROW LEVEL SECURITY, DISABLE TRIGGER USER"
_GUARDED = "ALTER TABLE {0} FORCE ROW LEVEL SECURITY, ENABLE TRIGGER USER"
_CONSTRAINTS = """
    SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
    WHERE contype IN ('u', 'f') AND conrelid = ANY(%s::regclass[])
    ORDER BY contype = 'f', conrelid, conname
"""
_INDEXES = """
    SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index
    WHERE indrelid = ANY(%s::regclass[])
        AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid)
    ORDER BY indrelid, indexrelid
"""
Say = Callable[[str, int, int], None]


class LoadRefused(Exception):
    """The data cannot be loaded here; says why, and what to do."""


@dataclass(frozen=True)
class Loaded:
    """What was loaded, or lay there already; ``rows`` by table, ``seconds`` it took."""

    referrals: int
    practices: int
    rows: dict[str, int]
    seconds: float
    is_new: bool = True


def load(referrals: int, say: Say) -> Loaded:
    """Load a network with so many referrals, unless it lies there already.

    :param say: called with what is done, how much of it, and out of how much.
    :raises LoadRefused: if there is anything else than a demo, or another size of this one.
    """
    begun = monotonic()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL tandem.maintenance = 'on'")
        there = size_that_lies_there()
        if there == referrals:
            return Loaded(referrals, 0, {}, 0.0, is_new=False)
        _refuse_what_is_not_ours(there)
        offices = make_network(referrals)
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET LOCAL maintenance_work_mem = '256MB'")
        cursor.execute("SET LOCAL synchronous_commit = off")
        book = Book(_first_numbers(cursor), offices, SEED)
        minute = int(clock.now().timestamp()) // 60
        teller = Teller(book, offices, total=referrals, now=minute)
        with _bare(cursor, say):
            rows = _copy(book, teller, referrals, say)
        _go_on_counting(cursor, book)
        for done, table in enumerate(TABLES):
            say("counting for the planner", done, len(TABLES))
            cursor.execute(f"ANALYZE {table}")
        return Loaded(referrals, len(offices), rows, round(monotonic() - begun, 1))


def _refuse_what_is_not_ours(there: int | None) -> None:
    if there is not None:
        raise LoadRefused(
            f"Synthetic data of {there:,} referrals lies here already, and nothing is deleted. "
            "For another size use another database: VAR_DIR=var/another"
        )
    real = Practice.objects.exclude(name__startswith="DEMO").order_by("pk").first()
    if real:
        raise LoadRefused(
            f"{real.name} is not a DEMO practice. Synthetic data is never put beside real data: "
            "use a database of its own, with VAR_DIR or DATABASE_URL."
        )
    if Patient.objects.filter(is_demo=False).exists():
        raise LoadRefused(
            "There are patients here that are not marked as DEMO. Synthetic data is never put "
            "beside real data: use a database of its own, with VAR_DIR or DATABASE_URL."
        )


@contextmanager
def _bare(cursor: Any, say: Say) -> Iterator[None]:
    tables = list(TABLES)
    cursor.execute(f"LOCK TABLE {', '.join(tables)} IN ACCESS EXCLUSIVE MODE")
    cursor.execute(_CONSTRAINTS, [tables])
    constraints = cursor.fetchall()
    cursor.execute(_INDEXES, [tables])
    indexes = cursor.fetchall()
    for table, name, _ in reversed(constraints):
        cursor.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')
    for name, _ in indexes:
        cursor.execute(f"DROP INDEX {name}")
    for table in tables:
        cursor.execute(_BARE.format(table))
    yield
    anew = [definition for _, definition in indexes]
    anew += [
        f'ALTER TABLE {table} ADD CONSTRAINT "{name}" {definition}'
        for table, name, definition in constraints
    ]
    for done, statement in enumerate(anew):
        say("building indexes and checking keys", done, len(anew))
        cursor.execute(statement)
    for table in tables:
        cursor.execute(_GUARDED.format(table))


def _first_numbers(cursor: Any) -> dict[str, int]:
    first = {}
    for table in SELF_NUMBERED:
        cursor.execute("SELECT nextval(pg_get_serial_sequence(%s, 'id'))", [table])
        first[table] = int(cursor.fetchone()[0])
    return first


def _go_on_counting(cursor: Any, book: Book) -> None:
    for table in SELF_NUMBERED:
        cursor.execute(
            "SELECT setval(pg_get_serial_sequence(%s, 'id'), %s)", [table, book.number(table)]
        )


def _copy(book: Book, teller: Teller, referrals: int, say: Say) -> dict[str, int]:
    # One thread tells the next part while PostgreSQL takes in the last.
    rows, pending = dict.fromkeys(TABLES, 0), list[Future[None]]()
    with ThreadPoolExecutor(max_workers=1) as loader:
        for start in range(0, referrals, _AT_ONCE):
            for nth in range(start, min(start + _AT_ONCE, referrals)):
                teller.tell(nth)
            part = {table: "".join(lines) for table, lines in book.lines.items() if lines}
            for table, lines in book.lines.items():
                rows[table] += len(lines)
                lines.clear()
            while pending:
                pending.pop().result()
            pending.append(loader.submit(_take_in, connection.connection, part))
            say("referrals", min(start + _AT_ONCE, referrals), referrals)
        while pending:
            pending.pop().result()
    return rows


def _take_in(session: psycopg.Connection, part: dict[str, str]) -> None:
    for table, lines in part.items():
        with (
            session.cursor() as cursor,
            cursor.copy(f"COPY {table} ({TABLES[table]}) FROM STDIN") as copy,
        ):
            copy.write(lines)
