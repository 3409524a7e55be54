"""What must never be is mended by the dispatcher, once however often it looks, and nothing else."""

from datetime import timedelta

import pytest
from django.db import OperationalError
from django.db.models import F

from coordination import services
from coordination.management.commands import dispatch
from coordination.models import Alert, Delivery, Obligation
from referrals import clock
from referrals.models import Referral
from tests.cast import role
from tests.coordination import stories as s

MINUTES = timedelta(minutes=1)


def mend():
    with role("engine"):
        return services.mend()


def snapshot():
    return (
        list(Obligation.objects.order_by("id").values()),
        list(Delivery.objects.order_by("uuid").values()),
        list(Alert.objects.order_by("id").values()),
    )


def test_where_nothing_is_wrong_nothing_is_changed(emergency):
    before = snapshot()
    assert mend() == 0
    assert snapshot() == before


def without_its_alert(case):
    alert = case.alerts.get()
    alert.obligations.update(state="closed", next_due_at=None)
    at = clock.now()
    Alert.objects.update(closed_at=at, closed_by="a mistake", close_reason="mistake")
    Referral.objects.update(raised_at=at - timedelta(seconds=6))
    return alert


def test_an_alert_that_is_missing_is_opened_once_and_rings(emergency, run_engine):
    lost = without_its_alert(emergency)
    assert [mend(), mend()] == [1, 0]
    opened = emergency.alerts.get(closed_at__isnull=True)
    assert opened.pk != lost.pk
    assert opened.obligations.running().exists()
    assert Delivery.objects.open().filter(obligation__alert=opened).exists()


def test_a_case_that_came_this_instant_is_left_to_the_relay(emergency):
    without_its_alert(emergency)
    Referral.objects.update(raised_at=clock.now())
    assert mend() == 0


def test_one_case_that_cannot_be_mended_hides_no_other(cast, emergency, run_engine, monkeypatch):
    other = s.send(cast.pain)
    run_engine()
    without_its_alert(emergency)
    broken = services.mending.open_obligations

    def fail_for_the_first(event):
        if event.referral_id == emergency.pk:
            raise ValueError
        broken(event)

    monkeypatch.setattr(services.mending, "open_obligations", fail_for_the_first)
    assert mend() == 1
    assert other.alerts.filter(closed_at__isnull=True).exists()


def nobody_was_told(ago):
    at = clock.now()
    Alert.objects.update(opened_at=at - ago)
    Delivery.objects.update(
        state="pending", sent_at=None, delivered_at=None, created_at=at - ago, due_at=at
    )


def test_while_nobody_at_all_was_told_the_next_step_is_fired_once_a_minute(emergency):
    nobody_was_told(3 * MINUTES)
    owed = s.owed(emergency, "acknowledge", "spine")
    assert owed.next_due_at > clock.now() - 3 * MINUTES
    assert mend() > 0
    with role("engine"):
        while services.climb():
            pass
    climbed = s.owed(emergency, "acknowledge", "spine")
    assert climbed.rung == owed.rung + 1
    assert mend() == 0, "a step was fired a moment ago"


@pytest.mark.parametrize("ago", [MINUTES, 3 * MINUTES], ids=["young", "told"])
def test_who_was_told_or_came_just_now_is_not_hurried(emergency, ago):
    nobody_was_told(ago)
    if ago > 2 * MINUTES:
        one = Delivery.objects.first()
        Delivery.objects.filter(pk=one.pk).update(state="sent", sent_at=clock.now(), attempts=1)
    assert mend() == 0


def test_a_ladder_that_has_not_begun_waits_for_its_morning(emergency):
    nobody_was_told(3 * MINUTES)
    Obligation.objects.update(rung=0, round=0)
    assert mend() == 0


def test_what_a_clock_that_was_ahead_holds_is_freed(emergency):
    far = clock.now() + timedelta(hours=1)
    first, second = Delivery.objects.order_by("uuid")[:2]
    Delivery.objects.filter(pk=first.pk).update(
        state="leased", lease_token=first.pk, due_at=far, sent_at=None, delivered_at=None
    )
    Delivery.objects.filter(pk=second.pk).update(
        state="pending", due_at=far, sent_at=None, delivered_at=None
    )
    assert mend() == 2
    assert not Delivery.objects.open().filter(due_at__gt=clock.now()).exists()
    assert mend() == 0


class Clock:
    """The database's clock against the machine's."""

    def __init__(self, monkeypatch):
        self.jump, self.steady = 0.0, 1000.0
        monkeypatch.setattr(dispatch, "monotonic", lambda: self.steady)
        real = clock.now
        monkeypatch.setattr(
            dispatch.clock,
            "now",
            lambda: real() + timedelta(seconds=self.jump + self.steady),
        )

    def go_on(self):
        self.steady += dispatch.MEND_EVERY


def rings_into(rung):
    return lambda back: rung.append(round(back.total_seconds()))


@pytest.mark.parametrize(
    ("jump", "rings"), [(-31.0, 1), (-29.0, 0), (31.0, 0)], ids=["back", "a little", "forward"]
)
def test_a_clock_that_was_set_back_rings_every_urgent_ladder_once(
    emergency, monkeypatch, jump, rings
):
    rung = []
    monkeypatch.setattr(
        dispatch.services, "ring_now", lambda back: rung.append(round(back.total_seconds()))
    )
    monkeypatch.setattr(dispatch.services, "mend", lambda: 0)
    steady, mender = Clock(monkeypatch), dispatch.Mender()
    mender.mend()
    steady.jump = jump
    for _ in range(3):
        steady.go_on()
        mender.mend()
    assert rung == [31] * rings


def test_what_could_not_ring_when_the_clock_was_set_back_rings_ten_seconds_later(
    emergency, monkeypatch
):
    rung, failures = [], [OperationalError]

    def ring(back):
        if failures:
            raise failures.pop()
        rung.append(back)

    monkeypatch.setattr(dispatch.services, "ring_now", ring)
    monkeypatch.setattr(dispatch.services, "mend", lambda: 0)
    steady, mender = Clock(monkeypatch), dispatch.Mender()
    mender.mend()
    steady.jump = -3600.0
    steady.go_on()
    with pytest.raises(OperationalError):
        mender.mend()
    for _ in range(3):
        steady.go_on()
        mender.mend()
    assert len(rung) == 1


def test_ahead_and_back_again_rings_as_well(emergency, monkeypatch):
    rung = []
    monkeypatch.setattr(
        dispatch.services, "ring_now", lambda back: rung.append(round(back.total_seconds()))
    )
    monkeypatch.setattr(dispatch.services, "mend", lambda: 0)
    steady, mender = Clock(monkeypatch), dispatch.Mender()
    for jump in (0.0, 3600.0, 0.0):
        steady.jump = jump
        steady.go_on()
        mender.mend()
    assert rung == [3600]


def test_to_ring_now_moves_urgent_ladders_and_no_elective_one(cast, emergency, run_engine):
    s.send(cast.pain, findings={})
    run_engine()
    Obligation.objects.running().update(next_due_at=F("next_due_at") + timedelta(hours=1))
    urgent = Obligation.objects.running().filter(alert__isnull=False)
    elective = Obligation.objects.running().get(alert=None)
    with role("engine"):
        assert services.ring_now(timedelta(hours=1)) == urgent.count()
    assert not urgent.filter(next_due_at__gt=clock.now()).exists()
    assert Obligation.objects.get(pk=elective.pk).next_due_at == elective.next_due_at


def test_what_was_seen_lapses_as_long_after_as_was_said(cast, emergency):
    s.act("acknowledge", emergency, cast.spine)
    seen = s.owed(emergency, "acknowledge", "spine")
    assert seen.lapses_at
    with role("engine"):
        services.ring_now(timedelta(minutes=5))
    after = s.owed(emergency, "acknowledge", "spine")
    assert after.state == "answered"
    assert after.lapses_at == seen.lapses_at - timedelta(minutes=5)
