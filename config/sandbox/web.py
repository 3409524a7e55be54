"""The HTTP face of the sandbox: the provider, what was received, replies, and the rules."""

import json
import threading
from collections.abc import Mapping
from dataclasses import asdict
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from config.sandbox.behaviour import Behaviour, BehaviourRefused, Rule
from config.sandbox.callbacks import CallbackFailed
from config.sandbox.record import Message, Record
from config.sandbox.sms import CHANNELS, Provider
from config.sandbox.webhooks import Receivers

WEBHOOKS = "/webhooks/"
LONGEST_WAIT = 60.0
LONGEST_BODY = 1024 * 1024


class Web(ThreadingHTTPServer):
    """The server, with what its handlers work on."""

    daemon_threads = True
    # A burst of pages opens many connections at once.
    request_queue_size = 512

    def __init__(
        self, address: tuple[str, int], record: Record, behaviour: Behaviour, provider: Provider
    ) -> None:
        super().__init__(address, Handler)
        self.record = record
        self.behaviour = behaviour
        self.provider = provider
        self.receivers = Receivers(record, behaviour)
        self.closing = threading.Event()


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    server: Web

    def do_GET(self) -> None:
        """Show what was received, as JSON or as a page."""
        parts = urlsplit(self.path)
        query = dict(parse_qsl(parts.query))
        if parts.path == "/messages":
            after = int(query.get("after", "0"))
            wait = min(float(query.get("wait", "0")), LONGEST_WAIT)
            messages = [asdict(message) for message in self.server.record.after(after, wait)]
            self._json(200, {"messages": messages, "next": after + len(messages)})
        elif parts.path == "/":
            self._answer(200, "text/html; charset=utf-8", page(self.server.record.after(0)))
        else:
            self._json(404, {"message": "not here"})

    def do_POST(self) -> None:
        """Take an SMS, a call, a rule, or what a person answers."""
        path = urlsplit(self.path).path
        body = self._body()
        account, _, resource = path.rpartition("/")
        if path == "/_behaviour":
            self._set_rule(body)
        elif path in {"/_reply", "/_press"}:
            self._answer_as_a_person(path, body)
        elif path == "/_secret":
            self._expect(body)
        elif path.startswith(WEBHOOKS):
            self._take_webhook(path.removeprefix(WEBHOOKS), body)
        elif account == f"/2010-04-01/Accounts/{self.server.provider.account.sid}" and (
            channel := CHANNELS.get(resource)
        ):
            self._take(channel, dict(parse_qsl(body.decode(), keep_blank_values=True)))
        else:
            self._json(404, {"code": 20404, "message": "The resource was not found", "status": 404})

    def do_DELETE(self) -> None:
        """Forget all rules."""
        if urlsplit(self.path).path == "/_behaviour":
            self.server.behaviour.clear()
        self._json(200, {})

    def log_message(self, format: str, *args: Any) -> None:
        """Stay silent: messages are in the record."""

    def _take(self, channel: str, form: Mapping[str, str]) -> None:
        provider = self.server.provider
        if not provider.account.admits(self.headers.get("Authorization", "")):
            self._json(401, {"code": 20003, "message": "Authenticate", "status": 401})
            return
        rule = provider.rule_for(channel, form.get("To", ""))
        if rule.kind == "hang":
            self.server.closing.wait(rule.seconds)
        if rule.kind == "garbage":
            self._answer(200, "text/html; charset=utf-8", "<html>Sign in to the network</html>")
            return
        status, answer = provider.take(channel, form, rule.kind)
        if rule.kind == "drop":
            self.close_connection = True
            return
        self._json(status, answer)

    def _take_webhook(self, name: str, body: bytes) -> None:
        # Answered by hand: some of the answers are no HTTP.
        self.close_connection = True
        headers = {header.lower(): value for header, value in self.headers.items()}
        try:
            self.server.receivers.take(name, headers, body, self)
        except OSError:
            return  # Whoever sent it has hung up.

    def write(self, data: bytes) -> None:
        """Send bytes as they are."""
        self.wfile.write(data)

    def wait(self, seconds: float) -> None:
        """Let time pass, but not beyond the end of the sandbox."""
        self.server.closing.wait(seconds)

    def _expect(self, body: bytes) -> None:
        try:
            given = json.loads(body)
            self.server.receivers.expect(given["name"], given["secret"])
        except (ValueError, TypeError, KeyError) as error:
            self._json(400, {"message": str(error)})
        else:
            self._json(200, {})

    def _set_rule(self, body: bytes) -> None:
        try:
            self.server.behaviour.add(Rule(**json.loads(body)))
        except (ValueError, TypeError, BehaviourRefused) as error:
            self._json(400, {"message": str(error)})
        else:
            self._json(200, {})

    def _answer_as_a_person(self, path: str, body: bytes) -> None:
        provider = self.server.provider
        try:
            given = json.loads(body)
            if path == "/_reply":
                heard = provider.reply(given["from"], given["body"])
            else:
                heard = provider.press(given.get("to") or given["call"], given["digits"])
        except (ValueError, TypeError, KeyError, CallbackFailed) as error:
            self._json(400, {"message": str(error)})
        else:
            self._json(200, {"answer": heard.body})

    def _body(self) -> bytes:
        return self.rfile.read(min(int(self.headers.get("Content-Length", "0")), LONGEST_BODY))

    def _json(self, status: int, value: object) -> None:
        self._answer(status, "application/json", json.dumps(value))

    def _answer(self, status: int, kind: str, text: str) -> None:
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        # Whoever asked may have hung up while we waited.
        try:
            self.wfile.write(body)
        except OSError:
            self.close_connection = True


def page(messages: list[Message]) -> str:
    """Return a page of all messages, the latest first; it reloads itself."""
    rows = "".join(
        f"<tr><td>{message.n}<td>{escape(message.at[11:19])}<td>{escape(message.channel)}"
        f"<td>{escape(message.to)}<td>{escape(_about(message))}<pre>{escape(message.body)}</pre>"
        for message in reversed(messages)
    )
    return (
        "<!doctype html><html lang=en><meta charset=utf-8><meta http-equiv=refresh content=3>"
        "<title>Sandbox</title><style>body{font:15px system-ui;margin:2rem}table{border-collapse:"
        "collapse}td,th{text-align:left;vertical-align:top;padding:.4rem .8rem;border-bottom:"
        "1px solid #ccc}pre{white-space:pre-wrap;margin:0}</style>"
        f"<h1>Sandbox: {len(messages)} messages left the house</h1>"
        "<p>Nothing was sent to anybody. SMS, calls and e-mail end here.</p>"
        f"<table><tr><th>#<th>at (UTC)<th>by<th>to<th>text{rows}</table></html>"
    )


def _about(message: Message) -> str:
    details = message.details
    if "answer_to" in details:
        return f"in answer to {details['answer_to']}"
    if message.channel == "voice":
        return f"spoken; the call ended as {details.get('outcome', '')}"
    if message.channel == "webhook":
        return f"signature {details['signature']}"
    return str(details.get("subject", ""))
