"""The only writers of ``referrals``. Called through this module: ``referrals.services.accept``."""

from referrals.services.findings import add_findings
from referrals.services.keys import issue_api_key
from referrals.services.red_flags import resolve
from referrals.services.respond import accept, acknowledge, ask, decline, pass_on
from referrals.services.standing import (
    alert_closed,
    alert_opened,
    handed_over,
    nobody_available,
    plan_recorded,
    plan_withdrawn,
)
from referrals.services.submit import Intake, Submitted, submit, take_in

__all__ = [
    "Intake",
    "Submitted",
    "accept",
    "acknowledge",
    "add_findings",
    "alert_closed",
    "alert_opened",
    "ask",
    "decline",
    "handed_over",
    "issue_api_key",
    "nobody_available",
    "pass_on",
    "plan_recorded",
    "plan_withdrawn",
    "resolve",
    "submit",
    "take_in",
]
