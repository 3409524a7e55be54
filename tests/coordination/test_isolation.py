"""What is wrong with one row stops that row: no shift, ladder or contact stops the rest."""

import socket
import threading
from datetime import UTC, datetime, timedelta

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.utils import timezone

from coordination import services
from coordination.channels.base import Receipt, Result
from coordination.models import Alert, Delivery, OnCallShift
from coordination.services import deliver, ladder
from referrals.models import Ask
from tests import factories as make
from tests.cast import behind_the_wall, role
from tests.coordination import calling_back as provider
from tests.coordination import stories as s
from tests.coordination.links import surgeon

NOW = timezone.now()
ENDLESS = (datetime(2026, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, 23, 59, tzinfo=UTC))


@pytest.fixture
def written(cast):
    """An emergency whose first messages are written and not sent."""
    referral = s.send(cast.pain)
    relay_all()
    return referral


def relay_all():
    with role("engine"):
        while s.relay():
            pass


@pytest.mark.parametrize(
    ("starts", "ends"),
    [
        ENDLESS,
        (NOW, NOW + timedelta(days=32)),
        (NOW, NOW),
        (NOW + timedelta(days=400), NOW + timedelta(days=401)),
    ],
    ids=["endless", "too long", "empty", "too far"],
)
def test_a_shift_that_nobody_can_mean_is_refused_in_words(cast, starts, ends):
    with pytest.raises(services.ShiftRefused, match="within a year"):
        services.put_on_call(cast.outsider.clinician, starts=starts, ends=ends)


def test_the_database_refuses_an_endless_shift_too(cast):
    with pytest.raises(IntegrityError, match="shift_is_of_our_time"), transaction.atomic():
        OnCallShift.objects.create(
            practice=cast.outsider.practice,
            practitioner=cast.outsider.clinician,
            period=ENDLESS,
        )


def test_an_endless_shift_of_one_office_keeps_nobody_from_being_asked(cast, run_engine):
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE coordination_oncallshift DROP CONSTRAINT shift_is_of_our_time")
    OnCallShift.objects.create(
        practice=cast.outsider.practice, practitioner=cast.outsider.clinician, period=ENDLESS
    )
    referral = s.send(cast.pain)
    run_engine()
    assert Ask.objects.filter(referral=referral, practice__specialty="spine").exists()
    assert s.told(referral)[cast.spine.practice.pk]


def test_one_broken_ladder_leaves_the_alert_and_the_other_side(cast, run_engine, monkeypatch):
    real = ladder._tell

    def tell(obligation, *rest):
        if obligation.specialty == "spine":
            raise ValueError("this ladder cannot be read")
        return real(obligation, *rest)

    monkeypatch.setattr(ladder, "_tell", tell)
    referral = s.send(cast.pain)
    run_engine()
    assert Alert.objects.filter(referral=referral, closed_at=None).exists()
    assert s.told(referral)[cast.pain.practice.pk]
    waits = s.owed(referral, "acknowledge", "spine").next_due_at - timezone.now()
    assert timedelta(seconds=30) < waits <= timedelta(seconds=60)


def test_a_message_to_a_retired_contact_is_not_sent_and_the_next_rung_fires(
    cast, written, run_engine
):
    point = surgeon(cast)
    with behind_the_wall(cast.spine.actor):
        services.retire_contact_point(point.pk, by=cast.spine.actor)
    run_engine()
    waiting = Delivery.objects.get(contact_point=point)
    assert (waiting.state, waiting.error_code) == ("dead", "contact_retired")
    assert s.owed(written, "acknowledge", "spine").rung > 1


def test_a_message_withdrawn_while_it_was_sent_pulls_no_rung(cast, written):
    owed = s.owed(written, "acknowledge", "spine")
    mine = Delivery.objects.filter(obligation=owed, channel="sms")
    mine.update(attempts=7)
    with role("engine"):
        parcel = next(one for one in deliver.claim() if one.delivery == mine.get().pk)
        mine.update(state="cancelled", lease_token=None)
        assert deliver.record(parcel, Receipt(Result.RETRY, code="timeout")) is False
    assert s.owed(written, "acknowledge", "spine").next_due_at == owed.next_due_at


def test_a_message_tried_for_weeks_stops_no_other(cast, written, run_engine):
    one = Delivery.objects.filter(obligation=s.owed(written, "acknowledge", "pain")).first()
    Delivery.objects.filter(pk=one.pk).update(attempts=32_767)
    run_engine()
    assert not Delivery.objects.filter(state="pending").exists()
    one.refresh_from_db()
    assert (one.state, one.attempts) == ("sent", 32_768)


def test_a_provider_that_was_down_delivers_each_call_once_when_it_is_back(
    cast, settings, run_engine
):
    working = settings.SMS_PROVIDER_URL
    settings.SMS_PROVIDER_URL = "http://127.0.0.1:9"
    referral = s.send(cast.pain)
    run_engine()
    for _ in range(8):
        s.fire_next_rung(referral, "acknowledge", "spine")
        run_engine()
    settings.SMS_PROVIDER_URL = working
    Delivery.objects.filter(state="pending").update(due_at=timezone.now())
    run_engine()
    mine = Delivery.objects.filter(contact_point=surgeon(cast), message="emergency_surgeon")
    assert mine.filter(state="sent").count() == 1


def test_what_was_answered_while_others_were_recorded_is_no_timeout(cast, written, monkeypatch):
    monkeypatch.setattr(deliver, "SEND_SECONDS", 1.0)
    real, slow = deliver.record, iter([1.2])

    def record(parcel, receipt):
        threading.Event().wait(next(slow, 0))
        return real(parcel, receipt)

    monkeypatch.setattr(deliver, "record", record)
    monkeypatch.setattr(deliver, "send", lambda parcel: Receipt(Result.SENT, "id"))
    with role("engine"):
        deliver.drain()
    assert not Delivery.objects.filter(error_code="timeout").exists()


def test_a_routine_endpoint_that_hangs_holds_a_lone_dispatcher_for_two_seconds(
    cast, sandbox, settings, monkeypatch
):
    settings.WEBHOOK_MAY_USE_LOOPBACK = True
    deadlines = []
    real = deliver.as_completed

    def noted(sending, timeout):
        deadlines.append(timeout)
        return real(sending, timeout=timeout)

    monkeypatch.setattr(deliver, "as_completed", noted)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"http://127.0.0.1:{silent.getsockname()[1]}/x"
        services.add_contact_point(cast.spine.practice, channel="webhook", address=address)
        quiet = {"findings": make.STABLE_CLAUDICATION, "receiver": cast.spine.practice}
        s.send(cast.pain, **quiet)
        relay_all()
        with role("engine"):
            deliver.drain()
    assert deadlines == [deliver.SEND_SECONDS_ELECTIVE]
    hung = Delivery.objects.get(channel="webhook")
    assert (hung.state, hung.error_code) == ("pending", "timeout")


def test_urgent_and_routine_messages_are_never_sent_in_one_batch(cast, written):
    s.send(cast.pain, findings=make.STABLE_CLAUDICATION, receiver=cast.spine.practice)
    relay_all()
    with role("engine"):
        assert {parcel.is_elective for parcel in deliver.claim()} == {False}


def test_a_failure_of_an_earlier_try_fails_not_the_one_that_went(cast, written, run_engine):
    run_engine()
    mine = Delivery.objects.get(contact_point=surgeon(cast))
    provider.report(mine, "failed", MessageSid="SM-of-the-try-whose-answer-was-lost")
    mine.refresh_from_db()
    assert mine.state == "sent"
    provider.report(mine, "delivered")
    mine.refresh_from_db()
    assert mine.state == "delivered"


def test_no_shift_can_be_written_backwards(cast):
    with pytest.raises(DatabaseError), transaction.atomic():
        OnCallShift.objects.create(
            practice=cast.outsider.practice,
            practitioner=cast.outsider.clinician,
            period=tuple(reversed(ENDLESS)),
        )
