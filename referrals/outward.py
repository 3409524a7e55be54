"""How a referral looks to other systems: FHIR Task and ServiceRequest, and the BSeR/360X code.

Pure and one way only: what may happen is decided by :mod:`referrals.workflow`, never by these.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from referrals.workflow import Standing, Status


@dataclass(frozen=True)
class Outward:
    """One status as others see it. ``code`` is the status code of HL7 BSeR 2.0 and IHE 360X.

    ``gives_reason`` says that the coded reason of the act goes with it, as Task.statusReason.
    """

    task: str
    business_status: str | None
    service_request: str
    code: str | None
    gives_reason: bool = False


_S = Status
_NEEDED, _OVER = "active", "revoked"

OUTWARD: Mapping[Status, Outward] = {
    _S.SENT: Outward("requested", None, _NEEDED, "2.0"),
    _S.RECEIVED: Outward("received", None, _NEEDED, "2.0"),
    _S.AWAITING_INFORMATION: Outward("on-hold", "awaiting-information", _NEEDED, None),
    _S.ACCEPTED: Outward("accepted", None, _NEEDED, "3.0"),
    # Who says no does not end the need: the request stays active.
    _S.DECLINED: Outward("rejected", None, _NEEDED, "4.0", gives_reason=True),
    _S.SCHEDULED: Outward("in-progress", "visit-scheduled", _NEEDED, "5.1.1"),
    _S.NO_SHOW: Outward("in-progress", "unattended", _NEEDED, "5.1.2"),
    _S.VISIT_CANCELLED: Outward("in-progress", "visit-cancelled", _NEEDED, "5.1.3"),
    _S.SEEN: Outward("in-progress", "visit-complete", _NEEDED, "5.1.4"),
    _S.CANCEL_REQUESTED: Outward("in-progress", "cancel-requested", _NEEDED, "5.2"),
    _S.CANCELLED: Outward("cancelled", None, _OVER, "6.0"),
    _S.REPORTED: Outward("completed", "awaiting-review", _NEEDED, "7.0"),
    _S.CLOSED: Outward("completed", "loop-closed", "completed", "7.0"),
    _S.REDIRECTED: Outward("cancelled", "redirected", _NEEDED, None, gives_reason=True),
    _S.FAILED: Outward("failed", None, _NEEDED, None, gives_reason=True),
    _S.ENTERED_IN_ERROR: Outward("entered-in-error", None, "entered-in-error", None),
}
# Nobody has taken the patient, so nothing is on hold yet.
_NOT_ON_HOLD = Outward("received", "awaiting-information", _NEEDED, None)


def seen_from_outside(standing: Standing) -> Outward:
    """Return how others see a referral that stands so."""
    if standing.status is Status.AWAITING_INFORMATION and not standing.is_taken:
        return _NOT_ON_HOLD
    return OUTWARD[standing.status]
