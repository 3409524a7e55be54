"""Two providers of SMS and calls: what one fails at goes by the other, and nobody waits for it."""

from datetime import timedelta

import pytest
from django.utils import timezone

from config.sandbox.server import Sandbox
from config.sandbox.sms import Account
from coordination import services
from coordination.channels.base import Receipt, Result
from coordination.models import (
    ContactPoint,
    Delivery,
    DeliveryAttempt,
    ProviderTrouble,
    StaffMessage,
)
from coordination.models.delivery import FIRST_OF_SIDE
from coordination.services import deliver, providers, staff_messages
from coordination.staff_texts import INSTEAD
from tests.cast import role
from tests.coordination import stories as s
from tests.coordination.calling_back import call_back, report
from tests.coordination.links import surgeon

LONGEST_POLL = timedelta(seconds=1)


@pytest.fixture
def second(settings):
    """Another provider, with an account of its own."""
    with Sandbox(account=Account("ACsecond", "second-token")) as other:
        settings.SMS_SECOND_PROVIDER_URL = other.url
        settings.SMS_SECOND_ACCOUNT_SID = "ACsecond"
        settings.SMS_SECOND_AUTH_TOKEN = "second-token"
        settings.SMS_SECOND_FROM = "+15559999999"
        yield other


@pytest.fixture
def written(cast):
    """An emergency whose first messages are written and not sent."""
    return write(cast)


def write(cast):
    referral = s.send(cast.pain)
    with role("engine"):
        while s.relay():
            pass
    return referral


def drain():
    with role("engine"):
        while services.drain():
            pass


def make_due():
    Delivery.objects.open().update(due_at="2020-01-01T00:00Z")


def fail_at(sandbox, kind, **more):
    sandbox.behave(kind, channel="sms", **more)


def went_by(referral):
    """The providers of each SMS of a referral, in the order of its tries."""
    log = DeliveryAttempt.objects.filter(
        delivery__obligation__referral=referral, delivery__channel="sms"
    )
    ways = {}
    for delivery, provider in log.order_by("n").values_list("delivery", "provider"):
        ways.setdefault(delivery, []).append(provider)
    return list(ways.values())


def texts(sandbox):
    return [message for message in sandbox.record.after(0) if message.channel == "sms"]


@pytest.mark.parametrize("kind", ["broken", "throttled", "garbage", "drop", "hang"])
def test_what_one_provider_fails_at_goes_by_the_other_within_15_seconds(
    written, sandbox, second, settings, kind
):
    settings.OUTBOUND_TIMEOUT = 0.3
    fail_at(sandbox, kind, seconds=30)
    drain()
    waiting = Delivery.objects.filter(channel="sms", state="pending")
    assert waiting.count() == 2
    for one in waiting:
        wait = one.due_at - one.attempt_log.get().finished_at
        at_most = timedelta(seconds=deliver.SEND_SECONDS) + wait + LONGEST_POLL
        assert at_most <= timedelta(seconds=15)
    make_due()
    drain()
    assert went_by(written) == [["first", "second"]] * 2
    assert {m.sender for m in texts(second)} == {settings.SMS_SECOND_FROM}
    assert set(Delivery.objects.values_list("state", flat=True)) == {"sent"}


def test_an_address_where_nobody_listens_is_a_failure_like_others(
    written, sandbox, second, settings
):
    settings.SMS_PROVIDER_URL = "http://127.0.0.1:9"
    drain()
    make_due()
    drain()
    assert len(texts(second)) == 2


def test_an_account_that_is_refused_is_the_accounts_fault_and_not_the_numbers(
    written, sandbox, second, settings
):
    settings.SMS_AUTH_TOKEN = "no longer right"
    drain()
    assert not Delivery.objects.filter(state="dead").exists()
    make_due()
    drain()
    assert len(texts(second)) == 2


def test_with_one_provider_alone_an_account_that_is_refused_gives_up(written, sandbox, settings):
    settings.SMS_AUTH_TOKEN = "no longer right"
    drain()
    assert set(Delivery.objects.filter(channel="sms").values_list("state", flat=True)) == {"dead"}


def test_a_number_that_is_refused_is_not_the_providers_fault(written, sandbox, second):
    fail_at(sandbox, "invalid")
    drain()
    assert set(Delivery.objects.filter(channel="sms").values_list("state", flat=True)) == {"dead"}
    assert not ProviderTrouble.objects.exists()


def test_while_one_fails_what_is_new_goes_by_the_other_at_once(cast, written, sandbox, second):
    fail_at(sandbox, "broken")
    drain()
    later = write(cast)
    drain()
    assert went_by(later) == [["second"]] * 2


def the_probe_is_due():
    ProviderTrouble.objects.update(probe_at=timezone.now() - timedelta(seconds=1))


def test_one_message_now_and_then_finds_out_that_a_provider_works_again(
    cast, written, sandbox, second
):
    fail_at(sandbox, "broken")
    drain()
    sandbox.behaviour.clear()
    the_probe_is_due()
    Delivery.objects.filter(priority=FIRST_OF_SIDE).update(priority=1)
    probing = write(cast)
    Delivery.objects.filter(obligation__referral=probing).update(priority=1)
    with role("engine"):
        services.drain()
    assert sorted(went_by(probing)) == [["first"], ["second"]]
    back = write(cast)
    drain()
    assert went_by(back) == [["first"]] * 2
    assert ProviderTrouble.objects.get().failing_since is None


def test_the_first_call_to_a_side_is_never_the_one_that_tries(cast, written, sandbox, second):
    fail_at(sandbox, "broken")
    drain()
    the_probe_is_due()
    first = write(cast)
    with role("engine"):
        services.tell_first()
    assert went_by(first) == [["second"]] * 2


def test_when_both_fail_each_is_tried_in_turn(written, sandbox, second):
    for outside in (sandbox, second):
        fail_at(outside, "broken")
    for _ in range(3):
        make_due()
        drain()
    assert went_by(written) == [["first", "second", "first"]] * 2
    second.behaviour.clear()
    make_due()
    drain()
    assert set(Delivery.objects.values_list("state", flat=True)) == {"sent"}


def test_a_try_that_nobody_finished_is_repeated_where_its_key_is_known(written, sandbox, second):
    with role("engine"):
        deliver.claim()
    make_due()
    drain()
    assert went_by(written) == [["first", "first"]] * 2


def sent_a_while_ago(cast):
    mine = Delivery.objects.filter(contact_point=surgeon(cast))
    mine.update(sent_at=timezone.now() - providers.REPORTED_WITHIN - timedelta(seconds=1))
    return mine.get()


@pytest.mark.parametrize(("reported", "by"), [(False, "second"), (True, "first")])
def test_a_provider_that_leaves_a_number_unreported_is_not_asked_for_it_again(
    cast, written, sandbox, second, reported, by
):
    drain()
    first = sent_a_while_ago(cast)
    if reported:
        assert report(first, "delivered").status_code == 204
    s.fire_next_rung(written, "acknowledge", "spine")
    drain()
    call = Delivery.objects.get(contact_point__practitioner=cast.spine.clinician, channel="voice")
    assert call.attempt_log.get().provider == by
    # The next rung is another message: the slow one is not repeated.
    assert first.attempt_log.count() == 1


def test_of_two_that_are_silent_the_one_that_was_silent_longer_ago_is_asked(cast, written, second):
    at = timezone.now()
    one = Delivery.objects.get(contact_point=surgeon(cast))
    number = bytes(one.contact_point.address_fingerprint)
    silent = {(number, "first"): at, (number, "second"): at - timedelta(minutes=9)}
    assert providers._best(one, None, {}, silent) == "second"


def test_an_arrival_by_either_counts_and_a_failure_of_the_earlier_copy_does_not(
    cast, written, sandbox, second
):
    fail_at(sandbox, "drop", times=1, to=surgeon(cast).address)
    drain()
    make_due()
    drain()
    mine = Delivery.objects.get(contact_point=surgeon(cast))
    status = {"MessageStatus": "undelivered", "MessageSid": "SM-of-the-first"}
    assert call_back(f"/provider/status/{mine.pk}", status).status_code == 204
    mine.refresh_from_db()
    assert mine.state == "sent"
    status = {"MessageStatus": "delivered", "MessageSid": mine.provider_message_id}
    assert call_back(f"/provider/second/status/{mine.pk}", status).status_code == 204
    mine.refresh_from_db()
    assert mine.state == "delivered"


def test_a_call_by_the_second_provider_takes_its_key_at_the_second_address(
    cast, written, sandbox, second
):
    drain()
    sent_a_while_ago(cast)
    s.fire_next_rung(written, "acknowledge", "spine")
    drain()
    [call] = [m for m in second.record.after(0) if m.channel == "voice"]
    assert "/provider/second/voice/" in call.details["action"]


def test_with_one_provider_nothing_is_asked_and_nothing_kept(
    written, sandbox, django_assert_num_queries
):
    due = list(Delivery.objects.select_related("contact_point"))
    with django_assert_num_queries(0):
        assert set(providers.choose(due, timezone.now()).values()) == {"first"}
        providers.note("first", Receipt(Result.RETRY, code="timeout"))


def test_a_provider_that_fails_again_keeps_since_when(second, db):
    for _ in range(2):
        providers.note("first", Receipt(Result.RETRY))
    since = ProviderTrouble.objects.get().failing_since
    providers.note("first", Receipt(Result.RETRY))
    assert ProviderTrouble.objects.get().failing_since == since
    providers.note("first", Receipt(Result.SENT))
    assert ProviderTrouble.objects.get().failing_since is None


def staff(point, occasion):
    at = timezone.now()
    ends = at + timedelta(hours=8)
    facts = {"person": "Dr DEMO", "begins": at.isoformat(), "ends": ends.isoformat()}
    staff_messages.write(INSTEAD, [point], occasion, facts, at)


def tell_staff():
    StaffMessage.objects.filter(state="pending").update(due_at="2020-01-01T00:00Z")
    with role("engine"):
        services.tell_staff()


def test_what_the_staff_is_told_goes_by_the_other_as_well(cast, sandbox, second):
    fail_at(sandbox, "broken")
    point = ContactPoint.objects.filter(channel="sms", practitioner__isnull=False).first()
    staff(point, "change 1")
    tell_staff()
    assert texts(second) == []
    tell_staff()
    assert [one.to for one in texts(second)] == [point.address]
    with role("engine"):
        providers.note("first", Receipt(Result.RETRY))
    staff(point, "change 2")
    tell_staff()
    assert len(texts(second)) == 2, "one that is known to fail is not tried first"
    assert set(StaffMessage.objects.values_list("state", flat=True)) == {"sent"}
    point.refresh_from_db()
    assert point.failing_since is None
