"""The page of the ladders: who is told, how, when, and which obligations each route opens."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from config.reference.markdown import duration, page, section, table
from coordination.escalation import LADDERS, Kind, Ladder, Recipient, Route, Step, plan
from referrals.deadlines import ACKNOWLEDGE_WITHIN, PLAN_WITHIN, URGENT_WORKING_HOURS, Pace

_OWED = {
    Kind.ACKNOWLEDGE: "a named human says that they have seen it",
    Kind.PLAN: "who receives the patient, where and when is on record",
    Kind.PATIENT: "the patient was reached and knows where to go",
    Kind.ED_HANDOVER: "a named nurse or physician of an emergency department was spoken to",
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
        section("What each route opens", _routes()),
        *(_ladder(key, ladder) for key, ladder in ladders.items()),
    )


def _deadlines() -> str:
    rows = []
    for pace in Pace:
        seen = ACKNOWLEDGE_WITHIN.get(pace)
        within = duration(seen) if seen else f"{URGENT_WORKING_HOURS} working hours"
        rows.append((f"`{pace}`", within, duration(PLAN_WITHIN[pace])))
    return table(("pace", "acknowledge within", "plan within"), rows)


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
