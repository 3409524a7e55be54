"""The questions stay on their indexes beside a long history: `ROWS=1000000` makes it longer."""

import json
import os
from time import perf_counter

import pytest
from django.db import connection

from config.watchdog import chain
from coordination.alarms import ALARMS
from tests.cast import role

ROWS = int(os.environ.get("ROWS", "100000"))
SECONDS = 0.05
BIG = {
    "referrals_referral", "referrals_event", "referrals_eventseal", "coordination_alert",
    "coordination_obligation", "coordination_delivery",
}  # fmt: skip
QUESTIONS = {code: alarm.question for code, alarm in ALARMS.items() if alarm.question}
QUESTIONS["chain-went-back"] = chain._HEADS
QUESTIONS["the page of the ringing"] = "SELECT tandem_overdue_pages()"
# 12,345,000,000 and more: far from what a test makes.
FAR = "12345000000 + n"

pytestmark = pytest.mark.timeout(600)


def copies(table, count, **changed):
    """Write a row so many times, with these columns changed; n counts them."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT column_name FROM information_schema.columns WHERE table_name = %s"
            " AND table_schema = 'public'",
            [table],
        )
        columns = [name for (name,) in cursor.fetchall()]
        values = ", ".join(f"{changed.get(name, name)}" for name in columns)
        cursor.execute(
            f"INSERT INTO {table} ({', '.join(columns)}) SELECT {values}"
            f" FROM (SELECT * FROM {table} LIMIT 1) one, generate_series(1, {count}) n"
        )


def grow():
    """Lay a long history beside the one case: everything in it is answered, sent and sealed."""
    few, at = ROWS // 5, "now() - interval '1 day'"
    ended = f"(12345000000 + 1 + n % {few})"
    copies(
        "referrals_referral", few, id=FAR, uuid="gen_random_uuid()", reference="'X-' || n",
        safe_at=at, pain_acknowledged_at=at, plan_recorded_at=at, handed_over_at=at,
    )  # fmt: skip
    copies(
        "coordination_alert", few, id=FAR, referral_id=ended, closed_at=at, closed_by="'x'",
        close_reason="'y'",
    )  # fmt: skip
    copies(
        "coordination_obligation", few, id=FAR, referral_id=ended, alert_id=FAR,
        state="'closed'", next_due_at="NULL", round="1",
    )  # fmt: skip
    states = "(ARRAY['sent', 'delivered', 'dead', 'cancelled'])[1 + n % 4]"
    copies(
        "coordination_delivery", ROWS, uuid="gen_random_uuid()", obligation_id=ended,
        state=states, sent_at=at, delivered_at=at, dead_at=at, attempts="1", rung=f"n / {few}",
    )  # fmt: skip
    kinds = "(ARRAY['obligation.rung_empty', 'delivery.sent'])[1 + n % 2]"
    copies(
        "referrals_event", ROWS, id=FAR, referral_id=ended, kind=kinds, at=at, relayed_at=at,
        sealed_at=at,
    )  # fmt: skip
    copies(
        "referrals_eventseal", ROWS, id=FAR, event_id=FAR, seq="1000000 + n",
        practice_id="practice_id",
    )  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for table in sorted(BIG):
            cursor.execute(f"ANALYZE {table}")


def nodes(plan):
    yield plan
    for part in plan.get("Plans", ()):
        yield from nodes(part)


def asked(question):
    """The whole tables that are read for it, and its seconds, the best of three."""
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (FORMAT JSON) {question}")
        plan = cursor.fetchone()[0]
        plan = json.loads(plan) if isinstance(plan, str) else plan
        seconds = []
        for _ in range(3):
            begun = perf_counter()
            cursor.execute(question)
            cursor.fetchall()
            seconds.append(perf_counter() - begun)
    whole = {
        node["Relation Name"]
        for node in nodes(plan[0]["Plan"])
        if node["Node Type"] == "Seq Scan" and node["Relation Name"] in BIG
    }
    return whole, min(seconds)


def test_every_question_stays_on_its_indexes_and_under_fifty_milliseconds(emergency):
    grow()
    slow = {}
    for name, question in QUESTIONS.items():
        with role("app" if name == "the page of the ringing" else "watch"):
            whole, seconds = asked(question)
        if whole or seconds >= SECONDS:
            slow[name] = (whole, round(seconds, 4))
    assert slow == {}


def test_a_question_that_reads_a_whole_table_is_found(emergency):
    with role("watch"):
        whole, _ = asked("SELECT count(*) FROM referrals_event WHERE kind LIKE '%%a'")
    assert whole == {"referrals_event"}
