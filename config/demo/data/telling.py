"""Tells one referral after the other: chooses what becomes of it, and writes it step by step.

All choices come from one seeded generator: the same size at the same minute is the same data.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from itertools import accumulate

from config.demo.data.book import Book
from config.demo.data.case import Case, Owing
from config.demo.data.network import Office
from config.demo.data.proportions import (
    KNOWN_PATIENT,
    NAMED_RECEIVER,
    OPEN,
    OPEN_AMONG_NEWEST,
    OPEN_SHARE,
    OVER,
    SURGEON_SENDS,
    URGENT_SHARE,
    WITH_A_NOTE,
    YEARS,
    Course,
)
from config.demo.data.steps import STEPS
from config.demo.data.templates import FINDINGS, next_step, of_tier
from config.demo.data.written import NULL
from referrals.clinical import Tier
from referrals.models.practice import Specialty
from referrals.reference import reference

_DAY = 1440
# What is over began at least so long ago, and what is open moved last within so long.
_LAG, _RECENT, _RECENT_URGENT = 150 * _DAY, 3 * _DAY, 15
_RINGS_WITHIN = _DAY
_NAMES = ("Abel", "Bach", "Cruz", "Diaz", "Egan", "Fox", "Gray", "Hale", "Ito", "Jung", "Kerr")
_SEXES = ("female", "male", "female", "male", "unknown")
_REASONS: Mapping[str, str] = {
    Specialty.PAIN: "CONSERVATIVE_BETTER",
    Specialty.SPINE: "FAILED_NONSURGICAL_SEQUENCE",
}


class Teller:
    """Tells ``total`` referrals into a book, as if they had been sent until ``now``.

    ``now`` is a minute since 1970, in UTC.
    """

    def __init__(self, book: Book, offices: Sequence[Office], *, total: int, now: int) -> None:
        self._book, self._random, self._total, self._now = book, book.random, total, now
        self._offices = {
            specialty: [
                one for one in offices if one.specialty == specialty for _ in range(one.busy)
            ]
            for specialty in (Specialty.PAIN, Specialty.SPINE)
        }
        self._templates = {tier: of_tier(tier) for tier in FINDINGS}
        self._course_of = {
            (is_open, is_sent_on): self._chooser(_courses(is_open, is_sent_on))
            for is_open in (True, False)
            for is_sent_on in (True, False)
        }
        self._steps = {
            course.steps: [(STEPS[step], span) for step, span in course.paced]
            for course in (*OPEN, *OVER)
        }
        self._known: dict[int, int] = {}
        self._sent_on: Case | None = None

    def tell(self, nth: int) -> None:
        """Tell the ``nth`` referral, counted from 0. The newest come last, and are open."""
        case = self._begin(nth)
        steps = self._steps[case.course.steps]
        for case.step, (step, _) in enumerate(steps):
            step(self._book, case, case.at[case.step])
        self._end(case, version=len(steps))
        self._sent_on = case if case.course.status == "redirected" else None

    def _begin(self, nth: int) -> Case:
        course = self._course(nth)
        tier = course.tier or self._elective_tier()
        sender, other, spare = self._ends(course)
        at = self._times(course, nth)
        pk, earlier = self._book.number("referrals_referral"), self._sent_on
        named = not course.steps.startswith("nobody") and self._random.random() < NAMED_RECEIVER
        case = Case(
            pk=pk,
            course=course,
            template=self._templates[tier],
            sender=sender,
            other=other,
            spare=spare,
            patient=earlier.patient if earlier else self._patient(sender, course),
            at=at,
            is_named=named,
            redirected_from=earlier.pk if earlier else None,
            concerned=sorted((sender.pk, other.pk)) if named else [sender.pk],
        )
        self._submit(case)
        return case

    def _course(self, nth: int) -> Course:
        left = self._total - nth
        is_newest = left <= self._total * OPEN_SHARE * OPEN_AMONG_NEWEST
        is_open = is_newest and left % OPEN_AMONG_NEWEST == 0
        return self._course_of[is_open, self._sent_on is not None]()

    def _elective_tier(self) -> Tier:
        is_urgent = self._random.random() < URGENT_SHARE
        return Tier.URGENT if is_urgent else Tier.ROUTINE

    def _ends(self, course: Course) -> tuple[Office, Office, Office]:
        # Who sends the patient on is still the sender, and has somebody else take them.
        ends = [Specialty.PAIN, Specialty.SPINE]
        if self._sent_on:
            sender, not_to = self._sent_on.sender, self._sent_on.other
            to = Specialty.PAIN if sender.specialty == Specialty.SPINE else Specialty.SPINE
        else:
            if course.tier is None and self._random.random() < SURGEON_SENDS:
                ends.reverse()
            sender, to, not_to = self._random.choice(self._offices[ends[0]]), ends[1], None
        other = self._another(to, not_to)
        spare = self._another(to, other) if "refuse" in course.steps else other
        return sender, other, spare

    def _another(self, specialty: Specialty, than: Office | None) -> Office:
        offices = self._offices[specialty]
        found = self._random.choice(offices)
        while found is than:
            found = self._random.choice(offices)
        return found

    def _times(self, course: Course, nth: int) -> list[int]:
        # When it was sent, each step was taken, and the next one is due.
        r = self._random.random
        took = [low + int(r() * (high - low)) for _, (low, high) in self._steps[course.steps]]
        if course.next_action:
            recent = _RECENT if course.tier is None else _RECENT_URGENT
            began = self._now - int(r() * recent) - sum(took)
        else:
            older = (self._total - nth) / self._total
            began = self._now - _LAG - int(YEARS * 365 * _DAY * older)
        low, high = course.due
        at = list(accumulate(took, initial=began))
        return [*at[1:], self._now + low + int(r() * (high - low)), began]

    def _patient(self, sender: Office, course: Course) -> int:
        book, r = self._book, self._random.random
        if course.tier is None and sender.pk in self._known and r() < KNOWN_PATIENT:
            return self._known[sender.pk]
        n = int(r() * 1_000_000)
        pk = book.number("referrals_patient")
        book.lines["referrals_patient"].append(
            f"{pk}\t{book.uuid()}\t{sender.pk}\tDEMO {_NAMES[n % 11]}\t{_NAMES[n % 7]}"
            f"\t{1935 + n % 60}-{1 + n % 12:02d}-{1 + n % 28:02d}\t{_SEXES[n % 5]}\tD{pk}"
            "\t\t\t\tt\n"
        )
        if course.tier is None:
            self._known[sender.pk] = pk
        return pk

    def _submit(self, case: Case) -> None:
        book, by = self._book, case.sender
        when = book.time(case.sent)
        book.event("referral.submitted", case, when, by, case.template.submitted)
        rows = case.template.when_over if case.is_over else case.template.while_open
        assessment = book.write(
            "referrals_assessment", f"{case.pk}\t{when}\t{by.clinician}\t{rows}"
        )
        for rule, tier in case.template.flags:
            ended = f"\t{NULL}\t{NULL}\t\t{NULL}"
            if case.is_over:
                day = book.day(case.at[-3])
                ended = (
                    f"treated\t{book.time(case.at[-3])}\t{by.clinician_id}\tDEMO: treated.\t{day}"
                )
            book.write(
                "referrals_redflag",
                f"{case.patient}\t{case.pk}\t{assessment}\t{rule}\t{int(tier)}\t{when}\t{ended}",
            )
        if self._random.random() < WITH_A_NOTE:
            text = "DEMO: pain in the legs when walking, better when sitting."
            book.write("referrals_note", f"{case.pk}\tnote\t{text}\t{by.clinician}\t{when}")

    def _end(self, case: Case, version: int) -> None:
        book = self._book
        if case.asked:
            book.write("referrals_ask", f"{case.asked}\t{case.answer}")
        if case.booked:
            book.write("referrals_visit", f"{case.booked.format('booked' + chr(9))}\t{NULL}")
        if case.wanted:
            book.write("referrals_informationrequest", f"{case.wanted}\t\t\t{NULL}")
        self._end_alert(case)
        if not case.is_over and not case.is_pressing:
            self._owe_the_next_step(case)
        for owing in case.owing:
            self._end_obligation(case, owing)
        self._write_referral(case, version)

    def _end_alert(self, case: Case) -> None:
        if case.alert is None:
            return
        template, began = case.template, self._book.time(case.sent)
        urgency = f"{int(template.tier)}\t{template.within}\t{template.route}"
        closed = (
            f"{NULL}\t\t" if case.safe == NULL else f"{case.safe}\t{case.sender.clinician}\tsafe"
        )
        self._book.lines["coordination_alert"].append(
            f"{case.alert}\t{case.pk}\t{urgency}\t{template.policy}\t{began}\t{began}\t{closed}\n"
        )

    def _end_obligation(self, case: Case, owing: Owing) -> None:
        state = "closed"
        if owing.answer[0] != "\\":
            state = "answered"
        elif case.is_pressing:
            state = "running"
        self._write_obligation(case, owing, state, case.alert)

    def _owe_the_next_step(self, case: Case) -> None:
        # One obligation of whoever moves, which the first one may be.
        step, began, due = case.course.next_action, case.at[-3], case.at[-2]
        by = case.sender if case.course.owner == "sender" else case.other
        since, until = (datetime.fromtimestamp(60 * minute, UTC) for minute in (began, due))
        owed = next_step(step, by.specialty, since, until)
        number = self._book.number("coordination_obligation")
        if step == "acknowledge":
            number = case.owing.pop().pk
        self._write_obligation(case, Owing(number, owed, by.pk, began), "running", None)

    def _write_obligation(self, case: Case, owing: Owing, state: str, alert: int | None) -> None:
        book, rings = self._book, NULL
        if state == "running":
            # Not at once: whoever loads this into a running house wants no thousand messages.
            rings = book.time(self._now + 10 + int(self._random.random() * _RINGS_WITHIN))
        of_alert, practice = (NULL if one is None else one for one in (alert, owing.practice))
        due = book.time(owing.since + owing.owed.limit)
        book.lines["coordination_obligation"].append(
            f"{owing.pk}\t{of_alert}\t{case.pk}\t{practice}\t{owing.owed.kind}"
            f"\t{owing.owed.specialty}\t{owing.owed.ladder}\t{state}\t0\t0"
            f"\t{book.time(owing.since)}\t{rings}\t{due}\t{owing.answer}\t{{}}\n"
        )

    def _write_referral(self, case: Case, version: int) -> None:
        book, course = self._book, case.course
        sent, urgent = book.time(case.sent), case.template.is_urgent
        seen = [case.seen.get(specialty, NULL) for specialty in (Specialty.PAIN, Specialty.SPINE)]
        due = NULL if case.is_over else book.time(case.at[-2])
        book.lines["referrals_referral"].append(
            f"{case.pk}\t{book.uuid()}\t{reference(case.pk)}\t{case.patient}\t{case.sender.pk}"
            f"\t{case.receiver}\t{case.other.specialty}\t{_REASONS[case.other.specialty]}"
            f"\t{case.sender.clinician_id}\t\t{course.status}\t{course.resumes_as}"
            f"\t{case.template.on_referral}\t{course.owner}\t{course.next_action}\t{due}"
            f"\t{case.is_pressing}\t{seen[0]}\t{seen[1]}\t{case.plan}"
            f"\t{case.handed_over}\t{case.safe}\t{version}\t{sent}\t{sent if urgent else NULL}"
            f"\t{NULL if case.redirected_from is None else case.redirected_from}"
            f"\t{case.whereabouts}\n"
        )

    def _chooser(self, courses: list[Course]) -> Callable[[], Course]:
        shares = list(accumulate(course.share for course in courses))
        return lambda: self._random.choices(courses, cum_weights=shares)[0]


def _courses(is_open: bool, is_sent_on: bool) -> list[Course]:
    # Who is sent on has been waiting already, for nothing urgent.
    courses = OPEN if is_open else OVER
    return [one for one in courses if one.tier is None or not is_sent_on]
