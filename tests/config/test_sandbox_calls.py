"""The provider's other half: calls that are spoken, keys that are pressed, replies that come in."""

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from queue import Queue
from threading import Thread
from urllib.parse import parse_qsl

import httpx
import pytest

from config.sandbox.callbacks import signature
from config.sandbox.client import SandboxClient
from config.sandbox.server import Sandbox

SURGEON = "+15551230001"
Callback = tuple[str, str, dict[str, str]]


class Service(ThreadingHTTPServer):
    """Stands for the service under test: it keeps each callback and says thank you."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Receiver)
        self.received: Queue[Callback] = Queue()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class Receiver(BaseHTTPRequestHandler):
    server: Service

    def do_POST(self) -> None:
        form = dict(parse_qsl(self.rfile.read(int(self.headers["Content-Length"])).decode()))
        self.server.received.put((self.path, self.headers["X-Twilio-Signature"], form))
        body = b"<Response><Say>Recorded.</Say><Message>Recorded.</Message></Response>"
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def service() -> Iterator[Service]:
    with Service() as running:
        thread = Thread(target=running.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        yield running
        running.shutdown()


@pytest.fixture
def sandbox(service: Service) -> Iterator[Sandbox]:
    with Sandbox(inbound=f"{service.url}/provider/sms") as running:
        yield running


@pytest.fixture
def client(sandbox: Sandbox) -> SandboxClient:
    return SandboxClient(sandbox.url)


def call(sandbox: Sandbox, service: Service, to: str = SURGEON, **more: str) -> httpx.Response:
    twiml = f'<Response><Gather action="{service.url}/key"><Say>A &amp; B</Say></Gather></Response>'
    account = sandbox.account
    return httpx.post(
        f"{sandbox.url}/2010-04-01/Accounts/{account.sid}/Calls.json",
        data={"To": to, "From": "+15005550006", "Twiml": twiml, **more},
        auth=(account.sid, account.token),
        timeout=2.0,
    )


def signed(sandbox: Sandbox, service: Service, callback: Callback) -> bool:
    path, shown, form = callback
    return shown == signature(service.url + path, form, sandbox.account.token)


def test_a_call_is_taken_and_kept_as_it_is_spoken(sandbox: Sandbox, service: Service) -> None:
    answer = call(sandbox, service)
    assert (answer.status_code, answer.json()["status"]) == (201, "queued")
    (kept,) = sandbox.messages()
    assert (kept.channel, kept.to, kept.body) == ("voice", SURGEON, "A & B")
    assert kept.details["sid"] == answer.json()["sid"]
    assert "A &amp; B" in httpx.get(sandbox.url).text


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        ("ok", "completed"),
        ("busy", "busy"),
        ("no-answer", "no-answer"),
        ("undelivered", "failed"),
    ],
)
def test_how_a_call_ends_is_reported_signed(
    sandbox: Sandbox, service: Service, kind: str, status: str
) -> None:
    sandbox.behave(kind, channel="voice")
    call(sandbox, service, StatusCallback=f"{service.url}/status")
    callback = service.received.get(timeout=5)
    assert (callback[0], callback[2]["CallStatus"]) == ("/status", status)
    assert signed(sandbox, service, callback)


def test_a_pressed_key_is_handed_on_signed_and_answered(
    sandbox: Sandbox, service: Service, client: SandboxClient
) -> None:
    sid = call(sandbox, service).json()["sid"]
    assert client.press(SURGEON, "1") == "Recorded."
    callback = service.received.get(timeout=5)
    assert callback[0] == "/key"
    assert callback[2] | {"CallSid": sid, "To": SURGEON, "Digits": "1"} == callback[2]
    assert signed(sandbox, service, callback)
    assert sandbox.messages()[-1].details["answer_to"] == "1"


@pytest.mark.parametrize("kind", ["busy", "no-answer"])
def test_nobody_presses_a_key_on_a_call_that_was_not_taken(
    sandbox: Sandbox, service: Service, client: SandboxClient, kind: str
) -> None:
    sandbox.behave(kind, channel="voice")
    call(sandbox, service)
    with pytest.raises(httpx.HTTPStatusError):
        client.press(SURGEON, "1")


def test_a_reply_is_handed_on_signed_and_its_answer_comes_back_as_an_sms(
    sandbox: Sandbox, service: Service, client: SandboxClient
) -> None:
    assert client.reply(SURGEON, "1 4821") == "Recorded."
    callback = service.received.get(timeout=5)
    assert callback[0] == "/provider/sms"
    assert (callback[2]["From"], callback[2]["Body"]) == (SURGEON, "1 4821")
    assert signed(sandbox, service, callback)
    (kept,) = sandbox.messages()
    assert (kept.channel, kept.to, kept.body) == ("sms", SURGEON, "Recorded.")


def test_a_provider_that_answers_garbage_keeps_nothing(sandbox: Sandbox, service: Service) -> None:
    sandbox.behave("garbage", channel="voice", times=1)
    answer = call(sandbox, service)
    assert (answer.status_code, answer.headers["Content-Type"]) == (
        200, "text/html; charset=utf-8",
    )  # fmt: skip
    assert sandbox.messages() == []


def test_a_call_without_words_is_refused(sandbox: Sandbox, service: Service) -> None:
    assert call(sandbox, service, Twiml="<Response>").json()["code"] == 21205


def test_calls_survive_a_restart_and_can_still_be_answered(
    tmp_path: Path, service: Service
) -> None:
    path = tmp_path / "received.jsonl"
    with Sandbox(path=path) as first:
        call(first, service)
    with Sandbox(path=path) as second:
        SandboxClient(second.url).press(SURGEON, "2")
    assert service.received.get(timeout=5)[2]["Digits"] == "2"


def test_the_sandbox_calls_nobody_beyond_this_machine(service: Service) -> None:
    with (
        Sandbox(inbound="https://tandem.example/provider/sms") as running,
        pytest.raises(httpx.HTTPStatusError) as refused,
    ):
        SandboxClient(running.url).reply(SURGEON, "1 4821")
    assert "nobody but this machine" in refused.value.response.json()["message"]
