"""Which of the rules set aside new findings say nothing about. Only those stay set aside."""

from collections.abc import Collection, Iterator
from datetime import datetime

from referrals.clinical import codes
from referrals.clinical.assessment import facts_of
from referrals.clinical.conditions import Facts, compile_leaf
from referrals.clinical.findings import Submission
from referrals.clinical.rules import Rule
from referrals.clinical.ruleset import RULESET


def untouched(
    set_aside: Collection[str],
    *,
    earlier: Submission,
    new: Submission,
    known: Submission,
    now: datetime | None,
) -> frozenset[str]:
    """Return the rules of `set_aside` that read nothing of `new`.

    `known` is everything, `earlier` what of it was known before and is not given anew. A rule is
    touched if something that speaks for it is given anew, by name or by a code, or has another
    value with the new findings, also where it is computed from others. What is new and does not
    speak for it, such as an answer "absent", leaves it set aside.
    """
    if not set_aside:
        return frozenset()
    effect = codes.effect(new.codes, RULESET.codes)
    given = {*new.as_given, *effect.sets}
    before, after = facts_of(earlier, now=now), facts_of(known, now=now)
    still = {
        rule.id
        for rule in RULESET.rules
        if all(
            name not in given and before.get(name) == after.get(name)
            for name in _speaking_for(rule, after)
        )
    }
    still |= {codes.rule_id(entry) for entry in codes.effect(known.codes, RULESET.codes).raising}
    again = {codes.rule_id(entry) for entry in effect.raising}
    return frozenset(set_aside) & (still - again)


def _speaking_for(rule: Rule, facts: Facts) -> Iterator[str]:
    for leaf in rule.when.leaves(inside_not=False):
        if compile_leaf(leaf).fires(facts):
            yield leaf.field
    # Inside a `not` the unknown speaks for a rule as well.
    for leaf in rule.when.leaves(inside_not=True):
        yield leaf.field
