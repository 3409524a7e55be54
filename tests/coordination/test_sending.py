"""One message from claim to record, with a far end that misbehaves in every way it knows."""

import threading
from datetime import timedelta

import pytest

from coordination import services
from coordination.channels.base import Receipt, Result
from coordination.channels.registry import CHANNELS
from coordination.models import ContactPoint, Delivery, DeliveryAttempt, Obligation
from coordination.services import deliver
from tests.cast import role
from tests.coordination import stories as s


@pytest.fixture
def emergency(cast):
    """Routed, its first messages written but not sent."""
    referral = s.send(cast.pain)
    with role("engine"):
        while services.climb() or s.relay():
            pass
    return referral


def drain():
    with role("engine"):
        return services.drain()


def drain_all():
    while drain():
        pass


def to(office, channel="sms"):
    return Delivery.objects.filter(
        contact_point__practitioner=office.clinician, channel=channel
    ).latest("created_at")


def make_due():
    Delivery.objects.open().update(due_at="2020-01-01T00:00Z")


def addresses(sandbox):
    return [message.to for message in sandbox.record.after(0)]


@pytest.mark.parametrize(
    ("channel", "kind", "state", "code"),
    [
        ("sms", "broken", "pending", "sms_20500"),
        ("sms", "throttled", "pending", "sms_20429"),
        ("sms", "drop", "pending", "RemoteProtocolError"),
        ("sms", "invalid", "dead", "sms_21211"),
        ("email", "broken", "pending", "smtp_451"),
        ("email", "throttled", "pending", "smtp_451"),
        ("email", "drop", "pending", "SMTPServerDisconnected"),
        ("email", "invalid", "dead", "smtp_550"),
    ],
)
def test_a_misbehaving_far_end_is_tried_again_or_given_up(
    cast, emergency, sandbox, channel, kind, state, code
):
    address = ContactPoint.objects.get(practitioner=cast.spine.clinician, channel=channel).address
    sandbox.behave(kind, to=address, times=1)
    drain()
    delivery = to(cast.spine, channel)
    assert (delivery.state, delivery.error_code) == (state, code)
    others = Delivery.objects.exclude(pk=delivery.pk)
    assert set(others.values_list("state", flat=True)) == {"sent"}
    if state == "pending":
        make_due()
        drain_all()
        delivery.refresh_from_db()
        assert (delivery.state, delivery.attempts) == ("sent", 2)


# smtplib calls a server that says nothing for too long disconnected.
@pytest.mark.parametrize(
    ("channel", "code"), [("sms", "timeout"), ("email", "SMTPServerDisconnected")]
)
def test_a_far_end_that_hangs_costs_seconds_and_is_tried_again(
    cast, emergency, sandbox, settings, channel, code
):
    settings.OUTBOUND_TIMEOUT = settings.EMAIL_TIMEOUT = 0.3
    address = ContactPoint.objects.get(practitioner=cast.spine.clinician, channel=channel).address
    sandbox.behave("hang", to=address, seconds=10, times=1)
    drain()
    assert to(cast.spine, channel).error_code == code
    assert to(cast.spine, channel).state == "pending"


class Odd:
    def __init__(self, outcome):
        self.outcome = outcome

    def send(self, *, key, address, message):
        if isinstance(self.outcome, Exception):
            raise self.outcome
        return self.outcome


def replace(monkeypatch, channel, outcome):
    row = CHANNELS[channel]
    odd = type(row)(Odd(outcome), row.urgent, row.notice, row.elective)
    monkeypatch.setattr(deliver, "CHANNELS", {**CHANNELS, channel: odd})


def test_a_channel_that_raises_does_not_hold_up_the_other_messages(emergency, sandbox, monkeypatch):
    replace(monkeypatch, "sms", RuntimeError("no channel foresaw this"))
    drain_all()
    by_channel = dict(Delivery.objects.values_list("channel", "state"))
    assert by_channel == {"sms": "pending", "email": "sent"}
    assert Delivery.objects.filter(channel="sms").first().error_code == "RuntimeError"


def test_an_id_longer_than_its_column_is_cut_and_the_message_counts_as_sent(
    emergency, sandbox, monkeypatch
):
    replace(monkeypatch, "sms", Receipt(Result.SENT, "x" * 500))
    drain_all()
    assert set(Delivery.objects.values_list("state", flat=True)) == {"sent"}


def test_a_far_end_that_answers_drop_by_drop_is_given_up(emergency, sandbox, monkeypatch):
    released = threading.Event()

    class Slow:
        def send(self, *, key, address, message):
            released.wait(10)
            return Receipt(Result.SENT, "late")

    row = CHANNELS["sms"]
    monkeypatch.setattr(deliver, "SEND_SECONDS", 0.3)
    slow = type(row)(Slow(), row.urgent, row.notice, row.elective)
    monkeypatch.setattr(deliver, "CHANNELS", {**CHANNELS, "sms": slow})
    drain_all()
    released.set()
    assert dict(Delivery.objects.values_list("channel", "state")) == {
        "sms": "pending", "email": "sent",
    }  # fmt: skip


def test_who_hangs_takes_no_thread_from_those_who_are_sent_to_later(
    emergency, sandbox, monkeypatch
):
    released = threading.Event()
    monkeypatch.setattr(deliver, "_threads", deliver._Threads(1))
    with monkeypatch.context() as patch:
        patch.setattr(deliver, "SEND_SECONDS", 0.3)
        patch.setattr(deliver, "send", lambda parcel: released.wait(30))
        assert drain()
    make_due()
    drain_all()
    released.set()
    assert set(Delivery.objects.values_list("state", flat=True)) == {"sent"}


def test_threads_are_kept_from_batch_to_batch(emergency, sandbox):
    pool = deliver._threads.pool
    drain_all()
    assert deliver._threads.pool is pool


def test_a_record_that_fails_leaves_the_other_messages_recorded(emergency, sandbox, monkeypatch):
    record, failed = deliver.record, []

    def failing(parcel, receipt):
        if not failed:
            failed.append(parcel)
            raise RuntimeError
        return record(parcel, receipt)

    monkeypatch.setattr(deliver, "record", failing)
    with pytest.raises(RuntimeError):
        drain()
    states = set(Delivery.objects.exclude(pk=failed[0].delivery).values_list("state", flat=True))
    assert states == {"sent"}
    monkeypatch.undo()


@pytest.mark.parametrize("spoil", ["text", "address"])
def test_what_cannot_be_written_or_addressed_dies_alone(cast, emergency, sandbox, spoil):
    delivery = to(cast.spine)
    if spoil == "text":
        Delivery.objects.filter(pk=delivery.pk).update(message="no such text")
    else:
        ContactPoint.objects.filter(pk=delivery.contact_point_id).update(encrypted_address=b"k:x")
    drain_all()
    delivery.refresh_from_db()
    assert delivery.state == "dead"
    assert delivery.error_code in {"text_unwritable", "address_unreadable"}
    assert set(Delivery.objects.exclude(pk=delivery.pk).values_list("state", flat=True)) == {"sent"}


def test_a_dead_message_pulls_the_next_rung_forward(cast, emergency, sandbox):
    sandbox.behave(
        "invalid", to=ContactPoint.objects.get(pk=to(cast.spine).contact_point_id).address
    )
    drain_all()
    with role("engine"):
        assert services.climb() == 1
    assert s.owed(emergency, "acknowledge", "spine").rung == 2


def test_two_dead_messages_of_one_rung_pull_one_rung(cast, emergency, sandbox):
    sandbox.behave("invalid")
    drain_all()
    with role("engine"):
        services.climb()
        services.climb()
    assert s.owed(emergency, "acknowledge", "spine").rung == 2


def test_the_last_rung_is_not_rung_without_a_pause_when_every_address_is_bad(
    cast, emergency, sandbox, run_engine
):
    sandbox.behave("invalid")
    run_engine()
    for owed in Obligation.objects.filter(kind="acknowledge"):
        assert owed.round == 1
        wait = owed.next_due_at - owed.deliveries.latest("created_at").created_at
        assert timedelta(minutes=14) < wait <= timedelta(minutes=15, seconds=1)


def test_a_notice_that_dies_rings_nobody(cast, emergency, sandbox, run_engine):
    run_engine()
    sandbox.behave("invalid", channel="email")
    s.act("accept", emergency, cast.spine)
    due = s.owed(emergency, "ed_handover", "pain").next_due_at
    run_engine()
    assert Delivery.objects.filter(message="taken", state="dead").exists()
    assert s.owed(emergency, "ed_handover", "pain").next_due_at == due


def crash():
    """A worker claims, and is never heard of again."""
    with role("engine"):
        parcels = deliver.claim()
    make_due()
    return parcels


def test_a_message_that_crashes_its_worker_three_times_dies_and_the_ladder_goes_on(
    cast, emergency, sandbox
):
    poison = to(cast.spine).pk
    Delivery.objects.exclude(pk=poison).update(state="cancelled")
    for _ in range(3):
        assert [parcel.delivery for parcel in crash()] == [poison]
    drain()
    assert Delivery.objects.get(pk=poison).error_code == "crashed_its_worker"
    assert sandbox.record.after(0) == []
    with role("engine"):
        assert services.climb() == 1


def test_those_who_shared_a_crash_do_not_share_a_worker_again(emergency):
    first = crash()
    assert len(first) > 2
    assert len(crash()) == 1


def test_a_worker_that_lost_its_lease_writes_nothing(cast, emergency, sandbox):
    with role("engine"):
        stale = {parcel.delivery: parcel for parcel in deliver.claim()}
        make_due()
        [parcel] = deliver.claim()
        late = stale[parcel.delivery]
        for written in (Result.SENT, Result.RETRY, Result.REFUSED):
            assert deliver.record(late, Receipt(written, "late")) is False
        assert Delivery.objects.get(pk=parcel.delivery).state == "leased"
        assert deliver.record(parcel, deliver.send(parcel)) is True
        assert deliver.record(late, Receipt(Result.REFUSED)) is False
        assert Delivery.objects.get(pk=parcel.delivery).state == "sent"


def test_what_is_leased_is_nobody_elses_until_the_lease_is_over(emergency):
    with role("engine"):
        first = deliver.claim()
        assert first
        held = {parcel.delivery for parcel in first}
        assert held.isdisjoint(parcel.delivery for parcel in deliver.claim())


def test_what_was_withdrawn_is_not_sent_and_a_late_receipt_does_not_revive_it(cast, emergency):
    with role("engine"):
        parcels = deliver.claim()
    s.act("acknowledge", emergency, cast.pain)
    withdrawn = set(Delivery.objects.filter(state="cancelled").values_list("pk", flat=True))
    assert withdrawn
    with role("engine"):
        for parcel in parcels:
            recorded = deliver.record(parcel, Receipt(Result.SENT, "on the wire"))
            assert recorded == (parcel.delivery not in withdrawn)


def test_an_attempt_is_on_record_before_its_message_is_sent(emergency, monkeypatch):
    with role("engine"):
        parcels = deliver.claim()
    open_attempts = DeliveryAttempt.objects.filter(finished_at__isnull=True)
    assert open_attempts.count() == len(parcels)


def test_the_first_message_of_each_side_goes_before_all_others(emergency):
    with role("engine"):
        first_two = deliver.claim()[:2]
    sides = Delivery.objects.filter(pk__in=[one.delivery for one in first_two])
    assert set(sides.values_list("obligation__specialty", flat=True)) == {"pain", "spine"}


def test_the_same_key_is_shown_at_every_try(cast, emergency, sandbox):
    sandbox.behave("drop", channel="email", times=1)
    drain_all()
    make_due()
    drain_all()
    ids = [
        m.details["headers"]["Message-ID"] for m in sandbox.record.after(0) if m.channel == "email"
    ]
    assert len(ids) == len(set(ids)) + 1
    assert {one.strip("<>").removesuffix("@tandem") for one in ids} == {
        str(pk) for pk in Delivery.objects.filter(channel="email").values_list("pk", flat=True)
    }
