"""What a story is made of, and how people answer an urgent case, each by their own way."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from config.demo.case import Expected, Record
from config.demo.cast import HOSPITAL, HOSPITAL_PHONE, PIN, ZONE, Office, Person
from config.demo.course import Course
from config.demo.office import DemoFailed, wait_for
from config.sandbox.client import SandboxClient

_LINK = re.compile(r"https?://\S+/a/[0-9A-Z]{16}")
_REPLY_CODE = re.compile(r"\+(\d{4})\b")


@dataclass(frozen=True)
class Story:
    """One referral from its sender to its end. ``tell`` is what people do once it is sent.

    ``answers`` is the id of an earlier story whose receiver sends the patient back with this one.
    """

    id: str
    name: str
    article: str
    sender: Person
    record: Record
    must: Expected
    tell: Callable[["Scene"], None]
    to: Office | None = None
    answers: str = ""


class Scene(Course):
    """One story being told: who does what, in which order."""

    def taps_seen(self, person: Person) -> None:
        """Open the link of the SMS, look, and press "I have seen this"."""
        self._taps(person, {"answer": "seen"})

    def taps_cannot(self, person: Person, reason: str) -> None:
        """Open the link of the SMS, look, and press "I cannot"."""
        self._taps(person, {"answer": "cannot", "reason": reason})

    def taps_accept(self, person: Person, *, in_minutes: int = 40) -> None:
        """Open the link of the SMS, type PIN and plan, and press "Accept"."""
        at = datetime.now(ZoneInfo(ZONE)) + timedelta(minutes=in_minutes)
        plan = {
            "disposition": "emergency_department",
            "clinician": person.name,
            "place": f"{HOSPITAL}, emergency department",
            "at": at.strftime("%Y-%m-%dT%H:%M"),
        }
        self._taps(person, {"answer": "accept", "pin": PIN} | plan)

    def replies(self, person: Person, key: str) -> None:
        """Answer the SMS by an SMS with the code that stands in it."""
        code = _REPLY_CODE.search(self.receives(person, "sms")["body"])
        if code is None:
            raise DemoFailed(f"The SMS to {person.name} offers no reply.")
        self._outside_until_it_works(
            lambda sandbox: sandbox.reply(person.phone, f"{key} {code.group(1)}")
        )

    def presses(self, person: Person, key: str) -> None:
        """Pick up the call, listen, and press a key."""
        call = str(self.receives(person, "voice")["details"]["sid"])
        self._outside_until_it_works(lambda sandbox: sandbox.press(call, key))

    def dials(self, caller: Person, called: Person) -> None:
        """Find the call on the list, dial, read the script aloud, and type what came of it."""
        self.receives(caller, "sms")
        system = self.stage.system_of(caller)
        call = wait_for(
            lambda: self._call_to(called, system.get(f"{self.here}/coordination")["calls"]),
            f"a call to {called.name} on the list of {caller.name}",
            self.stage.house,
        )
        outcome: dict[str, Any] = {"outcome": "message_taken", "spoke_to": "DEMO operator 14"}
        self._does(caller, f"calls/{call['delivery']}/outcome", **outcome)
        self.stage.outside.keep(
            channel=call["channel"],
            to=call["number"],
            body="\n\n".join(call["script"]),
            details={"caller": caller.name, **outcome},
        )

    def _call_to(self, called: Person, calls: list[dict[str, Any]]) -> dict[str, Any] | None:
        waiting = (c for c in calls if c["state"] == "waiting" and c["to"] == called.full_name)
        return next((call for call in waiting if call["script"]), None)

    def acknowledges(self, person: Person) -> dict[str, Any]:
        """Say "I have seen it" in the office's own system."""
        return self._does(person, "acknowledgement")

    def accepts(self, person: Person, *, place: str = HOSPITAL, in_minutes: int = 40) -> None:
        """Take an urgent case, with the plan: who receives the patient, where, when."""
        at = (datetime.now(UTC) + timedelta(minutes=in_minutes)).isoformat(timespec="seconds")
        ed = place == HOSPITAL
        plan = {
            "disposition": "emergency_department" if ed else "clinic_visit",
            "clinician": person.name,
            "place": f"{place}, emergency department" if ed else place,
            "at": at,
        }
        self._does(person, "acceptance", plan=plan)

    def reaches_the_patient(self, person: Person, *, transport: str = "ambulance") -> None:
        """Call the patient: reached, understood, on the way."""
        goes_to = "emergency_department" if transport == "ambulance" else "clinic"
        self._does(
            person,
            "patient-contact",
            reached=True,
            understood=True,
            transport=transport,
            destination=goes_to,
        )

    def hands_over(self, person: Person) -> None:
        """Speak to the charge nurse of the emergency department, and record it."""
        self._does(
            person,
            "ed-handover",
            ed_name=HOSPITAL,
            spoke_to="DEMO RN Kim Alvarez, charge nurse",
            call_back=HOSPITAL_PHONE,
        )

    def hears_that_the_patient_arrived(self, person: Person) -> None:
        """Call the emergency department a while later, and record that the patient is there."""
        self.minutes_pass(10)
        self._does(person, "arrival", outcome="arrived")

    def hears_that_it_is_safe(self, person: Person) -> None:
        """Wait until somebody is told that nothing is owed any more."""
        self.receives(person, "email", "safe")

    def _taps(self, person: Person, form: dict[str, str]) -> None:
        link = _LINK.search(self.receives(person, "sms")["body"])
        if link is None:
            raise DemoFailed(f"The SMS to {person.name} has no link.")
        system = self.stage.system_of(person)
        system.open_link(link.group())
        system.open_link(link.group(), form)

    def _outside_until_it_works(self, act: Callable[[SandboxClient], str]) -> None:
        def once() -> str | None:
            try:
                return act(SandboxClient(self.stage.house.sandbox_url))
            except Exception:
                # The house is being killed and started again, and a person simply tries anew.
                return None

        wait_for(once, "an answer to a reply or a key", self.stage.house)
