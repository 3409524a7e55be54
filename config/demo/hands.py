"""What everybody in a story does alike: they take their time, wait for messages, use a system."""

from dataclasses import dataclass
from threading import Event
from typing import Any

from config.demo.case import Case
from config.demo.cast import Office, Person, office_of
from config.demo.house import House
from config.demo.office import PATIENCE_SECONDS, System, wait_for
from config.demo.outside import Message, Outside, is_answer
from config.demo.texts import text_id

# No story waits longer for a rung of a ladder.
LONGEST_WAIT_MINUTES = 30
# Nobody watches a demo for weeks: however fast the ladders run, a day until a visit is this short.
DAY_SECONDS = 0.5


@dataclass(frozen=True)
class Stage:
    """The house, everybody's systems, and the world outside."""

    house: House
    systems: dict[str, System]
    outside: Outside
    compression: float

    def system_of(self, person: Person) -> System:
        """Return the system of somebody's office."""
        return self.systems[office_of(person).name]


class Hands:
    """One story being told: what people wait for, and how they use their office's system."""

    def __init__(self, stage: Stage, case: Case, here: str) -> None:
        self.stage, self.case, self.here = stage, case, here

    def minutes_pass(self, minutes: float) -> None:
        """Let people take their time; it is compressed like the waits of the ladders."""
        Event().wait(minutes * 60 / self.stage.compression)

    def days_pass(self, days: float) -> None:
        """Let the days go by until something that was agreed upon."""
        Event().wait(days * DAY_SECONDS)

    def receives(self, person: Person, channel: str, text: str = "") -> Message:
        """Wait until somebody has received a message of this channel, and return it.

        :param text: the id of the text it must be; without it, any will do.
        """
        address = dict(person.reached)[channel]
        return self._arrives(address, channel, f"{channel} to {person.name}", text)

    def receives_mail(self, office: Office, text: str = "") -> Message:
        """Wait until the front desk has its e-mail; ``text`` as in :meth:`receives`."""
        return self._arrives(office.front_desk, "email", f"an e-mail to {office.front_desk}", text)

    def receives_webhook(self, office: Office) -> Message:
        """Wait until the office's own system has been told."""
        return self._arrives(office.webhook, "webhook", f"a webhook to {office.name}")

    def _arrives(self, address: str, channel: str, what: str, text: str = "") -> Message:
        def look() -> Message | None:
            theirs = (m for m in self._received() if m["to"] == address)
            right = (m for m in theirs if m["channel"] == channel)
            return next((m for m in right if text in ("", text_id(m))), None)

        found: Message = wait_for(
            look,
            f"{what} about {self.case.reference}",
            self.stage.house,
            seconds=PATIENCE_SECONDS + LONGEST_WAIT_MINUTES * 60 / self.stage.compression,
        )
        return found

    def _received(self) -> list[Message]:
        about = self.stage.outside.about(self.case.reference)
        return [message for message in about if not is_answer(message)]

    def _reads(self, person: Person) -> dict[str, Any]:
        return self.stage.system_of(person).get(self.here)

    def _does(self, person: Person, act: str, *, version: int = 0, **body: Any) -> dict[str, Any]:
        system = self.stage.system_of(person)
        headers = {"If_Match": f'"v{version}"'} if version else {}
        by = {"by": system.person(person.name)}
        return system.post(f"{self.here}/{act}", by | body, **headers)

    def _decides(self, person: Person, act: str, **body: Any) -> dict[str, Any]:
        # Without time pressure: on the version that was read, or not at all.
        return self._does(person, act, version=self._reads(person)["version"], **body)
