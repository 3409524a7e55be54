"""How the database finds the engine's work beside very much that is over: never by reading it all.

``CLOSED=1000000`` makes it a million; it prints how long each look takes, and judges the plan only.
"""

import importlib
import json
import os
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from coordination import engine
from coordination.duties import ALL
from coordination.models import ContactPoint
from tests import factories as make
from tests.cast import role
from tests.coordination import stories as s

CLOSED = int(os.environ.get("CLOSED", "100000"))
# What grows with every case. Nobody's work may depend on how much of it there is.
GROWING = {
    "referrals_event", "referrals_eventseal", "coordination_alert", "coordination_obligation",
    "coordination_delivery", "coordination_deliveryattempt", "coordination_pastdelivery",
    "coordination_acktoken",
}  # fmt: skip
PAST = (
    # Alerts that are closed, an obligation each, twenty messages each, an attempt each.
    """
    INSERT INTO coordination_alert (referral_id, tier, within, route, policy_snapshot, opened_at,
        opened_for, closed_at, closed_by, close_reason)
    SELECT %(referral)s, 4, '', 'x', '{}', now() - n * interval '30 minutes', now(),
        now() - n * interval '29 minutes', 'DEMO', 'safe'
    FROM generate_series(1, %(closed)s / 20) n
    """,
    """
    INSERT INTO coordination_obligation (alert_id, referral_id, practice_id, kind, specialty,
        ladder, state, rung, round, opened_at, due_at, answered_at, answered_by, answered_via,
        outcome)
    SELECT a.id, a.referral_id, %(practice)s, 'acknowledge', 'spine', '{}', 'answered', 1, 0,
        a.opened_at, a.closed_at, a.closed_at, 'DEMO', 'api', '{}'
    FROM coordination_alert a WHERE a.closed_at IS NOT NULL
    """,
    """
    INSERT INTO coordination_delivery (uuid, obligation_id, contact_point_id, channel, message,
        round, rung, priority, state, created_at, due_at, attempts, sent_at, delivered_at,
        provider_message_id, error_code)
    SELECT gen_random_uuid(), o.id,
        (%(points)s::uuid[])[1 + (o.id + n) %% cardinality(%(points)s::uuid[])], 'sms',
        'emergency_surgeon', n, 0, 1,
        (ARRAY['sent', 'delivered', 'cancelled'])[1 + n %% 3], o.opened_at, o.opened_at, 1,
        o.opened_at, o.opened_at, '', ''
    FROM coordination_obligation o, generate_series(1, 20) n WHERE o.state = 'answered'
    """,
    """
    INSERT INTO coordination_deliveryattempt (delivery_id, n, worker, claimed_at, finished_at,
        outcome, code, provider)
    SELECT uuid, 1, 'w', created_at, created_at, 'sent', '', 'first' FROM coordination_delivery
    WHERE state <> 'pending' AND round %% 5 = 0
    """,
    """
    INSERT INTO coordination_acktoken (obligation_id, contact_point_id, secret_hash, reply_code,
        issued_at)
    SELECT obligation_id, contact_point_id, sha256(uuid::text::bytea), '', created_at
    FROM coordination_delivery WHERE state <> 'pending' AND round %% 4 = 0
    ON CONFLICT DO NOTHING
    """,
    """
    INSERT INTO referrals_event (kind, referral_id, actor_kind, actor_name, entered_by, data, at,
        urgent, practices, relayed_at, attempts, sealed_at, request_id)
    SELECT 'delivery.sent', %(referral)s, 'engine', '', '', '{}', now(), true, '{}', now(), 0,
        now(), ''
    FROM generate_series(1, %(closed)s / 5)
    """,
    """
    INSERT INTO referrals_eventseal (practice_id, seq, event_id, prev_hash, hash)
    SELECT %(practice)s, row_number() OVER (ORDER BY id), id, '', '' FROM referrals_event
    WHERE sealed_at IS NOT NULL
    """,
)


# The search of tandem_move_to_history, as the function's own text has it.
MOVE = importlib.import_module("coordination.migrations.0016_history").MOVE
MOVED = (
    MOVE.partition("FROM (")[2]
    .partition(") over;")[0]
    .replace("rested", "(now() - interval '30 days')")
    .replace("most", "250")
)


@pytest.fixture
def past(cast):
    """An old case with very much that is over."""
    referral = s.send(cast.pain, findings=make.STABLE_CLAUDICATION, receiver=cast.spine.practice)
    known = {
        "referral": referral.pk,
        "practice": cast.spine.practice.pk,
        "points": [str(pk) for pk in ContactPoint.objects.values_list("pk", flat=True)],
        "closed": CLOSED,
    }
    with connection.cursor() as cursor:
        for statement in PAST:
            cursor.execute(statement, known)
        for table in sorted(GROWING):
            cursor.execute(f"ANALYZE {table}")


def explained(sql: str, values: list[Any] | None = None, *, run: bool = False) -> dict[str, Any]:
    with connection.cursor() as cursor:
        # Without parameters nothing in the text is one.
        cursor.execute(f"EXPLAIN (ANALYZE {run}, FORMAT JSON) {sql}", values or None)
        found = cursor.fetchone()[0]
    return dict((json.loads(found) if isinstance(found, str) else found)[0])


def reads_whole(sql: str) -> set[str]:
    return set(read_whole(explained(sql)["Plan"]))


def read_whole(node: dict[str, Any]) -> Iterator[str]:
    """The growing tables that a plan reads from end to end."""
    if node["Node Type"] == "Seq Scan" and node["Relation Name"] in GROWING:
        yield node["Relation Name"]
    for part in node.get("Plans", ()):
        yield from read_whole(part)


def statements(work) -> list[str]:
    with CaptureQueriesContext(connection) as asked:
        work()
    found = [one["sql"].strip() for one in asked.captured_queries]
    return [sql for sql in found if sql.split()[0] in {"SELECT", "UPDATE", "INSERT", "WITH"}]


# A million rows want minutes; a hundred thousand some twenty seconds.
@pytest.mark.timeout(1800)
def test_no_statement_of_a_turn_reads_what_is_over(cast, past, run_engine):
    referral = s.send(cast.pain)
    with role("engine"):
        asked = statements(engine.work_until_idle)
        s.let_pass(s.owed(referral, "acknowledge", "spine"), days=1)
        asked += statements(engine.work_until_idle)
        asked += [MOVED]
        guilty = {sql: found for sql in asked if (found := reads_whole(sql))}
        looks = [(sql, []) for sql in asked if sql.split()[0] == "SELECT"]
        took = [
            (explained(sql, values, run=True)["Execution Time"], sql)
            for sql, values in [*looks, engine._question(ALL)]
        ]
    slowest, sql = max(took)
    print(f"the slowest of {len(took)} questions took {slowest:.2f} ms, {CLOSED:,} are over: {sql}")
    assert len(asked) > 50
    assert guilty == {}
