"""Calls: what is said on them, and a far end that hangs, talks garbage or is not picked up."""

from urllib.parse import urlsplit
from xml.etree import ElementTree

import pytest

from coordination import services
from coordination.channels.voice import VoiceChannel, call_script
from coordination.messages import Message
from coordination.models import ContactPoint, Delivery
from tests.cast import role
from tests.coordination import stories as s
from tests.coordination.calling_back import report

CANARY = "Canaryfamily"
# Which rung is next; nobody is backup on the third one, so the group is told at once.
RUNGS = {("sms", "pending"): 1, ("sms", "dead"): 2, ("voice", "pending"): 2, ("voice", "dead"): 4}


@pytest.fixture
def emergency(cast, run_engine):
    """The SMS and e-mails are sent; the call of the second rung waits."""
    referral = s.send(cast.pain, patient={"family_name": CANARY, "is_demo": True})
    run_engine()
    s.fire_next_rung(referral, "acknowledge", "spine")
    return referral


def drain():
    with role("engine"):
        while services.drain():
            pass


def the_call(cast):
    return Delivery.objects.get(contact_point__practitioner=cast.spine.clinician, channel="voice")


def calls(sandbox):
    return [m for m in sandbox.record.after(0) if m.channel == "voice"]


def test_a_person_is_called_and_hears_the_reference_and_no_patient(cast, emergency, sandbox):
    drain()
    [call] = calls(sandbox)
    assert call.to == ContactPoint.objects.get(pk=the_call(cast).contact_point_id).address
    assert ", ".join(emergency.reference.replace("-", "")) in call.body
    assert "Press 1 if you have seen this. Press 2 if you cannot" in call.body
    assert "does not replace 911" in call.body
    assert CANARY not in str(call)
    assert the_call(cast).provider_message_id == call.details["sid"]


def test_a_pressed_key_is_reported_to_this_very_delivery(cast, emergency, sandbox):
    drain()
    [call] = calls(sandbox)
    assert urlsplit(call.details["action"]).path == f"/provider/voice/{the_call(cast).pk}"


def test_the_text_is_said_twice_while_a_key_may_be_pressed():
    message = Message("", "", "", voice='R & "N" <SPINE>', keys="12")
    tree = ElementTree.fromstring(call_script(message, "https://x/provider/voice/1?a=1&b=2"))
    gather = tree.find("Gather")
    assert gather.attrib | {"numDigits": "1", "method": "POST"} == gather.attrib
    assert gather.get("action") == "https://x/provider/voice/1?a=1&b=2"
    assert [say.text for say in gather.findall("Say")] == ['R & "N" <SPINE>'] * 2
    assert "nothing is recorded" in tree.findall("Say")[-1].text


def test_a_call_that_asks_nothing_takes_no_key():
    tree = ElementTree.fromstring(call_script(Message("", "", "", voice="x"), "https://x"))
    assert tree.find(".//Gather") is None
    assert [say.text for say in tree.findall("Say")] == ["x", "x"]


@pytest.mark.parametrize("channel", ["sms", "voice"])
@pytest.mark.parametrize(
    ("kind", "state", "code"),
    [
        ("broken", "pending", "{}_20500"),
        ("throttled", "pending", "{}_20429"),
        ("drop", "pending", "RemoteProtocolError"),
        ("garbage", "pending", "no_sid"),
        ("hang", "pending", "timeout"),
        ("invalid", "dead", "{}_21211"),
    ],
)
def test_a_provider_that_misbehaves_harms_no_ladder(
    cast, run_engine, sandbox, settings, channel, kind, state, code
):
    settings.OUTBOUND_TIMEOUT = 0.5
    number = ContactPoint.objects.get(practitioner=cast.spine.clinician, channel=channel).address
    sandbox.behave(kind, to=number, channel=channel, seconds=5, times=1)
    referral = s.send(cast.pain)
    run_engine()
    if channel == "voice":
        s.fire_next_rung(referral, "acknowledge", "spine")
        run_engine()
    first = Delivery.objects.filter(channel=channel, contact_point__address_fingerprint=(
        ContactPoint.objects.get(practitioner=cast.spine.clinician, channel=channel)
    ).address_fingerprint).earliest("created_at")  # fmt: skip
    assert (first.state, first.error_code) == (state, code.format(channel))
    others = Delivery.objects.exclude(pk=first.pk)
    assert set(others.values_list("state", flat=True)) == {"sent"}
    owed = s.owed(referral, "acknowledge", "spine")
    assert owed.state == "running"
    assert owed.rung == RUNGS[channel, state]
    if state == "pending":
        Delivery.objects.filter(pk=first.pk).update(due_at="2020-01-01T00:00Z")
        drain()
        first.refresh_from_db()
        assert (first.state, first.attempts, first.error_code) == ("sent", 2, "")


def test_a_call_the_provider_keeps_refusing_is_given_up_and_the_next_rung_comes(
    cast, emergency, sandbox
):
    sandbox.behave("broken", channel="voice")
    for _ in range(4):
        Delivery.objects.open().update(due_at="2020-01-01T00:00Z")
        drain()
    assert (the_call(cast).state, the_call(cast).attempts) == ("dead", 4)
    with role("engine"):
        assert services.climb() == 1
    assert s.owed(emergency, "acknowledge", "spine").rung == RUNGS["voice", "dead"]


@pytest.mark.parametrize(("status", "code"), [("busy", "busy"), ("no-answer", "no_answer")])
def test_a_call_nobody_took_is_not_placed_again_and_the_next_rung_comes_at_once(
    cast, emergency, sandbox, status, code
):
    drain()
    report(the_call(cast), status)
    assert (the_call(cast).state, the_call(cast).error_code) == ("dead", code)
    drain()
    assert len(calls(sandbox)) == 1
    with role("engine"):
        assert services.climb() == 1
    assert s.owed(emergency, "acknowledge", "spine").rung == RUNGS["voice", "dead"]


def test_a_provider_without_an_address_is_no_crash(settings):
    settings.SMS_PROVIDER_URL = ""
    receipt = VoiceChannel().send(key="k", address="+1", message=Message("", "", ""))
    assert (receipt.result, receipt.code) == ("retry", "UnsupportedProtocol")


def test_nobody_who_can_be_written_to_is_called_to_hear_how_it_ended(
    cast, emergency, sandbox, run_engine
):
    drain()
    only_voice = ContactPoint.objects.get(practitioner=cast.spine.clinician, channel="voice")
    s.act("accept", emergency, cast.spine)
    run_engine()
    notices = Delivery.objects.filter(message="taken")
    assert notices.filter(contact_point__practitioner=cast.spine.clinician).exists()
    assert not notices.filter(contact_point=only_voice).exists()


def test_whoever_can_only_be_called_is_called_to_hear_how_it_ended(
    cast, emergency, sandbox, run_engine
):
    drain()
    others = ContactPoint.objects.filter(practitioner=cast.spine.clinician).exclude(channel="voice")
    Delivery.objects.filter(contact_point__in=others).update(state="dead")
    s.act("accept", emergency, cast.spine)
    run_engine()
    taken = Delivery.objects.get(message="taken", channel="voice")
    assert taken.state == "sent"
    assert "has accepted" in calls(sandbox)[-1].body
    assert "Press" not in calls(sandbox)[-1].body
