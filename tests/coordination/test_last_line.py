"""What the database itself refuses, whatever a service forgets."""

import pytest
from django.conf import settings
from django.db import DatabaseError, IntegrityError, connection, transaction

from coordination.models import Alert, Delivery, DeliveryAttempt, Obligation, Plan
from coordination.relay import relay
from referrals.models import Ask, Event
from tests.cast import role
from tests.coordination import stories as s


@pytest.fixture
def emergency(cast):
    referral = s.send(cast.pain)
    with role("engine"):
        while relay():
            pass
    return referral


def copy(row, **changes):
    row.pk = None
    row._state.adding = True
    for name, value in changes.items():
        setattr(row, name, value)
    with transaction.atomic():
        row.save(force_insert=True)


def test_a_second_acceptance(cast, emergency):
    Ask.objects.update(answer="accepted", answered_at=emergency.sent_at)
    with pytest.raises(IntegrityError, match="referral_has_one_acceptance"):
        copy(Ask.objects.get(), practice=cast.other_spine.practice)


def test_a_second_open_alert(emergency):
    with pytest.raises(IntegrityError, match="referral_has_one_open_alert"):
        copy(Alert.objects.get())


def test_the_same_message_twice_on_one_rung(emergency):
    with pytest.raises(IntegrityError, match="nobody_is_told_twice_on_one_rung"):
        copy(Delivery.objects.first(), pk=None, uuid="00000000-0000-4000-8000-000000000000")


@pytest.mark.parametrize(
    ("model", "columns", "rule"),
    [
        (Obligation, {"next_due_at": None}, "obligation_running_rings_again"),
        (Obligation, {"state": "closed"}, "obligation_closed_rings_no_more"),
        (Obligation, {"state": "answered"}, "obligation_is_answered_by_somebody"),
        (Delivery, {"state": "leased"}, "delivery_leased_has_its_token"),
        (Delivery, {"state": "sent"}, "delivery_sent_was_attempted"),
        (Alert, {"closed_at": "2026-01-01T00:00Z"}, "alert_is_closed_by_somebody_for_a_reason"),
    ],
)
def test_a_state_without_its_evidence(emergency, model, columns, rule):
    with pytest.raises(IntegrityError, match=rule), transaction.atomic():
        model.objects.update(**columns)


def test_history_that_is_changed_or_deleted(cast, emergency):
    s.act("accept", emergency, cast.spine, plan=s.PLAN)
    for change in (
        lambda: Event.objects.update(kind="nothing"),
        lambda: Event.objects.all().delete(),
        lambda: Plan.objects.update(place="elsewhere"),
        lambda: Plan.objects.all().delete(),
    ):
        with pytest.raises(DatabaseError, match="pgtrigger"), transaction.atomic():
            change()


def test_an_attempt_finished_twice(emergency):
    delivery = Delivery.objects.first()
    attempt = DeliveryAttempt.objects.create(
        delivery=delivery, n=99, worker="w", claimed_at=delivery.due_at,
        finished_at=delivery.due_at,
    )  # fmt: skip
    with pytest.raises(DatabaseError, match="pgtrigger"), transaction.atomic():
        DeliveryAttempt.objects.filter(pk=attempt.pk).update(outcome="sent")


def erase(who, model):
    # A role that is set inside the transaction goes with it when the database refuses.
    with connection.cursor() as cursor:
        cursor.execute(f'SET LOCAL ROLE "{settings.DATABASE_ROLES[who]}"')
        cursor.execute(f"DELETE FROM {model._meta.db_table}")


@pytest.mark.parametrize("who", ["app", "engine"])
def test_a_role_that_would_erase(emergency, who):
    for model in (Delivery, Obligation, Alert, Ask):
        with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
            erase(who, model)
