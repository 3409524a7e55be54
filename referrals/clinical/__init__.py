"""The clinical engine: pure functions from findings and codes to urgency, with reasons and sources.

It may raise urgency and must never replace a clinician; no clinician has reviewed its rules yet.
It imports no Django, no database and no clock.
"""

from referrals.clinical.assessment import assess
from referrals.clinical.by_hand import ByHand, above, speed
from referrals.clinical.conditions import Facts
from referrals.clinical.derived import Conflict
from referrals.clinical.document import RuleSetError
from referrals.clinical.findings import FindingsError, Submission, read_submission
from referrals.clinical.holds import Hold
from referrals.clinical.outcome import Assessment, FiredRule, Silenced
from referrals.clinical.problems import Problem
from referrals.clinical.questions import Question
from referrals.clinical.ruleset import RULESET, RuleSet, load_rule_set
from referrals.clinical.sources import Source
from referrals.clinical.tier import Tier
from referrals.clinical.touched import untouched

__all__ = [
    "RULESET", "Assessment", "ByHand", "Conflict", "Facts", "FindingsError", "FiredRule", "Hold",
    "Problem", "Question", "RuleSet", "RuleSetError", "Silenced", "Source", "Submission", "Tier",
    "above", "assess", "load_rule_set", "read_submission", "speed", "untouched",
]  # fmt: skip
