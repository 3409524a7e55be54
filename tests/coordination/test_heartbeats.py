"""A process beats by turning the engine, and not by living or by failing."""

from datetime import timedelta

import pytest
from django.db.models import F

from coordination import engine
from coordination.duties import ALL, DUTIES
from coordination.models import Heartbeat
from tests.cast import role
from tests.coordination import stories as s


@pytest.fixture(autouse=True)
def _pulse(monkeypatch):
    fresh = engine._Pulse()
    fresh.EVERY = 0.0
    monkeypatch.setattr(engine, "_pulse", fresh)


def work(duty=DUTIES["dispatch"]):
    with role("engine"):
        return engine.work_until_idle(duty)


def test_each_loop_beats_under_its_name_and_one_by_hand_under_none(cast):
    for duty in (*DUTIES.values(), ALL):
        work(duty)
    names = Heartbeat.objects.values_list("component", flat=True)
    assert sorted(names) == ["dispatch", "worker-default", "worker-urgent"]


def test_a_turn_with_nothing_to_do_beats_and_does_not_say_that_it_worked(cast, sandbox):
    s.send(cast.pain)
    work()
    Heartbeat.objects.update(
        at=F("at") - timedelta(hours=1), last_work_at=F("last_work_at") - timedelta(hours=1)
    )
    before = Heartbeat.objects.get()
    assert work() == 0
    after = Heartbeat.objects.get()
    assert after.at > before.at + timedelta(minutes=59)
    assert after.last_work_at == before.last_work_at


def test_a_turn_that_fails_does_not_beat(cast, monkeypatch):
    def fail(duty, *, hurry):
        raise RuntimeError

    monkeypatch.setattr(engine, "turn", fail)
    with pytest.raises(RuntimeError):
        work()
    assert not Heartbeat.objects.exists()


def test_it_beats_every_few_seconds_not_at_every_turn(cast, monkeypatch):
    beats = []
    monkeypatch.setattr(engine, "_pulse", engine._Pulse())
    monkeypatch.setattr(engine.services, "beat", lambda loop, worked: beats.append(loop))
    for _ in range(5):
        work()
    assert beats == ["dispatch"]
    assert engine._Pulse.EVERY < 15
