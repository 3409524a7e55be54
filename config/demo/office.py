"""An office of the demo as its own system: it speaks HTTP, and repeats what got no answer."""

import uuid
from collections.abc import Callable
from threading import Event
from time import monotonic
from typing import Any

import httpx

from config.demo.cast import Login
from config.demo.house import House

PATIENCE_SECONDS = 90.0
LOOK_AGAIN = 0.1
_TRY_AGAIN = frozenset({409, 502, 503, 504})


class DemoFailed(RuntimeError):
    """Something the story needs did not happen; says what."""


class System:
    """One practice's own system. A repeated act carries the same Idempotency-Key."""

    def __init__(self, login: Login, house: House) -> None:
        self.login, self._house = login, house
        self._headers = {"Authorization": f"Bearer {login.key}"}

    def person(self, name: str) -> str:
        """Return the id of somebody of this office, for ``by``."""
        return self.login.people[name]

    def sees(self, path: str) -> bool:
        """Say whether something exists for this practice."""
        return self._patiently(lambda client: client.get(path), refused=404).is_success

    def get(self, path: str) -> dict[str, Any]:
        """Read something."""
        return self._patiently(lambda client: client.get(path)).json()

    def post(self, path: str, body: dict[str, Any], **headers: str) -> dict[str, Any]:
        """Do something once, however often it has to be said."""
        key = {"Idempotency-Key": uuid.uuid4().hex} | {
            name.replace("_", "-"): value for name, value in headers.items()
        }
        return self._patiently(lambda client: client.post(path, json=body, headers=key)).json()

    def open_link(self, link: str, form: dict[str, str] | None = None) -> str:
        """Open the link of a message in a browser without a log-in, or press its button."""
        path = "/a/" + link.rsplit("/", 1)[1]
        if form is None:
            return self._patiently(lambda client: client.get(path)).text
        # A press that was taken before its answer was lost is refused when it is repeated.
        return self._patiently(lambda client: client.post(path, data=form), refused=409).text

    def _patiently(
        self, call: Callable[[httpx.Client], httpx.Response], *, refused: int = 0
    ) -> httpx.Response:
        def once() -> httpx.Response | None:
            try:
                with httpx.Client(
                    base_url=self._house.url, headers=self._headers, timeout=10, trust_env=False
                ) as client:
                    response = call(client)
            except (httpx.TransportError, httpx.UnsupportedProtocol):
                return None
            if response.status_code in _TRY_AGAIN and "Retry-After" in response.headers:
                return None
            if response.is_error and response.status_code != refused:
                raise DemoFailed(f"{response.request.url.path}: {response.text}")
            return response

        return wait_for(once, "an answer of the web server", self._house)


def wait_for(
    look: Callable[[], Any], what: str, house: House, *, seconds: float = PATIENCE_SECONDS
) -> Any:
    """Look again and again until there is something; keep the house alive meanwhile.

    A story's own thread only looks: the house is revived by the main thread.

    :raises DemoFailed: if it does not come.
    """
    deadline, pause = monotonic() + seconds, Event()
    while not (found := look()):
        if monotonic() > deadline:
            raise DemoFailed(
                f"Waited {seconds:.0f} s for {what}. The logs are in {house.log_folder}."
            )
        house.revive()
        pause.wait(LOOK_AGAIN)
    return found
