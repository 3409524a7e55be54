"""What is long over moves out of the way: whole, once, only what has rested, and still shown."""

from datetime import timedelta

import pytest
from django.db import ProgrammingError, transaction
from django.db.models import ProtectedError

from coordination import engine, services
from coordination.models import (
    Alert,
    CallTask,
    ContactPoint,
    Delivery,
    DeliveryAttempt,
    Obligation,
    PastDelivery,
)
from tests import factories as make
from tests.cast import role
from tests.coordination import stories as s
from tests.coordination import threads
from tests.coordination.calling_back import report
from tests.coordination.links import surgeon

LONG = timedelta(days=31)
MOMENTS = ("created_at", "due_at", "sent_at", "delivered_at", "dead_at")


@pytest.fixture
def over(cast, run_engine):
    """An emergency that was made safe a month ago; all that was to be said was said."""
    referral = s.send(cast.pain)
    run_engine()
    finish(cast, referral)
    run_engine()
    assert not Alert.objects.filter(closed_at=None).exists()
    nobody_owes_anything()
    age(LONG)
    return referral


def finish(cast, referral):
    s.act("acknowledge", referral, cast.pain)
    s.act("accept", referral, cast.spine, plan=s.PLAN)
    s.act("record_patient_contact", referral, cast.pain, s.REACHED)
    s.hand_over(referral, cast.pain)


def nobody_owes_anything():
    """The visit, the report and the reading of it came as well."""
    Obligation.objects.running().update(state="closed", next_due_at=None)


def age(time):
    for one in Delivery.objects.all():
        moved = {name: at - time for name in MOMENTS if (at := getattr(one, name))}
        Delivery.objects.filter(pk=one.pk).update(**moved)
    for one in Alert.objects.exclude(closed_at=None):
        Alert.objects.filter(pk=one.pk).update(
            opened_at=one.opened_at - time, closed_at=one.closed_at - time
        )


def move():
    with role("engine"):
        return services.move_to_history()


def everything():
    """Each message with its attempts, wherever it is kept."""
    names = [f.attname for f in PastDelivery._meta.fields if hasattr(Delivery, f.attname)]
    return {
        one.uuid: {name: getattr(one, name) for name in names}
        for kept in (Delivery, PastDelivery)
        for one in kept.objects.all()
    }


def test_what_has_rested_moves_whole_with_its_attempts(over):
    before, attempts = everything(), DeliveryAttempt.objects.count()
    assert attempts
    assert move() == len(before)
    assert not Delivery.objects.exists()
    assert not DeliveryAttempt.objects.exists()
    assert everything() == before
    tries = [try_ for past in PastDelivery.objects.all() for try_ in past.tries]
    assert len(tries) == attempts
    assert {try_["outcome"] for try_ in tries} == {"sent"}
    assert set(tries[0]) == {
        f.column for f in DeliveryAttempt._meta.fields
    } - {"id", "delivery_id"}  # fmt: skip


def test_history_has_every_column_of_a_delivery_but_its_lease():
    hot = {f.column for f in Delivery._meta.fields} - {"lease_token"}
    past = {f.column for f in PastDelivery._meta.fields} - {"id", "tries", "moved_at"}
    assert past == hot


def test_moving_again_moves_nothing(over):
    assert move()
    before = everything()
    assert move() == 0
    assert everything() == before


def test_a_crash_in_between_moves_nothing(over):
    before = Delivery.objects.count()
    with transaction.atomic():
        assert move() == before
        transaction.set_rollback(True)
    assert (Delivery.objects.count(), PastDelivery.objects.count()) == (before, 0)


def test_two_at_once_move_each_message_once(town, run_engine):
    referral = s.send(town.pain)
    run_engine()
    finish(town, referral)
    run_engine()
    nobody_owes_anything()
    age(LONG)
    before = everything()
    moved = threads.at_once(services.move_to_history, services.move_to_history)
    assert sum(moved) == len(before)
    assert everything() == before


def test_a_batch_moves_the_oldest_first(over, monkeypatch):
    monkeypatch.setattr(services.history, "AT_ONCE", 2)
    assert move() == 2
    moved = PastDelivery.objects.latest("created_at").created_at
    assert moved <= Delivery.objects.earliest("created_at").created_at


def test_what_ended_within_the_month_or_is_still_to_be_sent_stays(over):
    reasons = [{name: over.sent_at} for name in MOMENTS]
    reasons += [{"state": "pending"}, {"state": "leased", "lease_token": over.uuid}]
    kept = [one.pk for one in Delivery.objects.all()[: len(reasons)]]
    for pk, reason in zip(kept, reasons, strict=True):
        Delivery.objects.filter(pk=pk).update(**reason)
    move()
    assert {one.pk for one in Delivery.objects.all()} == set(kept)


def test_the_messages_of_who_is_still_rung_stay(over):
    owed = Obligation.objects.filter(deliveries__isnull=False).first()
    its = owed.deliveries.count()
    Obligation.objects.filter(pk=owed.pk).update(
        state="running", next_due_at=owed.opened_at + timedelta(days=900)
    )
    move()
    assert Delivery.objects.count() == owed.deliveries.count() == its


@pytest.mark.parametrize("closed", [None, timedelta(days=29)])
def test_the_messages_of_an_alert_that_is_open_or_was_closed_within_the_month_stay(over, closed):
    alert = Alert.objects.get()
    its = Delivery.objects.filter(obligation__alert=alert)
    before = its.count()
    Alert.objects.update(
        **{"closed_at": None, "closed_by": "", "close_reason": ""}
        if closed is None
        else {"closed_at": alert.closed_at + LONG - closed}
    )
    move()
    assert its.count() == before > 0


def test_a_call_that_people_made_stays_with_what_came_of_it(cast, run_engine):
    make.make_answering_service(cast.spine.practice)
    referral = s.send(cast.pain)
    run_engine()
    s.fire_next_rung(referral, "acknowledge", "spine")
    finish(cast, referral)
    run_engine()
    nobody_owes_anything()
    age(LONG)
    assert CallTask.objects.exists()
    move()
    assert set(Delivery.objects.values_list("channel", flat=True)) == {"answering_service"}


def test_the_page_of_a_referral_shows_what_was_moved_as_before(cast, over, client_of):
    path = f"/api/v1/referrals/{over.uuid}/coordination"
    before = client_of(cast.spine).get(path).json()
    assert any(one["deliveries"] for one in before["obligations"])
    move()
    assert client_of(cast.spine).get(path).json() == before


def test_a_case_that_begins_anew_still_knows_whom_it_told(cast, over, run_engine):
    told = s.told(over)
    move()
    assert not s.told(over)
    with role("engine"):
        points = services.outcome._everyone_concerned(over, services.outcome.clock.now())
    assert {point.practice_id for point in points} == set(told)


def test_a_report_that_comes_after_a_month_is_about_nothing_we_know(cast, over):
    late = Delivery.objects.filter(contact_point=surgeon(cast)).first()
    move()
    assert report(late, "failed").status_code == 404
    assert report(late, "delivered").status_code == 404


def test_the_engine_does_it_when_nothing_else_is_due_and_not_at_every_look(
    over, run_engine, monkeypatch
):
    monkeypatch.setattr(engine, "_books", engine._Books())
    run_engine()
    assert not Delivery.objects.exists()
    run_engine()
    asked = []
    monkeypatch.setattr(engine, "CHORES", (lambda: asked.append(1),))
    run_engine()
    assert asked == []


def test_a_history_that_cannot_be_written_stops_nothing(over, run_engine, monkeypatch):
    def fail():
        raise RuntimeError

    monkeypatch.setattr(engine, "_books", engine._Books())
    monkeypatch.setattr(engine, "CHORES", (fail,))
    run_engine()
    assert Delivery.objects.exists()


def test_nobody_but_the_engine_moves_anything(over):
    with (
        role("app"),
        pytest.raises(ProgrammingError, match="permission denied"),
        transaction.atomic(),
    ):
        services.move_to_history()
    assert Delivery.objects.exists()


def test_an_address_in_history_cannot_be_deleted_away(over):
    move()
    point = ContactPoint.objects.filter(past_deliveries__isnull=False).first()
    with pytest.raises(ProtectedError):
        point.delete()
