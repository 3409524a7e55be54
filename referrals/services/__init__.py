"""The only writers of ``referrals``. Called through this module: ``referrals.services.accept``."""

from referrals.services.amend import amend
from referrals.services.findings import add_findings
from referrals.services.keys import issue_api_key
from referrals.services.lowering import confirm_lowering, propose_lowering, withdraw_lowering
from referrals.services.red_flags import Ending, resolve
from referrals.services.respond import accept, acknowledge, ask, decline, pass_on
from referrals.services.standing import (
    alert_closed,
    alert_lowered,
    alert_opened,
    handed_over,
    nobody_available,
    plan_recorded,
    plan_withdrawn,
)
from referrals.services.submit import Intake, Submitted, submit, take_in
from referrals.services.urgency import Urgency, raise_urgency

__all__ = [
    "Ending",
    "Intake",
    "Submitted",
    "Urgency",
    "accept",
    "acknowledge",
    "add_findings",
    "alert_closed",
    "alert_lowered",
    "alert_opened",
    "amend",
    "ask",
    "confirm_lowering",
    "decline",
    "handed_over",
    "issue_api_key",
    "nobody_available",
    "pass_on",
    "plan_recorded",
    "plan_withdrawn",
    "propose_lowering",
    "raise_urgency",
    "resolve",
    "submit",
    "take_in",
    "withdraw_lowering",
]
