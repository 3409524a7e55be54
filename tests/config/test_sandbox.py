"""The world outside: it keeps what it takes, answers as the provider would, and misbehaves."""

import smtplib
from collections.abc import Iterator
from datetime import UTC, datetime
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest
from standardwebhooks import Webhook

from config.sandbox.callbacks import signature
from config.sandbox.client import SandboxClient
from config.sandbox.server import Sandbox

SURGEON = "+15551230001"


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[Sandbox]:
    with Sandbox(path=tmp_path / "received.jsonl") as running:
        yield running


def text(sandbox: Sandbox, to: str = SURGEON, **more: str) -> httpx.Response:
    account = sandbox.account
    return httpx.post(
        f"{sandbox.url}/2010-04-01/Accounts/{account.sid}/Messages.json",
        data={"To": to, "From": "+15005550006", "Body": "R-7K2QM: sign in", **more},
        auth=(account.sid, account.token),
        timeout=1.0,
    )


def mail(sandbox: Sandbox, to: str = "desk@spine.example") -> None:
    message = EmailMessage()
    message["Subject"], message["To"], message["From"] = "R-7K2QM", to, "tandem@localhost"
    message.set_content("Urgent referral, sign in.")
    parts = urlsplit(sandbox.smtp_url)
    with smtplib.SMTP(parts.hostname or "", parts.port or 0, timeout=1.0) as server:
        server.send_message(message)


def test_an_sms_is_taken_in_the_providers_shape_and_kept(sandbox: Sandbox) -> None:
    answer = text(sandbox)
    assert answer.status_code == 201
    assert answer.json()["status"] == "queued"
    (kept,) = sandbox.messages()
    assert (kept.channel, kept.to, kept.body) == ("sms", SURGEON, "R-7K2QM: sign in")
    assert kept.details["sid"] == answer.json()["sid"]


def test_a_mail_is_kept_with_its_subject(sandbox: Sandbox) -> None:
    mail(sandbox)
    (kept,) = sandbox.messages()
    assert (kept.channel, kept.to, kept.details["subject"]) == (
        "email",
        "desk@spine.example",
        "R-7K2QM",
    )
    assert kept.body == "Urgent referral, sign in."


def test_another_account_is_refused(sandbox: Sandbox) -> None:
    answer = httpx.post(
        f"{sandbox.url}/2010-04-01/Accounts/{sandbox.account.sid}/Messages.json",
        data={"To": SURGEON, "Body": "x"},
        auth=("AC0", "wrong"),
    )
    assert (answer.status_code, answer.json()["code"]) == (401, 20003)
    assert sandbox.messages() == []


@pytest.mark.parametrize(
    ("kind", "status", "code"),
    [("invalid", 400, 21211), ("throttled", 429, 20429), ("broken", 500, 20500)],
)
def test_it_refuses_as_told_and_only_as_often(
    sandbox: Sandbox, kind: str, status: int, code: int
) -> None:
    sandbox.behave(kind, channel="sms", to=SURGEON, times=1)
    answer = text(sandbox)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert text(sandbox, to="+15551230002").status_code == 201
    assert text(sandbox).status_code == 201


def test_a_hanging_provider_answers_nobody_in_time(sandbox: Sandbox) -> None:
    sandbox.behave("hang", channel="sms", seconds=30)
    with pytest.raises(httpx.ReadTimeout):
        text(sandbox)


def test_a_dropped_connection_leaves_a_message_that_was_taken(sandbox: Sandbox) -> None:
    sandbox.behave("drop", channel="sms")
    with pytest.raises(httpx.RemoteProtocolError):
        text(sandbox)
    assert len(sandbox.messages()) == 1


@pytest.mark.parametrize(("kind", "code"), [("invalid", 550), ("throttled", 451)])
def test_the_mail_server_refuses_as_told(sandbox: Sandbox, kind: str, code: int) -> None:
    sandbox.behave(kind, channel="email")
    with pytest.raises(smtplib.SMTPDataError) as refused:
        mail(sandbox)
    assert refused.value.smtp_code == code
    assert sandbox.messages() == []


def test_a_reader_waits_for_the_next_message(sandbox: Sandbox) -> None:
    client = SandboxClient(sandbox.url)
    text(sandbox)
    sender = Thread(target=text, args=(sandbox,), kwargs={"to": "+15551230002"})
    sender.start()
    (second,) = client.messages(after=1, wait=5)
    sender.join()
    assert (second.n, second.to) == (2, "+15551230002")
    assert client.messages(after=2, wait=0) == []


def test_rules_are_set_and_forgotten_over_http(sandbox: Sandbox) -> None:
    client = SandboxClient(sandbox.url)
    client.behave("broken", channel="sms")
    assert text(sandbox).status_code == 500
    client.behave_well()
    assert text(sandbox).status_code == 201
    with pytest.raises(httpx.HTTPStatusError):
        client.behave("rude")


def test_it_remembers_across_a_restart_even_after_half_a_line(tmp_path: Path) -> None:
    path = tmp_path / "received.jsonl"
    with Sandbox(path=path) as first:
        text(first)
    with path.open("a") as file:
        file.write('{"n": 2, "chan')
    with Sandbox(path=path) as second:
        text(second)
        assert [message.n for message in second.messages()] == [1, 2]


def test_the_page_shows_messages_and_escapes_them(sandbox: Sandbox) -> None:
    text(sandbox, Body="<b>urgent</b>")
    page = httpx.get(sandbox.url).text
    assert "&lt;b&gt;urgent" in page
    assert SURGEON in page


def test_the_outcome_is_reported_to_the_callback_signed(sandbox: Sandbox) -> None:
    received: list[tuple[str, dict[str, str]]] = []

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            received.append((self.headers["X-Twilio-Signature"], dict(parse_qsl(body))))
            self.send_response(204)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Receiver) as receiver:
        url = f"http://127.0.0.1:{receiver.server_address[1]}/callback"
        sandbox.behave("undelivered", to=SURGEON)
        text(sandbox, StatusCallback=url)
        receiver.timeout = 5
        receiver.handle_request()
    ((signed, report),) = received
    assert (report["MessageStatus"], report["ErrorCode"]) == ("undelivered", "30003")
    assert signed == signature(url, report, sandbox.account.token)


def test_a_webhook_is_kept_and_its_signature_shown(sandbox: Sandbox) -> None:
    client, secret = SandboxClient(sandbox.url), "whsec_" + "QUFB" * 11
    client.expect("northwest", secret)
    now = datetime.now(UTC)
    headers = {"webhook-id": "1", "webhook-timestamp": str(int(now.timestamp()))}
    for name, signed in (("northwest", True), ("northwest", False), ("unknown", True)):
        signature = Webhook(secret).sign("1", now, "{}" if signed else "[]")
        answer = httpx.post(
            client.webhook_url(name),
            content="{}",
            headers={**headers, "webhook-signature": signature},
        )
        assert answer.status_code == 204
    found = [message.details["signature"] for message in client.messages()]
    assert found == ["right", "wrong", "not checked"]
    assert "signature wrong" in httpx.get(sandbox.url).text


def test_a_webhook_secret_that_is_none_is_refused(sandbox: Sandbox) -> None:
    with pytest.raises(httpx.HTTPStatusError):
        SandboxClient(sandbox.url).expect("northwest", "")
