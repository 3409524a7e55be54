"""The page of the law of a referral: its picture, its rows, and who may do what when."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from config.reference.markdown import code, page, section, table
from referrals.workflow import HELD, TRANSITIONS, Side, Standing, Status, Transition, actions

_URGENT = {None: "", True: "it is urgent", False: "it is not urgent"}
_TAKEN = {None: "", True: "a practice has taken the patient", False: "nobody has taken the patient"}
_HANDED_OVER = {None: "", False: "no emergency department has the patient"}
# Whether it is urgent, and whether it is pressing.
_KINDS = ((False, False), (True, False), (True, True))
_SIDES = {
    Side.SENDER: "the practice that sent the referral",
    Side.RECEIVER: "the practice it was sent to, or that accepted it",
    Side.ASKED: "a practice that was asked and has not passed or declined",
    Side.COORDINATOR: "a network coordination practice, once it was asked to help",
    Side.NONE: "everybody else: to them the referral does not exist (404)",
}


def render(rows: Iterable[Transition] = TRANSITIONS) -> str:
    """Return the page."""
    rows = list(rows)
    return page(
        "What may happen to a referral",
        "`TRANSITIONS` in `referrals/workflow.py`",
        "Urgency is not a status; it runs beside it. A referral is *urgent* if it is SAME_DAY or "
        "EMERGENCY, and *pressing* while its alert is open, and in the instant between the "
        "submission of red flags and the opening of their alert. No act ends a referral while it "
        "is pressing. While it waits for the other side, it is remembered what it was before. "
        "The database refuses every other change of the status, whoever asks.",
        _picture(rows),
        section("Rows", table(("act", "from", "to", "by", "when"), map(_row, rows))),
        section("Sides", table(("side", "who"), [(f"`{s}`", _SIDES[s]) for s in Side])),
        section("Who may do what", _matrix()),
    )


def _picture(rows: Iterable[Transition]) -> str:
    lines = ["```mermaid", "stateDiagram-v2", f"    [*] --> {Status.SENT}: submit (sender)"]
    lines += sorted({line for row in rows for line in _arrows(row)})
    return "\n".join([*lines, "```"])


def _arrows(row: Transition) -> Iterator[str]:
    who = ", ".join(sorted(row.by))
    targets = row.changes() if row.resumes else ((old, row.target) for old in row.sources)
    for source, target in targets:
        if target is not None:
            yield f"    {source} --> {target}: {row.action} ({who})"


def _row(row: Transition) -> tuple[str, ...]:
    target = f"`{row.target}`" if row.target else "unchanged"
    if row.resumes:
        target = "what it was before"
    pressing = "nothing is pressing" if row.ends else ""
    when = (_URGENT[row.urgent], _TAKEN[row.taken], _HANDED_OVER[row.handed_over], pressing)
    return (
        f"`{row.action}`",
        code(status for status in Status if status in row.sources),
        target,
        code(side for side in Side if side in row.by),
        "; ".join(word for word in when if word) or "always",
    )


def _matrix() -> str:
    rows = [
        (_called(standing), f"`{side}`", *(_open(standing, side, *kind) for kind in _KINDS))
        for standing in _standings()
        for side in Side
    ]
    return table(("status", "side", "not urgent", "urgent and safe", "pressing"), rows)


def _standings() -> Iterator[Standing]:
    for status in Status:
        if status in HELD:
            yield Standing(status, Status.RECEIVED)
            yield Standing(status, Status.ACCEPTED)
        else:
            yield Standing(status)


def _called(standing: Standing) -> str:
    was = f", was `{standing.resumes_as}`" if standing.resumes_as else ""
    return f"`{standing.status}`{was}"


def _open(standing: Standing, side: Side, urgent: bool, pressing: bool) -> str:
    return code(actions(replace(standing, urgent=urgent, pressing=pressing), side)) or "nothing"
