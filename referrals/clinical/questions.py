"""What has to be asked, and how fast; it asks nobody and closes nothing."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from referrals.clinical.conditions import Facts
from referrals.clinical.fields import Field
from referrals.clinical.rules import Rule
from referrals.clinical.ruleset import RuleSet
from referrals.clinical.tier import Tier


@dataclass(frozen=True, slots=True)
class Question:
    """One open question: a field, its wording, why it is asked, and the limit in minutes."""

    field: str
    text: str
    why: str
    within_minutes: int


@dataclass(frozen=True, slots=True)
class Standing:
    """Where the rules stand: those that fired, those that count for the ceiling, the ceiling."""

    fired: Sequence[Rule]
    possible: Sequence[Rule]
    ceiling: Tier


def open_questions(
    standing: Standing, coded: Mapping[str, str], facts: Facts, ruleset: RuleSet
) -> tuple[Question, ...]:
    """Return the open questions, the most pressing first; a known field is never asked.

    Asked are: the `ask` lists of rules that fired or may yet fire; where such a rule lists none,
    the fields that would decide it; CES items where a leg or saddle symptom is present; fields
    named by codes (`coded`: field to code); last, the findings listed by rules nothing speaks
    for yet, so that silence is never taken for a clear checklist.
    """
    limits = ruleset.clarification
    pressing = {Tier.EMERGENCY: limits.if_emergency, Tier.SAME_DAY: limits.if_same_day}
    limit = pressing.get(standing.ceiling, limits.otherwise)
    asked: dict[str, tuple[str, int]] = {}
    for rule in standing.possible:
        _ask(asked, _deciding(rule, facts), f"{rule.id} {rule.title}: may apply", limit)
    for rule in standing.fired:
        _ask(asked, rule.ask, f"{rule.id} {rule.title}", limit)
    if any(facts.get(field) is True for field in ruleset.leg_or_saddle_symptoms):
        why = "leg or saddle symptom: cauda equina items are asked"
        _ask(asked, ruleset.ces_items, why, min(limit, limits.if_ces_item_open))
    for field, code in coded.items():
        _ask(asked, (field,), f"{code}: new, changed or still so?", limit)
    for rule in ruleset.rules:
        if rule.ask and rule.when.value(facts) is None:
            listed = _findings(rule.ask, ruleset)
            _ask(asked, listed, f"red-flag checklist, {rule.id}", limits.otherwise)
    questions = [
        Question(field, wording(ruleset.fields[field]), why, minutes)
        for field, (why, minutes) in asked.items()
        if facts.get(field) is None
    ]
    return tuple(sorted(questions, key=lambda question: question.within_minutes))


def _ask(asked: dict[str, tuple[str, int]], fields: Iterable[str], why: str, minutes: int) -> None:
    for field in fields:
        first, limit = asked.get(field, (why, minutes))
        asked[field] = (first, min(limit, minutes))


def _deciding(rule: Rule, facts: Facts) -> tuple[str, ...]:
    if any(facts.get(field) is None for field in rule.ask):
        return rule.ask
    leaves = rule.when.leaves(inside_not=False)
    return tuple(leaf.field for leaf in leaves if facts.get(leaf.field) is None)


def _findings(fields: Iterable[str], ruleset: RuleSet) -> tuple[str, ...]:
    return tuple(field for field in fields if ruleset.fields[field].kind == "finding")


def wording(field: Field) -> str:
    """Return the question for a field in plain words, with its unit or its choices."""
    if field.kind == "finding":
        detail = "" if field.label == field.title else f" ({field.label})"
        return f"Is there {field.title}{detail}?"
    if field.kind == "enum":
        return f"What is the {field.title}: {', '.join(field.values)}?"
    return f"What is the {field.title}{f' in {field.unit}' if field.measured else ''}?"
