"""The page of the coded reasons people choose from."""

from collections.abc import Mapping

from config.reference.markdown import page, section, table
from referrals.reasons import (
    DECLINE_REASONS,
    LOWER_REASONS,
    PAIN_REFERS_OUT,
    PASS_REASONS,
    PASSED_BY_TELEPHONE,
    RAISE_REASONS,
    SURGEON_REFERS_BACK,
)

_LISTS = {
    "Why a pain practice refers to a surgeon": PAIN_REFERS_OUT,
    "Why a surgeon sends back to pain management": SURGEON_REFERS_BACK,
    "Why a practice passes an urgent case on": PASS_REASONS,
    "What stands there instead after a pass by SMS or by a key": PASSED_BY_TELEPHONE,
    "Why a practice declines an elective referral": DECLINE_REASONS,
    "Why a person raises the urgency": RAISE_REASONS,
    "Why two people lower the urgency": LOWER_REASONS,
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
    return table(("code", "meaning"), [(f"`{code}`", words) for code, words in codes.items()])
