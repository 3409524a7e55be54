"""One referral while its course is told: what the steps have changed so far."""

from dataclasses import dataclass, field

from config.demo.data.network import Office
from config.demo.data.proportions import Course
from config.demo.data.templates import Owed, Template
from config.demo.data.written import NULL


@dataclass(slots=True)
class Owing:
    """An obligation; ``answer`` is its three columns of who answered, when and by which way."""

    pk: int
    owed: Owed
    practice: int | None
    since: int
    answer: str = f"{NULL}\t\t"


@dataclass(slots=True)
class Case:
    """A referral as it stands.

    ``other`` is the practice that is asked, later the receiver; ``spare`` is asked if it passes.
    ``at`` has the minute of each step, then that by which the next one is due, at last that when it
    was sent. ``seen`` maps a specialty to when it acknowledged; ``booked`` and ``wanted`` are the
    visit and the question that are not over.
    """

    pk: int
    course: Course
    template: Template
    sender: Office
    other: Office
    spare: Office
    patient: int
    at: list[int]
    is_named: bool
    redirected_from: int | None
    concerned: list[int]
    step: int = 0
    is_taken: bool = False
    is_reported: bool = False
    plan: str = NULL
    handed_over: str = NULL
    safe: str = NULL
    whereabouts: str = f"\t{NULL}"
    asked: str = ""
    answer: str = f"\t\t{NULL}"
    alert: int | None = None
    booked: str = ""
    wanted: str = ""
    seen: dict[str, str] = field(default_factory=dict)
    owing: list[Owing] = field(default_factory=list)

    @property
    def sent(self) -> int:
        """The minute in which it was sent."""
        return self.at[-1]

    @property
    def is_over(self) -> bool:
        """Whether nobody moves any more."""
        return not self.course.next_action

    @property
    def is_pressing(self) -> bool:
        """Whether people must answer now: its alert says what is owed."""
        return self.alert is not None and self.safe == NULL

    @property
    def receiver(self) -> int | str:
        """The column of the receiver: who was named, or has taken the patient."""
        return self.other.pk if self.is_taken or self.is_named else NULL

    def office_of(self, specialty: str) -> Office:
        """Return the practice of that specialty."""
        return self.sender if self.sender.specialty == specialty else self.other
