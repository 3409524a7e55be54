"""What the three health pages say."""

from datetime import timedelta

import pytest
from django.db import OperationalError
from django.test import Client

from coordination import services
from coordination.alarms import LOOPS, WATCHDOG
from coordination.models import Delivery, Heartbeat, Obligation
from referrals.clock import NOW
from tests.cast import Cast, OfficeClient
from tests.coordination import stories as s


def test_the_process_says_that_it_lives(client: Client) -> None:
    assert client.get("/healthz").json() == {"status": "live"}


@pytest.mark.django_db
def test_it_is_ready_when_both_servers_answer(client: Client) -> None:
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()) == (
        200,
        {"status": "ready", "database": "ok", "broker": "ok"},
    )


@pytest.mark.django_db
def test_without_a_broker_it_is_degraded_and_still_serves(client: Client, settings: object) -> None:
    settings.REDIS_URL = "unix:///nonexistent.sock?db=0"  # type: ignore[attr-defined]
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["status"]) == (200, "degraded")


def test_every_answer_carries_a_content_policy_and_is_not_cached(client: Client) -> None:
    answer = client.get("/healthz")
    assert "object-src 'none'" in answer.headers["Content-Security-Policy"]
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.fixture
def ringing(maintenance: None) -> None:
    """Every loop has worked a moment ago, and the watchdog has looked."""
    for loop in (*LOOPS, WATCHDOG):
        services.beat(loop, worked=True)


def escalation() -> tuple[int, list[str]]:
    answer = OfficeClient().get("/healthz/escalation")
    return answer.status_code, answer.json()["codes"]


def test_as_long_as_every_loop_works_people_are_rung(ringing: None) -> None:
    assert escalation() == (200, [])


@pytest.mark.parametrize(
    ("loop", "seconds", "codes"),
    [
        ("dispatch", 16, ["loop-stale"]),
        ("dispatch", 10, []),
        ("worker-urgent", 46, ["loop-stale"]),
        (WATCHDOG, 46, ["watchdog-silent"]),
    ],
)
def test_a_loop_that_stands_still_is_named(
    ringing: None, loop: str, seconds: int, codes: list[str]
) -> None:
    Heartbeat.objects.filter(component=loop).update(at=NOW - timedelta(seconds=seconds))
    assert escalation() == (503 if codes else 200, codes)


def test_a_loop_that_never_worked_stands_still(db: None) -> None:
    assert escalation() == (503, ["loop-stale", "watchdog-silent"])


def test_a_page_that_is_due_and_does_not_go_out_is_counted(
    ringing: None, cast: Cast, run_engine: object
) -> None:
    s.send(cast.pain)
    run_engine()  # type: ignore[operator]
    assert escalation() == (200, [])
    late = NOW - timedelta(seconds=61)
    one = Obligation.objects.running().first()
    assert one
    Obligation.objects.filter(pk=one.pk).update(next_due_at=late)
    assert escalation() == (503, ["ladder-overdue"])
    Obligation.objects.filter(pk=one.pk).update(next_due_at=NOW)
    Delivery.objects.filter(priority=0).update(state="pending", sent_at=None, due_at=late)
    assert escalation() == (503, ["ladder-overdue"])


def test_without_a_database_it_says_so(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(self: object, now: object) -> None:
        raise OperationalError

    monkeypatch.setattr(type(Heartbeat.objects), "ages", gone)
    assert escalation() == (503, ["database-gone"])
