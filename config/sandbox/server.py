"""The sandbox as one object: starts both servers on threads, and stops them."""

import asyncio
import threading
from pathlib import Path
from types import TracebackType
from typing import cast

from config.sandbox import mail
from config.sandbox.behaviour import Behaviour, Rule
from config.sandbox.record import Message, Record
from config.sandbox.sms import Account, Provider
from config.sandbox.web import Web

HOST = "127.0.0.1"


class Sandbox:
    """A context: within it, mail, SMS and calls are taken. Port 0 lets the system choose."""

    def __init__(
        self,
        *,
        http_port: int = 0,
        smtp_port: int = 0,
        path: Path | None = None,
        account: Account | None = None,
        inbound: str = "",
    ) -> None:
        self.account = account or Account("ACsandbox", "sandbox-token")
        self.record = Record(path)
        self.behaviour = Behaviour()
        provider = Provider(self.record, self.behaviour, self.account, inbound)
        self._web = Web((HOST, http_port), self.record, self.behaviour, provider)
        self._mail = mail.controller(self.record, self.behaviour, HOST, smtp_port)
        self._thread = threading.Thread(target=self._web.serve_forever, args=(0.05,), daemon=True)

    @property
    def url(self) -> str:
        """The address of the SMS and voice provider and of the list of messages."""
        return f"http://{HOST}:{self._web.server_address[1]}"

    @property
    def smtp_url(self) -> str:
        """The address of the mail server."""
        # The controller knows the port asked for; its server, once running, the one it got.
        server = cast(asyncio.Server, self._mail.server)
        return f"smtp://{HOST}:{server.sockets[0].getsockname()[1]}"

    def __enter__(self) -> "Sandbox":
        """Start both servers and return once they answer."""
        self._mail.start()
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._web.closing.set()
        self._web.shutdown()
        self._web.server_close()
        self._mail.stop()

    def messages(self, after: int = 0, wait: float = 0.0) -> list[Message]:
        """Return the messages after the n-th, waiting up to `wait` seconds for the first."""
        return self.record.after(after, wait)

    def expect(self, name: str, secret: str) -> str:
        """Check the webhooks to this name with their secret; return the address to send to."""
        self._web.receivers.expect(name, secret)
        return f"{self.url}/webhooks/{name}"

    def behave(self, kind: str, **rule: object) -> None:
        """Misbehave from now on; see `behaviour.Rule` for the fields."""
        self.behaviour.add(Rule(kind, **rule))  # type: ignore[arg-type]
