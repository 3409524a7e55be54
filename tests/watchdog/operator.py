"""The operator: a webhook that keeps what it is told, and a dead-man's address that counts."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any


class Operator:
    """A context: within it both addresses answer."""

    def __init__(self) -> None:
        self.told: list[dict[str, Any]] = []
        self.pings = 0
        self.status = 200
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler_of(self))
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.05,), daemon=True
        )

    @property
    def webhook_url(self) -> str:
        """Where alarms go."""
        return f"http://127.0.0.1:{self._server.server_port}/alarms"

    @property
    def deadman_url(self) -> str:
        """Where a clean audit is said."""
        return f"http://127.0.0.1:{self._server.server_port}/alive"

    @property
    def codes(self) -> list[list[str]]:
        """The codes of each alarm that came."""
        return [[one["code"] for one in told["alarms"]] for told in self.told]

    def __enter__(self) -> "Operator":
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()


def _handler_of(operator: Operator) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            operator.pings += 1
            self._answer()

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if operator.status == 200:
                operator.told.append(json.loads(body))
            self._answer()

        def _answer(self) -> None:
            self.send_response(operator.status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *words: object) -> None:
            """Say nothing."""

    return Handler
