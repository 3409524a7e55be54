"""The page of the ladders: who is told, how, when, and which obligations each route opens."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from config.reference.markdown import duration, page, section, table
from coordination.escalation import LADDERS, Kind, Ladder, Recipient, Route, Step, plan
from coordination.reminders import REMINDERS, Reminder
from referrals.deadlines import (
    ACKNOWLEDGE_WITHIN,
    ACKNOWLEDGE_WORKING,
    PLAN_WITHIN,
    STEP_WITHIN,
    Pace,
    Wait,
    WorkingDays,
    WorkingHours,
)

_OWED = {
    Kind.ACKNOWLEDGE: "a named human says that they have seen it",
    Kind.PLAN: "who receives the patient, where and when is on record",
    Kind.PATIENT: "the patient was reached and knows where to go",
    Kind.ARRIVAL: "somebody recorded that the patient is at the emergency department, or goes "
    "elsewhere; opened when they leave for it",
    Kind.PHYSICIAN: "the patient is on the way after all, or there; opened when they refuse, leave "
    "or cannot be found",
    Kind.ED_HANDOVER: "a named nurse or physician of an emergency department was spoken to",
    Kind.VISIT: "a visit is booked; after its hour, what came of it is on record",
    Kind.REPORT: "the report was sent",
    Kind.CLOSE: "the sender has read the report and closed the referral",
    Kind.INFORMATION: "the sender answered what was asked",
    Kind.DECIDE: "whoever has the move decided: confirmed, sent on, or ended it",
}
_WHO = {
    Recipient.ON_CALL: "whoever is on call now for the practice that owes",
    Recipient.BACKUP: "the backup on call of that practice",
    Recipient.GROUP: "every clinician and medical director of that practice",
    Recipient.FRONT_DESK: "the front desk of that practice",
    Recipient.RESPONSIBLE: "the clinician who referred, or whoever is on call there",
    Recipient.COORDINATOR: "the coordinators of that practice",
    Recipient.NETWORK: "the coordination practices of the network",
    Recipient.DIRECTOR: "the medical directors of that practice and of the sender",
    Recipient.REFERRER: "the clinician who referred, or whoever is on call at the sender's",
    Recipient.ALTERNATE: "the next practice: it is asked at that moment, its on-call is told",
}
_NOON = datetime(2000, 1, 3, 12, tzinfo=UTC)

Table = Mapping[tuple[Pace, Kind, str], Ladder]


def render(ladders: Table = LADDERS) -> str:
    """Return the page."""
    return page(
        "Who is told, how and when",
        "`LADDERS` in `coordination/escalation.py` and `referrals/deadlines.py`",
        "**The times are engineering defaults. They await clinical sign-off.**",
        "Each obligation climbs its own ladder until it is answered. Times count from the start "
        "of the ladder. A step that reaches nobody hands over to the next one at once. The last "
        "step repeats for ever. A same-day case of the 24-hour kind that comes between 21:00 and "
        "07:00 starts at 07:00 local time.",
        "*Seen* by the spine side, or by whoever is asked to take the patient, holds for the time "
        "that stands under its ladder. If by then nobody has accepted, made a plan or handed the "
        "patient over to an emergency department, that side is rung again from the first step, in "
        "a new round; a 24-hour case not before 07:00.",
        section("What is owed", table(("kind", "met when"), [(f"`{k}`", _OWED[k]) for k in Kind])),
        section("Who", table(("role", "whom it means"), [(f"`{r}`", _WHO[r]) for r in Recipient])),
        section("Deadlines", _deadlines()),
        section(
            "Steps after the acceptance",
            _steps(),
            "Working days and hours are those of the practice whose move it is: its zone, its "
            "hours, its holidays.",
        ),
        section(
            "Reminders of steps that can wait",
            _reminders(),
            "`REMINDERS` in `coordination/reminders.py`. They go by e-mail and webhook only, and "
            "the last one repeats every day.",
        ),
        section("What each route opens", _routes()),
        *(_ladder(key, ladder) for key, ladder in ladders.items()),
    )


def _deadlines() -> str:
    rows = []
    for pace in Pace:
        within = _wait({**ACKNOWLEDGE_WITHIN, **ACKNOWLEDGE_WORKING}[pace])
        rows.append((f"`{pace}`", within, duration(PLAN_WITHIN[pace])))
    return table(("pace", "acknowledge within", "plan within"), rows)


def _steps() -> str:
    rows = [
        (f"`{step}`", _wait(urgent), _wait(soon), _wait(routine))
        for step, (urgent, soon, routine) in STEP_WITHIN.items()
    ]
    return table(("next step", "same day and emergency", "urgent", "routine"), rows)


def _reminders() -> str:
    rows = [
        (f"`{step}`", f"`{clock.kind}`", _reminder(one), ", ".join(one.recipients))
        for step, clock in REMINDERS.items()
        for one in clock.reminders
    ]
    return table(("next step", "owed", "when", "who is written to"), rows)


def _reminder(reminder: Reminder) -> str:
    shares = {0: "at once", 0.5: "at half time", 1: "when it is due"}
    later = f", {duration(reminder.later)} later" if reminder.later else ""
    return shares[reminder.share] + later


def _wait(wait: Wait) -> str:
    if isinstance(wait, WorkingHours):
        return f"{wait.count} working hours"
    if isinstance(wait, WorkingDays):
        return f"closing time, {wait.count} working {'day' if wait.count == 1 else 'days'} later"
    return duration(wait)


def _routes() -> str:
    return table(("route", "pace", "obligations"), _opened())


def _opened() -> Iterator[tuple[str, ...]]:
    for route in Route:
        for pace in (Pace.EMERGENCY, Pace.SAME_DAY_NOW, Pace.SAME_DAY_24H):
            promises = plan(pace, route, opened=_NOON, zone=ZoneInfo("UTC"))
            words = []
            for one in promises:
                wait = one.start - _NOON
                words.append(f"{one.kind} ({one.specialty})" + (f" +{duration(wait)}" * bool(wait)))
            yield f"`{route}`", f"`{pace}`", ", ".join(words)


def _ladder(key: tuple[Pace, Kind, str], ladder: Ladder) -> str:
    pace, kind, specialty = key
    last = f"Overdue after {duration(ladder.limit)}. "
    last += f"The last step repeats every {duration(ladder.repeat_every)}."
    if ladder.lapses_after:
        last += f" Seen holds for {duration(ladder.lapses_after)}."
    rows = table(("after", "who", "how"), map(_step, ladder.steps))
    return section(f"{pace}: {kind}, {specialty} side", rows, last)


def _step(step: Step) -> tuple[str, ...]:
    who = ", ".join(step.recipients)
    if step.warned:
        who += f"; warned that nobody has answered: {', '.join(step.warned)}"
    return duration(step.after), who, ", ".join(step.channels)
