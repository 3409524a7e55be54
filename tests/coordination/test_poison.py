"""A rotten row, a mail server that swallows all, thousands at once: none holds up the others."""

import socket
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.utils import timezone

from coordination import engine, services
from coordination.duties import ALL
from coordination.models import Delivery, DeliveryAttempt, Obligation
from tests.cast import role
from tests.coordination import stories as s


def climb_all():
    with role("engine"):
        while services.climb():
            pass


# What a ladder may have become by a wrong hand or a wrong version.
ROTTEN = [
    {"ladder": {}},
    {"ladder": []},
    {"ladder": "nonsense"},
    {"ladder": {"steps": [], "repeat_every": 60}},
    {"ladder": {"steps": [{"after": 0, "recipients": ["nobody we know"], "channels": ["sms"]}]}},
    {"rung": 999},
]


@pytest.mark.parametrize("rot", ROTTEN, ids=str)
def test_a_rotten_ladder_stops_itself_alone_and_tries_again_in_a_minute(cast, run_engine, rot):
    rotten, sound = s.send(cast.pain), s.send(cast.pain)
    run_engine()
    bad = s.owed(rotten, "acknowledge", "spine")
    Obligation.objects.update(next_due_at=timezone.now() - timedelta(minutes=5))
    Obligation.objects.filter(pk=bad.pk).update(next_due_at="2020-01-01T00:00Z", **rot)
    climb_all()
    bad.refresh_from_db()
    wait = bad.next_due_at - timezone.now()
    assert bad.state == "running"
    assert timedelta(seconds=30) < wait <= timedelta(seconds=60)
    assert s.owed(rotten, "acknowledge", "pain").rung == 2
    assert s.owed(sound, "acknowledge", "spine").rung == 2


@pytest.fixture
def black_hole(settings, sandbox) -> Iterator[None]:
    """A mail server that takes the connection and says nothing, ever."""
    with socket.create_server(("127.0.0.1", 0), backlog=64) as silent:
        settings.EMAIL_HOST, settings.EMAIL_PORT = silent.getsockname()
        settings.EMAIL_TIMEOUT = 0.5
        yield


def test_a_mail_server_that_swallows_all_holds_up_no_sms(cast, black_hole):
    s.send(cast.pain)
    with role("engine"):
        while s.relay() or services.climb():
            pass
        services.drain()
    log = DeliveryAttempt.objects.select_related("delivery")
    mails = log.filter(delivery__channel="email")
    texts = log.filter(delivery__channel="sms")
    assert {(one.outcome, one.code) for one in mails} == {("retry", "SMTPServerDisconnected")}
    assert {one.outcome for one in texts} == {"sent"}
    # They went side by side; what went was recorded while the others still waited.
    assert max(one.finished_at for one in texts) < min(one.finished_at for one in mails)


def test_a_mail_server_that_swallows_all_wakes_the_next_rung(cast, black_hole):
    referral = s.send(cast.pain)
    with role("engine"):
        while s.relay() or services.climb():
            pass
        services.drain()
        Delivery.objects.filter(channel="email").update(attempts=7, due_at=timezone.now())
        services.drain()
    before = s.owed(referral, "acknowledge", "spine")
    assert before.next_due_at <= timezone.now()
    climb_all()
    assert s.owed(referral, "acknowledge", "spine").rung == before.rung + 1
    assert set(Delivery.objects.filter(channel="email", attempts=8).values_list("state")) == {
        ("pending",)
    }


def test_three_cases_are_rung_before_the_next_batch_is_sent(cast, run_engine, monkeypatch):
    for _ in range(4):
        s.send(cast.pain)
    run_engine()
    Obligation.objects.update(next_due_at=timezone.now() - timedelta(minutes=5))
    fired = []
    climb = services.climb

    def noted(duty):
        fired.append("case")
        return climb(duty)

    monkeypatch.setattr(services, "climb", noted)
    with role("engine"):
        assert engine.ring(ALL)
    assert len(fired) == engine.CASES_AT_ONCE
    due = Obligation.objects.running().filter(next_due_at__lte=timezone.now())
    assert due.values("referral").distinct().count() == 1
