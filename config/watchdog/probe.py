"""A synthetic emergency between two invented practices, through the real API, to a sink.

It measures the seconds until the first message of it was sent, and ends it. It acts as the two
practices' own systems would: with their keys, over HTTP, and with no other right.
"""

import json
import logging
import threading
import uuid
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from time import monotonic, sleep
from typing import Any
from urllib.error import HTTPError

from config.servers import postgres
from config.watchdog import telling
from config.watchdog.options import Options

log = logging.getLogger(__name__)

FINDINGS = {"urinary_retention": "present", "saddle_sensory_change": "present"}
# Well over what is allowed: whoever waits longer will not have it.
GIVE_UP_SECONDS = 60.0
# After one that was late, it is tried again soon.
AGAIN_SECONDS = 60.0
_ENDED = {"entered_in_error", "cancelled", "closed"}
_LOOK_SECONDS = 0.1
_FIRST = """
    SELECT extract(epoch FROM min(d.sent_at) - r.sent_at)::float FROM referrals_referral r
    JOIN coordination_obligation o ON o.referral_id = r.id
    JOIN coordination_delivery d ON d.obligation_id = o.id
    WHERE r.reference = %s GROUP BY r.sent_at
"""

Body = dict[str, Any]


class Office:
    """The system of one of the two practices."""

    def __init__(self, url: str, key: str) -> None:
        self._url = url
        self._key = key
        me = self.ask("/api/v1/me")
        self.practice = str(me["practice"]["id"])
        self.by = {"by": str(me["practitioners"][0]["id"])}

    def ask(self, path: str, body: Body | None = None, *, version: str = "") -> Body:
        """GET an address of the API, or POST to it.

        :raises OSError: if it does not answer with success.
        """
        headers = {
            "Authorization": f"Bearer {self._key}",
            "Content-Type": "application/json",
            "Idempotency-Key": str(uuid.uuid4()),
            # Within the house it is asked by another name, and without the proxy.
            "Host": "localhost",
            "X-Forwarded-Proto": "https",
            **({"If-Match": f'"v{version}"'} if version else {}),
        }
        sent = None if body is None else json.dumps(body).encode()
        answer: Body = json.loads(telling.call(self._url + path, sent, headers))
        return answer


class Probe:
    """Sends one every quarter of an hour, in a thread: a round of the watchdog waits for none."""

    def __init__(self, options: Options) -> None:
        """Begin to try the way, if there are keys."""
        self._options = options
        self._wrong: tuple[str, ...] = ()
        self._next = monotonic() + options.start_seconds
        self._begun = 0.0
        self._thread: threading.Thread | None = None

    def look(self) -> tuple[str, ...]:
        """Send one if it is time, and return what was wrong with the last."""
        if not (self._options.probe_keys and self._options.web_url):
            return ()
        if self._thread and self._thread.is_alive():
            hangs = monotonic() - self._begun > GIVE_UP_SECONDS + self._options.probe_seconds
            return ("it does not come back",) if hangs else self._wrong
        if monotonic() >= self._next:
            self._begun = monotonic()
            self._thread = threading.Thread(target=self._try, daemon=True)
            self._thread.start()
        return self._wrong

    def _try(self) -> None:
        try:
            self._wrong = self.once()
        except Exception as error:  # A thread that dies in silence would be taken for all is well.
            log.error("the synthetic emergency could not be sent", exc_info=error)
            self._wrong = (f"it could not be sent: {_kind(error)}",)
        wait = AGAIN_SECONDS if self._wrong else self._options.probe_minutes * 60
        self._next = monotonic() + min(wait, self._options.probe_minutes * 60)

    def once(self) -> tuple[str, ...]:
        """Send one, wait for its first message, end it, and return what was wrong.

        :raises OSError: if the API does not take it.
        """
        pain, spine = (Office(self._options.web_url, key) for key in self._options.probe_keys)
        for left in pain.ask("/api/v1/referrals")["referrals"]:
            # A watchdog that was killed has left it behind.
            if left["status"] not in _ENDED:
                _end(left, pain, spine)
        body = {"to": {"practice": spine.practice}, "findings": FINDINGS, **pain.by}
        patient = {"family_name": "DEMO probe", "demo": True}
        sent = pain.ask("/api/v1/referrals", body | {"patient": patient})
        try:
            seconds = self._first_message(str(sent["reference"]))
        finally:
            _end(sent, pain, spine)
        log.info("a synthetic emergency was told", extra={"seconds": seconds or -1.0})
        if seconds is None:
            return (f"{sent['reference']}: nothing was sent",)
        late = seconds > self._options.probe_seconds
        return (f"{sent['reference']}: {seconds:.1f} s",) if late else ()

    def _first_message(self, reference: str) -> float | None:
        until = monotonic() + GIVE_UP_SECONDS
        with postgres.connect(self._options.database) as connection:
            while monotonic() < until:
                found = connection.execute(_FIRST, [reference]).fetchone()
                if found and found[0] is not None:
                    return float(found[0])
                sleep(_LOOK_SECONDS)
        return None


def _end(case: Body, pain: Office, spine: Office) -> None:
    """Have both sides answer, so that nobody is rung on, and mark it as entered in error."""
    here = str(case["links"]["self"])
    at = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    plan = {
        "disposition": "emergency_department",
        "clinician": "Dr DEMO",
        "place": "DEMO",
        "at": at,
    }
    there = {"ed_name": "DEMO", "spoke_to": "RN DEMO", "call_back": "+15550100000"}
    reached = {
        "reached": True, "understood": True, "transport": "ambulance",
        "destination": "emergency_department",
    }  # fmt: skip
    acts: Iterable[Callable[[], Body]] = (
        lambda: spine.ask(f"{here}/acceptance", {**spine.by, "plan": plan}),
        lambda: pain.ask(f"{here}/acknowledgement", pain.by),
        lambda: pain.ask(f"{here}/patient-contact", {**pain.by, **reached}),
        lambda: pain.ask(f"{here}/arrival", {**pain.by, "outcome": "arrived"}),
        lambda: pain.ask(f"{here}/ed-handover", {**pain.by, **there}),
    )
    for act in acts:
        try:
            act()
        except HTTPError as refusal:
            # One that was left behind may be half answered.
            log.info("an act of the probe was refused", extra={"status": refusal.code})
    version = str(pain.ask(here)["version"])
    why = {"reason_code": "SENT_BY_MISTAKE", "comment": "A synthetic emergency."}
    pain.ask(f"{here}/entered-in-error", {**pain.by, **why}, version=version)


def _kind(error: Exception) -> str:
    return f"HTTP {error.code}" if isinstance(error, HTTPError) else type(error).__name__
