"""The only writers of ``referrals``. Called through this module: ``referrals.services.accept``."""

from referrals.services.amend import amend
from referrals.services.cancelling import (
    confirm_cancellation,
    request_cancellation,
    withdraw_cancellation,
)
from referrals.services.closing import close, enter_in_error, record_failure
from referrals.services.findings import add_findings
from referrals.services.information import answer_information, request_information
from referrals.services.keys import issue_api_key
from referrals.services.lowering import confirm_lowering, propose_lowering, withdraw_lowering
from referrals.services.pressing import patient_left, patient_lost, patient_missing
from referrals.services.reason import Reason, keep_comment
from referrals.services.red_flags import Ending, resolve
from referrals.services.redirecting import redirect
from referrals.services.reopening import reopen
from referrals.services.reporting import Consult, record_visit, report
from referrals.services.respond import accept, acknowledge, ask, decline, pass_on
from referrals.services.standing import (
    acknowledgement_lapsed,
    alert_closed,
    alert_lowered,
    alert_opened,
    handed_over,
    nobody_available,
    plan_recorded,
    plan_withdrawn,
)
from referrals.services.submit import Intake, Submitted, submit, take_in
from referrals.services.turns import settle_turn
from referrals.services.urgency import Urgency, raise_urgency
from referrals.services.visits import Appointment, cancel_visit, record_no_show, schedule

__all__ = [
    "Appointment",
    "Consult",
    "Ending",
    "Intake",
    "Reason",
    "Submitted",
    "Urgency",
    "accept",
    "acknowledge",
    "acknowledgement_lapsed",
    "add_findings",
    "alert_closed",
    "alert_lowered",
    "alert_opened",
    "amend",
    "answer_information",
    "ask",
    "cancel_visit",
    "close",
    "confirm_cancellation",
    "confirm_lowering",
    "decline",
    "enter_in_error",
    "handed_over",
    "issue_api_key",
    "keep_comment",
    "nobody_available",
    "pass_on",
    "patient_left",
    "patient_lost",
    "patient_missing",
    "plan_recorded",
    "plan_withdrawn",
    "propose_lowering",
    "raise_urgency",
    "record_failure",
    "record_no_show",
    "record_visit",
    "redirect",
    "reopen",
    "report",
    "request_cancellation",
    "request_information",
    "resolve",
    "schedule",
    "settle_turn",
    "submit",
    "take_in",
    "withdraw_cancellation",
    "withdraw_lowering",
]
