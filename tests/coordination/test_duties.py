"""Who takes which work at once; and that each process alone, given time, does all of it."""

from datetime import timedelta
from itertools import product

import pytest
from django.db import connection
from django.db.models import F

from coordination import engine, tasks
from coordination.duties import ALL, DUTIES
from coordination.models import Delivery, Obligation
from referrals import clock
from referrals.models import Event
from tests import factories as make
from tests.cast import role
from tests.coordination import stories as s

LONG = timedelta(seconds=11)
# Urgent and elective work, and which of them a process takes at once.
AT_ONCE = {
    "urgent": (True, False),
    "default": (False, True),
    "dispatch": (True, False),
}
IS_URGENT = {"urgent": True, "elective": False}
EVERY = list(product(DUTIES, IS_URGENT, ("relay", "climb", "drain")))


def move_events(by):
    (immutable,) = (
        trigger.get_pgid(Event)
        for trigger in Event._meta.triggers
        if trigger.name == "event_is_immutable"
    )
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('pgtrigger.ignore', %s, true)", [f"{{{immutable}}}"])
        Event.objects.update(at=F("at") + by)
        cursor.execute("SELECT set_config('pgtrigger.ignore', '', true)")


def let_time_pass():
    """Make what is due already eleven seconds older, and bring nothing else nearer."""
    move_events(-LONG)
    Delivery.objects.claimable(clock.NOW).order_by().update(due_at=F("due_at") - LONG)
    Obligation.objects.due(clock.NOW).order_by().update(next_due_at=F("next_due_at") - LONG)


def work(duty):
    with role("engine"):
        return engine.work_until_idle(duty)


def send(cast, *, urgent):
    findings = make.CAUDA_EQUINA if urgent else make.STABLE_CLAUDICATION
    return s.send(cast.pain, findings=findings)


def brought_to(kind, referral):
    """Leave one step of this kind to do, just become due."""
    steps = {"relay": (), "climb": ("relay", "drain"), "drain": ("relay",)}[kind]
    with role("engine"):
        for step in steps:
            while getattr(engine if step == "relay" else engine.services, step)():
                pass
    if kind == "climb":
        Obligation.objects.filter(referral=referral).update(next_due_at=clock.NOW)


def test_every_process_of_the_engine_has_its_duty():
    assert set(AT_ONCE) == set(DUTIES)


@pytest.mark.parametrize(("name", "urgency", "kind"), EVERY)
def test_a_process_takes_its_own_work_at_once_and_leaves_the_other(
    cast, sandbox, name, urgency, kind
):
    is_urgent = IS_URGENT[urgency]
    brought_to(kind, send(cast, urgent=is_urgent))
    with role("engine"):
        looked = any(engine._look(DUTIES[name]))
        done = engine.turn(DUTIES[name])
    takes_urgent, takes_elective = AT_ONCE[name]
    assert looked is (takes_urgent if is_urgent else takes_elective)
    assert bool(done) is looked


@pytest.mark.parametrize("name", DUTIES)
def test_each_process_alone_does_everything(cast, sandbox, name):
    cases = [send(cast, urgent=urgent) for urgent in IS_URGENT.values()]
    for rung in range(2):
        work_given_time(DUTIES[name])
        for case in cases:
            of_case = Delivery.objects.filter(obligation__referral=case)
            assert of_case.filter(rung=rung).exists()
            assert not of_case.filter(sent_at=None).exists()
        Obligation.objects.running().update(next_due_at=clock.NOW)
    assert not Event.objects.unrelayed().exists()
    assert not Event.objects.unsealed().exists()


def test_who_steps_in_for_the_urgent_ones_does_at_once_what_follows(cast, sandbox):
    urgent = send(cast, urgent=True)
    assert not work(DUTIES["default"])
    let_time_pass()
    assert work(DUTIES["default"])
    assert not Delivery.objects.filter(obligation__referral=urgent, sent_at=None).exists()
    send(cast, urgent=True)
    assert not work(DUTIES["default"])


def work_given_time(duty):
    for _ in range(5):
        work(duty)
        with role("engine"):
            if not any(engine._look(ALL)):
                return
        let_time_pass()
    pytest.fail("something is left for ever")


def test_what_was_recorded_before_the_clock_was_set_back_is_left_to_nobody(cast):
    send(cast, urgent=True)
    move_events(timedelta(hours=1))
    with role("engine"):
        assert engine.relay(DUTIES["default"]) == 1


def test_a_notice_is_left_to_nobody(cast, run_engine):
    referral = send(cast, urgent=True)
    run_engine()
    s.act("accept", referral, cast.spine, plan=s.PLAN)
    with role("engine"):
        while engine.relay():
            pass
    notices = Delivery.objects.filter(message="taken")
    assert notices.exists()
    for duty in DUTIES.values():
        assert set(Delivery.objects.claimable(clock.NOW, duty)) >= set(notices)


@pytest.mark.parametrize(("queue", "duty"), [*DUTIES.items(), ("anything else", ALL)])
def test_a_bell_has_the_work_of_its_queue_done(monkeypatch, queue, duty):
    seen = []
    monkeypatch.setattr(tasks, "work_until_idle", lambda duty, **options: seen.append(duty))
    tasks.drain.apply(routing_key=queue)
    assert seen == [duty]
