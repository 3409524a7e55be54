"""The page of the coded reasons people choose from."""

from collections.abc import Mapping

from config.reference.markdown import page, section, table
from referrals.reasons import (
    CANCEL_REASONS,
    CLOSE_REASONS,
    DECLINE_REASONS,
    ERROR_REASONS,
    FAILURE_REASONS,
    LOWER_REASONS,
    NEEDS_COMMENT,
    PAIN_REFERS_OUT,
    PASS_REASONS,
    PASSED_BY_TELEPHONE,
    RAISE_REASONS,
    RECOMMENDATIONS,
    REDIRECT_REASONS,
    SURGEON_REFERS_BACK,
    VISIT_CANCEL_REASONS,
)

_LISTS = {
    "Why a pain practice refers to a surgeon": PAIN_REFERS_OUT,
    "Why a surgeon sends back to pain management": SURGEON_REFERS_BACK,
    "Why a practice passes an urgent case on": PASS_REASONS,
    "What stands there instead after a pass by SMS or by a key": PASSED_BY_TELEPHONE,
    "Why a practice declines an elective referral": DECLINE_REASONS,
    "Why the sender calls a referral off": CANCEL_REASONS,
    "Why a visit was cancelled": VISIT_CANCEL_REASONS,
    "Why a referral goes to another practice": REDIRECT_REASONS,
    "Why the receiver cannot go on": FAILURE_REASONS,
    "Why a referral was an error": ERROR_REASONS,
    "Why the sender closes a referral without a report": CLOSE_REASONS,
    "Why a person raises the urgency": RAISE_REASONS,
    "Why two people lower the urgency": LOWER_REASONS,
    "What a report recommends (recommendation_code)": RECOMMENDATIONS,
}


def render(lists: Mapping[str, Mapping[str, str]] = _LISTS) -> str:
    """Return the page."""
    return page(
        "Coded reasons",
        "`referrals/reasons.py`",
        "These are the values of `reason_code`.",
        *(section(title, _codes(codes)) for title, codes in lists.items()),
    )


def _codes(codes: Mapping[str, str]) -> str:
    rows = [(f"`{code}`", words, _comment(code)) for code, words in codes.items()]
    return table(("code", "meaning", "comment"), rows)


def _comment(code: str) -> str:
    return "needed" if code in NEEDS_COMMENT else ""
