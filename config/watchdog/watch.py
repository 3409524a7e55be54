"""The loop: look, remember, tell the operator, and ping the dead-man's address if all is well."""

import logging
import socket
import threading
from datetime import UTC, datetime
from http.client import HTTPException
from pathlib import Path
from time import monotonic, time

from config.watchdog import memory as memories
from config.watchdog import telling
from config.watchdog.audit import Auditor, Found, by_code
from config.watchdog.memory import Red
from config.watchdog.options import Options
from coordination.alarms import ALARMS

log = logging.getLogger(__name__)

# What is red and not said yet is looked at again soon.
SOON = 4.0
SHOWN = 5
HOST = socket.gethostname()


class Watchdog:
    """Looks every ten seconds, for ever.

    ``note`` is touched after each round, for health checks.
    """

    def __init__(self, options: Options, *, note: Path | None = None, uptime: float = 0.0) -> None:
        self._options = options
        self._note = note
        self._auditor = Auditor(options, uptime=uptime)
        self._memory = memories.read(options.state)
        self._forgets: list[Found] = []

    def run(self, stop: threading.Event) -> None:
        """Watch until asked to stop."""
        while not stop.is_set():
            begun, rest = monotonic(), self._options.every
            try:
                waits = self.round()
                rest = min(rest, SOON) if waits else rest
            except Exception:  # Whatever went wrong, the next look may go right.
                log.exception("a round of the watchdog failed")
            stop.wait(max(0.0, rest - (monotonic() - begun)))

    def round(self) -> bool:
        """Look once and say what has to be said; return whether something is red and unsaid."""
        found = by_code(self._auditor.look(self._memory) + self._forgets)
        mended = self._remember(found)
        said = self._say(found, mended)
        self._keep()
        self._auditor.leave(self._due(), HOST)
        if not found and self._auditor.is_settled:
            self._ping()
        if self._note:
            self._note.touch()
        return not said

    def _remember(self, found: list[Found]) -> list[str]:
        now, red = time(), self._memory.red
        wrong = {one.code for one in found}
        if not self._auditor.is_settled:
            # Not all was asked: what was red is red until it is known to be well.
            wrong |= {code for code in red if code in ALARMS}
        self._memory.red = {
            code: red.get(code, Red(since=now)).found(now) for code in sorted(wrong)
        }
        # Kept until somebody has been told that it is well again.
        well = {code: one for code, one in red.items() if code not in wrong and one.is_said}
        self._memory.red |= well
        calm = self._options.calm_seconds
        return [code for code, one in well.items() if one.is_over(now, calm)]

    def _keep(self) -> None:
        # What cannot be written down is remembered as long as this process lives, and is told.
        try:
            memories.write(self._options.state, self._memory)
            self._forgets = []
        except OSError as error:
            log.error("what was said could not be written down", exc_info=error)
            self._forgets = [Found("watchdog-blind", (self._options.state.name,))]

    def _due(self) -> list[str]:
        """Return what has been wrong for long enough to be told, and is wrong now."""
        now = time()
        return [
            code
            for code, one in self._memory.red.items()
            if code in ALARMS and not one.well_since and now - one.since >= ALARMS[code].patience
        ]

    def _say(self, found: list[Found], mended: list[str]) -> bool:
        now, red = time(), self._memory.red
        due = [one for one in found if one.code in self._due()]
        is_time = mended or any(red[one.code].say_at <= now for one in due)
        if is_time and self._tell(due, mended):
            for one in due:
                red[one.code].spoken(now)
            for code in mended:
                del red[code]
        return all(red[one.code].is_said for one in found)

    def _tell(self, due: list[Found], mended: list[str]) -> bool:
        for one in due:
            log.error("alarm", extra={"code": one.code, "count": len(one.things)})
        for code in mended:
            log.warning("mended", extra={"code": code})
        ways = self._options.ways
        if not ways:
            return True
        return telling.tell(ways, subject(due, mended), lines(due, mended), facts(due, mended)) > 0

    def _ping(self) -> None:
        if self._options.deadman_url:
            try:
                telling.call(self._options.deadman_url)
            except (OSError, HTTPException) as error:
                log.warning("the dead-man's address did not answer", exc_info=error)


def subject(due: list[Found], mended: list[str]) -> str:
    """Return the first line: what is red, or that all is clear."""
    if due:
        return f"TANDEM ALARM on {HOST}: {', '.join(one.code for one in due)}"
    return f"TANDEM all clear on {HOST}: {', '.join(mended)}"


def lines(due: list[Found], mended: list[str]) -> list[str]:
    """Return the text: each alarm, what it is about, and the page that says what to do."""
    text = []
    for one in due:
        alarm = ALARMS[one.code]
        things = ", ".join(one.things[:SHOWN]) + (", …" if len(one.things) > SHOWN else "")
        text += [
            f"{one.code} (look {alarm.urgency})",
            f"  {alarm.words}",
            *([f"  {len(one.things)}: {things}"] if things else []),
            f"  What to do: {alarm.runbook}",
        ]
    return [*text, *(f"{code} is well again." for code in mended)]


def facts(due: list[Found], mended: list[str]) -> dict[str, object]:
    """Return the same for a machine."""
    return {
        "status": "alarm" if due else "clear",
        "host": HOST,
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "alarms": [
            {
                "code": one.code,
                "words": ALARMS[one.code].words,
                "urgency": ALARMS[one.code].urgency,
                "count": len(one.things),
                "things": list(one.things[:SHOWN]),
                "runbook": ALARMS[one.code].runbook,
            }
            for one in due
        ],
        "mended": mended,
    }
