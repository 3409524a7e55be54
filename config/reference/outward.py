"""The page of how a status looks to other systems."""

from config.reference.markdown import page, table
from referrals.outward import Outward, seen_from_outside
from referrals.workflow import Standing, Status

_NOTHING = "-"


def render() -> str:
    """Return the page."""
    rows = [
        _row(f"`{status}`", seen_from_outside(Standing(status, Status.ACCEPTED)))
        for status in Status
    ]
    waiting = Status.AWAITING_INFORMATION
    untaken = seen_from_outside(Standing(waiting, Status.RECEIVED))
    rows.insert(list(Status).index(waiting), _row(f"`{waiting}`, nobody has accepted", untaken))
    return page(
        "How a status looks to other systems",
        "`OUTWARD` in `referrals/outward.py`",
        "One way only: what may happen is decided by the [transitions](transitions.md). A system "
        "that knows 5.1 as one status sees 5.1.1 to 5.1.4 as 5.1. FHIR's own diagram knows no way "
        "from accepted to rejected and none from in-progress to cancelled; BSeR and 360X do. They "
        "know none out of 5.2 but 6.0 and 7.0: a cancellation that is withdrawn is seen as the "
        "status it goes back to.",
        table(
            (
                "status", "FHIR Task.status", "Task.businessStatus", "Task.statusReason",
                "ServiceRequest.status", "BSeR / 360X",
            ),
            rows,
        ),
    )  # fmt: skip


def _row(name: str, seen: Outward) -> tuple[str, ...]:
    return (
        name,
        seen.task,
        seen.business_status or _NOTHING,
        "the coded reason" if seen.gives_reason else _NOTHING,
        seen.service_request,
        seen.code or _NOTHING,
    )
