"""What the two health pages say."""

import pytest
from django.test import Client


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
