"""The page of the law of a referral: its picture, its rows, and who may do what when."""

from collections.abc import Iterable, Iterator

from config.reference.markdown import code, page, section, table
from referrals.workflow import TRANSITIONS, Side, Status, Transition, actions

_WHEN = {None: "always", True: "it is pressing", False: "it is not pressing"}
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
        "Urgency is not a status; it runs beside it. A referral is *pressing* while its alert is "
        "open, and in the instant between the submission of red flags and the opening of their "
        "alert.",
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
    if row.target is not None:
        who = ", ".join(sorted(row.by))
        for source in row.sources:
            yield f"    {source} --> {row.target}: {row.action} ({who})"


def _row(row: Transition) -> tuple[str, ...]:
    target = f"`{row.target}`" if row.target else "unchanged"
    return (
        f"`{row.action}`",
        code(status for status in Status if status in row.sources),
        target,
        code(side for side in Side if side in row.by),
        _WHEN[row.urgent],
    )


def _matrix() -> str:
    rows = [
        (f"`{status}`", f"`{side}`", *(_open(status, side, urgent) for urgent in (False, True)))
        for status in Status
        for side in Side
    ]
    return table(("status", "side", "not pressing", "pressing"), rows)


def _open(status: Status, side: Side, urgent: bool) -> str:
    return code(actions(status, side, urgent=urgent)) or "nothing"
