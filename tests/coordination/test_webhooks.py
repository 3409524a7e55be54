"""Webhooks: signed as the standard says, and every way in which a practice's system can fail."""

import json
import ssl
import time
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from socketserver import BaseRequestHandler, ThreadingTCPServer
from threading import Thread

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from coordination import services
from coordination.channels import egress, webhook
from coordination.channels.base import Receipt, Result
from coordination.channels.codes import in_words
from coordination.channels.webhook import WebhookChannel
from coordination.messages import Message
from coordination.models import ContactPoint, Delivery, Obligation
from coordination.services import contacts, deliver
from tests.cast import role
from tests.coordination import stories as s
from tests.coordination.certificates import certificate_for

KEY = "0f1e2d3c-0000-4000-8000-000000000001"
SECRET = "whsec_" + "QUFB" * 11
OTHER = "whsec_" + "QkJC" * 11
NOTICE = {"type": "referral.emergency_surgeon", "timestamp": "2026-11-25T02:00:00+00:00"}


def message(secret=SECRET, at=None):
    data = NOTICE | {"data": {"reference": "R-7K2QM"}}
    return Message("", "", "", data=data, secret=secret, at=at or datetime.now(UTC))


@pytest.fixture
def outside(sandbox, settings):
    settings.WEBHOOK_MAY_USE_LOOPBACK = True
    return sandbox


def post(sandbox, **given):
    url = f"{sandbox.url}/webhooks/northwest"
    return WebhookChannel().send(key=KEY, address=url, message=message(**given))


def signed(secret=SECRET, at=None):
    """One notice as it would arrive: its headers and its body."""
    at, body = at or datetime.now(UTC), json.dumps(NOTICE)
    headers = {
        "webhook-id": KEY,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": webhook.signature(secret, KEY, message(secret, at), body),
    }
    return headers, body


def holds(headers, body, secret=SECRET):
    try:
        Webhook(secret).verify(body, headers)
    except WebhookVerificationError:
        return False
    return True


def test_the_librarys_own_verifier_takes_what_we_sign():
    assert holds(*signed())


@pytest.mark.parametrize("name", ["webhook-id", "webhook-timestamp", "webhook-signature"])
def test_a_header_that_was_tampered_with_does_not_verify(name):
    headers, body = signed()
    other, _ = signed(at=datetime.now(UTC) - timedelta(seconds=9), secret=OTHER)
    changed = {"webhook-id": "another"} | {k: v for k, v in other.items() if k != "webhook-id"}
    assert not holds(headers | {name: changed[name]}, body)


def test_a_body_that_was_tampered_with_does_not_verify():
    headers, body = signed()
    assert not holds(headers, body.replace("emergency", "routine"))


@pytest.mark.parametrize(("minutes", "taken"), [(-6, False), (-4, True), (4, True), (6, False)])
def test_an_old_or_future_timestamp_does_not_verify(minutes, taken):
    assert holds(*signed(at=datetime.now(UTC) + timedelta(minutes=minutes))) is taken


def test_while_a_secret_is_rotated_both_verify_and_afterwards_only_the_new_one():
    during, after = signed(f"{OTHER} {SECRET}"), signed(OTHER)
    assert holds(*during, SECRET)
    assert holds(*during, OTHER)
    assert holds(*after, OTHER)
    assert not holds(*after, SECRET)


def test_the_receiver_gets_ids_and_times_and_finds_the_signature_right(outside):
    outside.expect("northwest", SECRET)
    assert post(outside).result is Result.SENT
    (kept,) = outside.messages()
    assert kept.details["signature"] == "right"
    assert kept.details["headers"]["webhook-id"] == KEY
    assert json.loads(kept.body) == NOTICE | {"data": {"reference": "R-7K2QM", "delivery": KEY}}


def test_a_receiver_with_another_secret_finds_the_signature_wrong(outside):
    outside.expect("northwest", OTHER)
    post(outside)
    assert outside.messages()[0].details["signature"] == "wrong"


@pytest.mark.parametrize(
    ("kind", "result", "code"),
    [
        ("ok", Result.SENT, ""),
        ("huge", Result.SENT, ""),
        ("gone", Result.GONE, "webhook_410"),
        ("redirect", Result.RETRY, "webhook_302"),
        ("invalid", Result.RETRY, "webhook_404"),
        ("broken", Result.RETRY, "webhook_500"),
        ("throttled", Result.RETRY, "webhook_429"),
        ("garbage", Result.RETRY, "webhook_no_answer"),
        ("drop", Result.RETRY, "webhook_no_answer"),
        ("hang", Result.RETRY, "timeout"),
        ("drip", Result.RETRY, "timeout"),
    ],
)
def test_every_way_to_answer_is_classified_in_words_and_in_time(
    outside, settings, kind, result, code
):
    settings.OUTBOUND_TIMEOUT = 0.6
    outside.behave(kind, channel="webhook", seconds=20)
    began = time.monotonic()
    receipt = post(outside)
    assert (receipt.result, receipt.code) == (result, code)
    assert time.monotonic() - began < 5
    assert "no words for" not in in_words(code)
    assert "elsewhere" not in {one.to for one in outside.messages()}


@pytest.mark.parametrize(
    ("header", "wait"),
    [("7", 7), ("7.5", None), ("-1", None), ("soon", None), ("9999999", None), ("", None)],
)
def test_retry_after_is_read_in_seconds_only(header, wait):
    for status in (429, 503):
        found = webhook._read(status, header).wait
        assert found == (timedelta(seconds=wait) if wait else None)
    assert webhook._read(500, header).wait is None


def test_nobody_listening_and_a_name_without_an_address_are_told_apart(settings, monkeypatch):
    settings.WEBHOOK_MAY_USE_LOOPBACK = True
    unheard = WebhookChannel().send(key=KEY, address="http://127.0.0.1:1/x", message=message())
    assert (unheard.result, unheard.code) == (Result.RETRY, "webhook_unreachable")
    unknown = WebhookChannel().send(
        key=KEY, address="https://hooks.spine.invalid/x", message=message()
    )
    assert (unknown.result, unknown.code) == (Result.RETRY, "webhook_name_unknown")


# --- TLS ---------------------------------------------------------------------------------------


@contextmanager
def https_server(tmp_path, name):
    """A server with a certificate for `name`; yields its port and what it was sent."""
    certificate, key = certificate_for(name, tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    seen = {}
    context.sni_callback = lambda connection, sni, context: seen.update(sni=sni)

    class Handler(BaseRequestHandler):
        def handle(self):
            try:
                with context.wrap_socket(self.request, server_side=True) as secure:
                    request = b""
                    while not request.endswith(b"}}"):
                        request += secure.recv(65536)
                    seen["request"] = request.decode()
                    secure.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")
            except OSError:
                return

    with ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        yield server.server_address[1], seen, certificate
        server.shutdown()


@pytest.fixture
def resolved_here(monkeypatch):
    """Pretend that every name leads to this machine, and that this is a public address."""
    monkeypatch.setattr(egress, "addresses_of", lambda host, port: ["127.0.0.1"])


def send_tls(port, settings, name="hooks.spine.example"):
    settings.WEBHOOK_PORTS = {port}
    address = f"https://{name}:{port}/tandem?x=1"
    return WebhookChannel().send(key=KEY, address=address, message=message())


def test_name_and_certificate_are_kept_although_we_connect_to_an_address(
    tmp_path, settings, monkeypatch, resolved_here
):
    with https_server(tmp_path, "hooks.spine.example") as (port, seen, certificate):
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        assert send_tls(port, settings).result is Result.SENT
    assert seen["sni"] == "hooks.spine.example"
    assert seen["request"].startswith("POST /tandem?x=1 HTTP/1.1")
    assert f"host: hooks.spine.example:{port}" in seen["request"].lower()


def test_a_certificate_that_nobody_signed_or_for_another_name_is_bad_tls(
    tmp_path, settings, monkeypatch, resolved_here
):
    with https_server(tmp_path, "hooks.spine.example") as (port, seen, certificate):
        assert send_tls(port, settings).code == "webhook_tls"
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        assert send_tls(port, settings, "other.spine.example").code == "webhook_tls"
    assert "request" not in seen


# --- The office --------------------------------------------------------------------------------


@pytest.fixture
def point(cast, outside):
    """The spine office's own system, told on the first rung."""
    found = services.add_contact_point(
        cast.spine.practice, channel="webhook", address=f"{outside.url}/webhooks/northwest"
    )
    outside.expect("northwest", found.secret)
    return found


def of(point):
    return Delivery.objects.filter(contact_point=point).earliest("created_at")


def received(sandbox, channel):
    return [one for one in sandbox.messages() if one.channel == channel]


def test_the_system_of_the_surgeons_office_is_told_of_an_emergency(
    cast, point, outside, run_engine
):
    referral = s.send(cast.pain)
    run_engine()
    (kept,) = received(outside, "webhook")
    assert kept.details["signature"] == "right"
    notice = json.loads(kept.body)
    assert notice["type"] == "referral.emergency_surgeon"
    assert notice["data"] == {
        "referral": str(referral.uuid),
        "reference": referral.reference,
        "tier": "EMERGENCY",
        "answer_by": s.owed(referral, "acknowledge", "spine").due_at.isoformat(),
        "delivery": str(of(point).pk),
    }
    assert of(point).state == "sent"


@pytest.mark.parametrize("kind", ["hang", "garbage", "broken", "throttled", "redirect", "drop"])
def test_a_system_that_fails_harms_nobody_else_and_is_tried_again(
    cast, point, outside, settings, run_engine, kind
):
    settings.OUTBOUND_TIMEOUT = 0.5
    outside.behave(kind, channel="webhook", times=1, seconds=5)
    referral = s.send(cast.pain)
    run_engine()
    assert (of(point).state, of(point).attempts) == ("pending", 1)
    assert ContactPoint.objects.get(pk=point.pk).failing_since
    others = Delivery.objects.exclude(contact_point=point)
    assert set(others.values_list("state", flat=True)) == {"sent"}
    assert s.owed(referral, "acknowledge", "spine").next_due_at > of(point).created_at
    Delivery.objects.open().update(due_at="2020-01-01T00:00Z")
    run_engine()
    assert (of(point).state, of(point).attempts) == ("sent", 2)
    assert ContactPoint.objects.get(pk=point.pk).failing_since is None
    kept = received(outside, "webhook")
    assert {one.details["headers"]["webhook-id"] for one in kept} == {str(of(point).pk)}


def test_a_worker_that_lost_its_lease_says_nothing_of_the_contact(cast, point, outside):
    s.send(cast.pain)
    with role("engine"):
        while services.climb() or s.relay():
            pass
        parcels = [parcel for parcel in deliver.claim() if parcel.channel == "webhook"]
        Delivery.objects.filter(contact_point=point).update(state="cancelled", lease_token=None)
        assert [deliver.record(one, Receipt(Result.RETRY, code="late")) for one in parcels] == [
            False
        ]
    assert ContactPoint.objects.get(pk=point.pk).failing_since is None


def test_a_system_that_never_answers_lets_the_ladder_climb(cast, point, outside, run_engine):
    outside.behave("broken", channel="webhook")
    referral = s.send(cast.pain)
    run_engine()
    for _ in range(8):
        Delivery.objects.open().update(due_at="2020-01-01T00:00Z")
        with role("engine"):
            services.drain()
    with role("engine"):
        assert services.climb() == 1
    assert s.owed(referral, "acknowledge", "spine").rung >= 2


@pytest.mark.parametrize(("asked", "wait"), [(3, 3), (50, 50), (3600, 60), (0, 1)])
def test_retry_after_is_granted_but_never_beyond_a_minute_when_urgent(
    cast, point, outside, run_engine, asked, wait
):
    outside.behave("throttled", channel="webhook", times=1, seconds=asked)
    s.send(cast.pain)
    run_engine()
    tried = of(point).attempt_log.get().finished_at
    # Our own wait may be up to a fifth shorter; what was asked for never is.
    shortest = wait if asked in (3, 50, 3600) else wait * 0.8
    assert timedelta(seconds=shortest) <= of(point).due_at - tried <= timedelta(seconds=wait)


def test_an_endpoint_that_is_gone_is_switched_off_and_its_office_is_told(
    cast, point, outside, run_engine
):
    outside.behave("gone", channel="webhook")
    referral = s.send(cast.pain)
    run_engine()
    assert (of(point).state, of(point).error_code) == ("dead", "webhook_410")
    assert ContactPoint.objects.get(pk=point.pk).is_active is False
    told = [
        one for one in received(outside, "email") if "takes no messages" in one.details["subject"]
    ]
    desk = ContactPoint.objects.get(
        practice=cast.spine.practice, practitioner=None, channel="email"
    )
    assert desk.address in {one.to for one in told}
    assert s.kinds(referral)["contact.switched_off"] == 1
    before = Delivery.objects.filter(contact_point=point).count()
    s.fire_next_rung(referral, "acknowledge", "spine")
    s.fire_next_rung(referral, "acknowledge", "spine")
    assert Delivery.objects.filter(contact_point=point).count() == before
    assert Obligation.objects.get(pk=of(point).obligation_id).state == "running"


def test_an_address_that_is_no_webhook_is_refused_where_it_is_entered(cast):
    with pytest.raises(contacts.AddressRefused, match="https"):
        services.add_contact_point(
            cast.spine.practice, channel="webhook", address="http://10.0.0.1"
        )


@pytest.mark.parametrize("secret", ["whsec_", "whsec_!!", "whsec_QUFB", "x" * 50, SECRET * 4])
def test_a_secret_that_is_none_is_refused(cast, outside, secret):
    with pytest.raises(contacts.AddressRefused, match="whsec_"):
        services.add_contact_point(
            cast.spine.practice,
            channel="webhook",
            address=f"{outside.url}/webhooks/x",
            secret=secret,
        )


def test_a_secret_is_made_and_can_be_rotated_while_both_sign(cast, point):
    first = point.secret
    second = services.rotate_secret(point)
    again = ContactPoint.objects.get(pk=point.pk)
    assert again.secret == f"{second} {first}"
    assert bytes(again.encrypted_secret).find(first.encode()) == -1
    third = services.rotate_secret(again)
    assert ContactPoint.objects.get(pk=point.pk).secret == f"{third} {second}"
