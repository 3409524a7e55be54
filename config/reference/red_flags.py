"""The page of the red-flag rules, as the clinical engine itself describes them."""

from referrals.clinical import RULESET
from referrals.clinical import reference as clinical_reference


def render() -> str:
    """Return the page."""
    return clinical_reference.render(RULESET)
