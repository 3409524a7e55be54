"""What the article says, what happened, and the figures of a run, in plain lines. Pure."""

from statistics import median
from textwrap import wrap
from typing import Any

from config.demo.board import pace_in_words
from config.demo.case import Case

# What is told of the way from the acceptance to the report.
_STEPS = {
    "referral.declined": "declined",
    "referral.information_requested": "asked the sender",
    "referral.information_given": "answered",
    "referral.scheduled": "visit booked",
    "referral.no_show": "patient did not come",
    "referral.seen": "seen",
    "referral.cancellation_requested": "called off",
    "referral.cancelled": "cancelled by both",
    "referral.reopened": "sent anew",
}
_MARK = {True: "as it must be", False: "NOT AS EXPECTED"}


def of_case(case: Case) -> list[str]:
    """Return the lines of one case."""
    return [
        f"{case.tier or '?':<10}{case.name} ({case.reference or 'not sent'})",
        *_entry("article", case.article),
        *_entry("why", " | ".join(case.why) or "no red flag"),
        *_entry("happened", happened(case)),
        *_entry("loop", loop(case)),
        *_entry("verdict", _MARK[not case.problems]),
        *(line for problem in case.problems for line in _entry("", problem)),
    ]


def _entry(word: str, words: str) -> list[str]:
    # The narrowest usual terminal; what goes on in the next line stands below its beginning.
    return wrap(words, 80, initial_indent=f"    {word:<10}", subsequent_indent=" " * 14)


def happened(case: Case) -> str:
    """Say in one sentence what came of a case."""
    nobody = "" if case.alerted else "nobody was paged"
    answered = f"seen by {', '.join(case.acknowledged)}" if case.acknowledged else ""
    taken = f"accepted by {case.accepted_by}" if case.accepted_by else "no surgeon had to take it"
    safe = f"safe: {case.plan}" if case.safe else ""
    parts = (f"asked {', then '.join(case.asked)}", nobody, answered, taken, safe)
    return "; ".join(part for part in parts if part)


def loop(case: Case) -> str:
    """Say in one sentence how the loop was closed, or who has to move for it."""
    linked = f"answers {case.answers}" if case.answers else ""
    steps = ", ".join(_STEPS[kind] for kind in case.timeline if kind in _STEPS)
    report = f"report by {case.reported_by}: {case.recommends}" if case.reported_by else ""
    closed = f"closed by {case.closed_by}" if case.closed_by else ""
    still_open = f"still open, {case.still_open}" if case.still_open else ""
    return "; ".join(part for part in (linked, steps, report, closed, still_open) if part)


def figures(cases: list[Case], compression: float) -> dict[str, Any]:
    """Return the figures of a run; times are real seconds on this machine."""
    first = [c.first_told_seconds for c in cases if c.first_told_seconds is not None]
    both = [c.both_acknowledged_seconds for c in cases if c.both_acknowledged_seconds is not None]
    return {
        "referrals": len(cases),
        "urgent": sum(1 for case in cases if case.alerted),
        "safe": sum(1 for case in cases if case.safe),
        "closed_pain_to_spine": _closed(cases, "pain to spine"),
        "closed_spine_to_pain": _closed(cases, "spine to pain"),
        "open": [f"{c.reference} {c.name}. {c.still_open}" for c in cases if c.still_open],
        "messages": sum(case.sent for case in cases),
        "lost": sum(case.lost for case in cases),
        "first_told_p50_seconds": round(median(first), 3) if first else None,
        "first_told_max_seconds": max(first, default=None),
        "both_acknowledged_p50_seconds": round(median(both), 2) if both else None,
        "both_acknowledged_max_seconds": max(both, default=None),
        "compression": compression,
    }


def _closed(cases: list[Case], direction: str) -> int:
    return sum(1 for case in cases if (case.status, case.direction) == ("closed", direction))


def of_figures(found: dict[str, Any]) -> list[str]:
    """Return the lines of the figures."""
    fast = found["compression"]
    alike = "" if fast == 1 else f" ({fast:g} times faster than in a clinic)"
    return [
        f"{found['referrals']} referrals: {found['urgent']} urgent, {found['safe']} of them safe; "
        f"{found['messages']} messages arrived, {found['lost']} lost",
        f"loops closed: {found['closed_pain_to_spine']} pain to spine, "
        f"{found['closed_spine_to_pain']} spine to pain; open: {len(found['open'])}",
        *(f"    {one}" for one in found["open"]),
        f"first message after sending: half within {found['first_told_p50_seconds']} s, "
        f"the slowest {found['first_told_max_seconds']} s",
        f"both sides had acknowledged: half within {found['both_acknowledged_p50_seconds']} s, "
        f"the slowest {found['both_acknowledged_max_seconds']} s{alike}",
        pace_in_words(fast),
    ]


def lines(cases: list[Case], compression: float) -> list[str]:
    """Return the whole summary."""
    told = [line for case in cases for line in ("", *of_case(case))]
    return [
        "",
        "What the article says, and what happened",
        *told,
        "",
        *of_figures(figures(cases, compression)),
    ]
