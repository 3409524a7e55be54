"""What an assessment says, as plain frozen data that can be stored as JSON; it computes nothing."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from typing import Any

from referrals.clinical.derived import Conflict
from referrals.clinical.holds import Hold
from referrals.clinical.questions import Question
from referrals.clinical.sources import Source
from referrals.clinical.tier import Tier


@dataclass(frozen=True, slots=True)
class FiredRule:
    """A rule, or a strong code coded today, that fired.

    `within` is "now" or "24h" at SAME_DAY and None elsewhere; `route` is None for the default
    route; `reason` says in words which findings did it; `holds` are hold-set ids as the rule
    names them; `mark` tells sourced, memory and adapted facts apart.
    """

    id: str
    group: str
    title: str
    tier: Tier
    within: str | None
    route: str | None
    reason: str
    action: str
    sources: tuple[Source, ...]
    holds: tuple[str, ...]
    review_days: int | None = None
    surgical_indication: bool = False
    never: tuple[str, ...] = ()
    mark: str = "sourced"


@dataclass(frozen=True, slots=True)
class Silenced:
    """A rule that would have fired without the findings that explain it away."""

    rule: str
    title: str
    tier: Tier
    by: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Assessment:
    """The result of one assessment.

    `tier` is the floor, `possible_tier` the ceiling (never below), `tier_if_unanswered` the floor
    when the questions stay unanswered in time. `fired` runs from the most urgent down; `rules` are
    the ids of fired rules of the rule set, without codes. `within` is set at SAME_DAY only,
    `review_days` at URGENT only. `emergency_instruction` is what the sender is told first.
    `set_aside` are rules that fired and do not count, because two people lowered the urgency.
    """

    tier: Tier
    possible_tier: Tier
    tier_if_unanswered: Tier
    fired: tuple[FiredRule, ...]
    rules: tuple[str, ...]
    reasons: tuple[str, ...]
    questions: tuple[Question, ...]
    holds: tuple[Hold, ...]
    route: str
    within: str | None
    review_days: int | None
    surgical_indication: bool
    emergency_instruction: str | None
    silenced: tuple[Silenced, ...]
    set_aside: tuple[FiredRule, ...]
    conflicts: tuple[Conflict, ...]
    notices: tuple[str, ...]
    ruleset_version: str
    ruleset_status: str
    approval_notice: str
    as_given: Mapping[str, Any]
    codes_as_given: tuple[Mapping[str, str], ...]

    def to_dict(self) -> dict[str, Any]:
        """Return the assessment as JSON-able values; tiers are spelled by name."""
        return {field.name: _plain(getattr(self, field.name)) for field in fields(self)}


def _plain(value: Any) -> Any:
    if isinstance(value, Tier):
        return value.name
    if isinstance(value, tuple):
        return [_plain(entry) for entry in value]
    if is_dataclass(value):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    return value
