"""One referral of the demo: what was sent, what must come of it, and what came of it. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

# What is sent about a loop that closes.
LOOP_TEXTS = frozenset({"reported", "closed"})
# What is sent about a referral that nobody is paged for.
ELECTIVE_TEXTS = LOOP_TEXTS | {"new_referral", "taken"}


@dataclass(frozen=True)
class DaysAgo:
    """A date in the findings, so many days before the demo runs."""

    days: int


@dataclass(frozen=True)
class End:
    """How a referral must stand when its story is over.

    ``reported_by`` wrote the report, ``closed_by`` read it at the sender's and closed. Of one that
    is still open ``move`` names the side that moves next, and what it has to do.
    """

    reported_by: str = ""
    closed_by: str = ""
    status: str = "closed"
    move: str = ""


@dataclass(frozen=True)
class Expected:
    """What must come of a story; the demo fails if anything else does.

    ``tier`` and ``ends`` are exact. ``fires`` and ``silent`` are ids of rules. ``told_first`` is
    everybody whom the very first messages go to. ``acknowledged`` is side, person and way of each
    answer. ``rung`` is how far the surgeon's ladder climbed at least; ``events`` must be on the
    timeline, and the ids of ``texts`` among what was sent; reminders come or not, as quick as
    people are.
    """

    tier: str
    told_first: frozenset[str]
    accepted_by: str
    ends: End
    fires: frozenset[str] = frozenset()
    silent: frozenset[str] = frozenset()
    alerted: bool = False
    acknowledged: frozenset[tuple[str, str, str]] = frozenset()
    rung: int = 0
    texts: frozenset[str] = frozenset()
    events: frozenset[str] = frozenset()


@dataclass
class Case:
    """What came of one story. ``problems`` is empty if it ended as it must.

    ``stands`` says how far the answering is, ``course`` what came after somebody accepted.
    """

    id: str
    name: str
    article: str
    direction: str = ""
    reference: str = ""
    sent_at: str = ""
    tier: str = ""
    why: list[str] = field(default_factory=list)
    rules: list[str] = field(default_factory=list)
    routed_to: str = ""
    routed_because: str = ""
    asked: list[str] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    told_first: list[str] = field(default_factory=list)
    acknowledged: list[str] = field(default_factory=list)
    accepted_by: str = ""
    plan: str = ""
    safe: bool = False
    alerted: bool = False
    timeline: list[str] = field(default_factory=list)
    links: dict[str, str] = field(default_factory=dict)
    seconds: float = 0.0
    first_told_seconds: float | None = None
    both_acknowledged_seconds: float | None = None
    texts: list[str] = field(default_factory=list)
    sent: int = 0
    lost: int = 0
    stands: str = "not sent yet"
    course: str = ""
    status: str = ""
    answers: str = ""
    reported_by: str = ""
    recommends: str = ""
    closed_by: str = ""
    move: str = ""
    still_open: str = ""
    problems: list[str] = field(default_factory=list)

    @property
    def ended(self) -> bool:
        """Whether the story has been told to its end."""
        return self.seconds > 0

    def must(self, holds: bool, what: str) -> None:
        """Note a problem unless it holds."""
        if not holds:
            self.problems.append(what)


@dataclass(frozen=True)
class Patient:
    """An invented patient, shown as DEMO."""

    family_name: str
    age: int
    sex: str

    def body(self, today: date, mrn: str) -> dict[str, Any]:
        """Return what an office sends of them."""
        return {
            "family_name": f"DEMO {self.family_name}",
            "given_name": "Synthetic",
            "birth_date": today.replace(year=today.year - self.age, month=1, day=1).isoformat(),
            "sex": self.sex,
            "phone": "+15550199000",
            "mrn": mrn,
            "demo": True,
        }


@dataclass(frozen=True)
class Record:
    """What the office enters: findings, codes, the reason, the question and a note for people."""

    patient: Patient
    reason_code: str
    question: str
    note: str
    findings: Mapping[str, Any]
    codes: tuple[tuple[str, str], ...]

    def body(self, today: date, mrn: str) -> dict[str, Any]:
        """Return it as the API takes it."""
        return {
            "patient": self.patient.body(today, mrn),
            "reason_code": self.reason_code,
            "clinical_question": self.question,
            "notes": [self.note],
            "findings": _dated(dict(self.findings), today),
            "codes": [{"code": code, "as": use} for code, use in self.codes],
        }


@dataclass(frozen=True)
class Report:
    """What the receiver writes back; advice without a visit says less.

    ``back`` is the coded reason for which the patient goes back to the sender; ``warned`` says
    whether the patient was told what to come at once for.
    """

    recommends: str
    answer: str
    next_steps: str
    diagnosis: str = ""
    examination: str = ""
    options: str = ""
    follow_up: str = ""
    back: str = ""
    warned: bool = True

    def body(self) -> dict[str, Any]:
        """Return it as the API takes it."""
        said = {
            "recommendation_code": self.recommends,
            "refer_back_reason_code": self.back,
            "answer_to_question": self.answer,
            "diagnosis": self.diagnosis,
            "examination_change": self.examination,
            "options_discussed": self.options,
            "next_steps": self.next_steps,
            "follow_up": self.follow_up,
        }
        told = {name: words for name, words in said.items() if words}
        return told | {"red_flag_advice_given": self.warned}


def _dated(value: Any, today: date) -> Any:
    if isinstance(value, DaysAgo):
        return (today - timedelta(days=value.days)).isoformat()
    if isinstance(value, dict):
        return {name: _dated(part, today) for name, part in value.items()}
    if isinstance(value, list):
        return [_dated(part, today) for part in value]
    return value
