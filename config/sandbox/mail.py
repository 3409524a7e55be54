"""The mail server of the sandbox. It accepts, keeps, and misbehaves as told."""

import asyncio
from email import message_from_bytes, policy

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from config.sandbox.behaviour import Behaviour
from config.sandbox.record import Record

ANSWERS = {
    "invalid": "550 5.1.1 No such mailbox",
    "throttled": "451 4.7.1 Too many messages, try again later",
    "broken": "451 4.3.0 Local error in processing",
}
ACCEPTED = "250 2.0.0 Accepted"


class Mailbox:
    """The hooks that aiosmtpd calls."""

    def __init__(self, record: Record, behaviour: Behaviour) -> None:
        self._record = record
        self._behaviour = behaviour

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """Answer one message, once for all of its receivers."""
        to = ", ".join(envelope.rcpt_tos)
        rule = self._behaviour.choose("email", to)
        if rule.kind == "hang":
            await asyncio.sleep(rule.seconds)
        if rule.kind in ANSWERS:
            return ANSWERS[rule.kind]
        self._keep(to, envelope)
        if rule.kind == "drop" and isinstance(server.transport, asyncio.Transport):
            server.transport.abort()
        return ACCEPTED

    def _keep(self, to: str, envelope: Envelope) -> None:
        content = envelope.original_content or b""
        message = message_from_bytes(content, policy=policy.default)
        body = message.get_body(("plain", "html"))
        self._record.add(
            "email",
            to=to,
            sender=envelope.mail_from or "",
            body=body.get_content().strip() if body else "",
            subject=str(message["Subject"] or ""),
            headers={name: str(value) for name, value in message.items()},
        )


class PortKnowing(Controller):
    """A controller that learns which port the system chose before it knocks on it."""

    def _trigger_server(self) -> None:
        if isinstance(self.server, asyncio.Server):
            self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()  # type: ignore[no-untyped-call]


def controller(record: Record, behaviour: Behaviour, host: str, port: int) -> Controller:
    """Return a server that is not yet started; port 0 lets the system choose."""
    return PortKnowing(Mailbox(record, behaviour), hostname=host, port=port, ready_timeout=10.0)
