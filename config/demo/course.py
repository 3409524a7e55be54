"""The life of a referral between two offices: accepted, booked, seen, reported, closed."""

from datetime import UTC, datetime, timedelta
from typing import Any

from config.demo.case import Report
from config.demo.cast import Person, office_of
from config.demo.hands import DAY_SECONDS, Hands
from config.demo.office import DemoFailed


class Course(Hands):
    """What the two offices do without hurry, each in its own system."""

    def answers_elective(self, person: Person) -> None:
        """Acknowledge and accept a referral that nobody is paged for."""
        self.receives_mail(office_of(person))
        self.minutes_pass(2)
        self._does(person, "acknowledgement")
        self.case.stands = f"seen by {person.name}, nobody paged"
        self.minutes_pass(2)
        self._decides(person, "acceptance")
        self.case.stands = f"accepted by {person.name}, nobody paged"

    def asks(self, person: Person, wanted: str) -> None:
        """Ask the sender for what is missing."""
        self._decides(person, "information-request", wanted=wanted)
        self.case.course = f"{person.surname} asks the sender"

    def answers(self, person: Person, answer: str) -> None:
        """Read at the sender's what is asked, and answer it."""
        self.receives_mail(office_of(person), "information_requested")
        self.minutes_pass(2)
        self._decides(person, "information", answer=answer)
        self.case.course = f"{person.surname} has answered"

    def books(self, person: Person, *, days: float) -> None:
        """Book a visit, or another one, and let the days go by until it begins."""
        starts_at = datetime.now(UTC) + timedelta(seconds=days * DAY_SECONDS)
        place = office_of(person).name
        self._decides(person, "appointment", starts_at=starts_at.isoformat(), place=place)
        self.case.course = "visit booked"
        self.days_pass(days)

    def misses_the_patient(self, person: Person) -> None:
        """Record that the patient did not come."""
        self._decides(person, "no-show")
        self.case.course = "the patient did not come"

    def sees(self, person: Person, finds: str, plans: str) -> None:
        """Record that the patient was seen, with what can be said before the report."""
        said = {"examination_change": finds, "next_steps": plans}
        self._decides(person, "visit", seen_on=_today(), **said)
        self.case.course = f"seen by {person.surname}"

    def reports(self, person: Person, report: Report) -> None:
        """Send the report on a patient who was seen."""
        self._decides(person, "report", **report.body(), seen_on=_today(), imaging_reviewed=True)
        self.case.course = f"report by {person.surname}"

    def advises(self, person: Person, report: Report) -> None:
        """Send advice and no more: the patient need not come."""
        self._decides(person, "report", **report.body(), advice_only=True)
        self.case.course = f"advice by {person.surname}"

    def closes(self, person: Person) -> None:
        """Read the report at the sender's, then close the loop."""
        self.receives_mail(office_of(person), "reported")
        self.minutes_pass(2)
        if not _reports_in(self._reads(person)):
            raise DemoFailed(f"{person.name} can read no report on {self.case.reference}.")
        self._decides(person, "closure")
        self.case.course = f"closed by {person.surname}"

    def declines(self, person: Person, reason_code: str, comment: str) -> None:
        """Say no to a referral that nobody is paged for."""
        self.receives_mail(office_of(person))
        self.minutes_pass(2)
        self._decides(person, "decline", reason_code=reason_code, comment=comment)
        self.case.stands = f"declined by {person.surname}"

    def calls_off(self, person: Person, reason_code: str) -> None:
        """Ask the receiver to agree that the referral is cancelled."""
        self._decides(person, "cancellation", reason_code=reason_code)
        self.case.course = f"{person.surname} calls it off"

    def agrees_to_cancel(self, person: Person) -> None:
        """Confirm at the receiver's that nothing is done any more."""
        self.receives_mail(office_of(person), "cancellation_requested")
        self.minutes_pass(2)
        self._decides(person, "cancellation-confirmation")
        self.case.course = "cancelled"

    def sends_anew(self, person: Person, *, after: str) -> None:
        """Send a referral anew once the sender has heard that it was ``after``."""
        self.receives_mail(office_of(person), after)
        self._decides(person, "reopening")
        self.case.course, self.case.stands = "", "sent anew"


def _today() -> str:
    return datetime.now(UTC).date().isoformat()


def _reports_in(card: dict[str, Any]) -> list[dict[str, Any]]:
    return [note for note in card["consult_notes"] if note["kind"] == "final"]
