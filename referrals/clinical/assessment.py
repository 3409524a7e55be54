"""Assesses a submission against the rule set: floor and ceiling tier, reasons, holds, questions.

Pure and quick (well under a millisecond); it lowers nothing, stores nothing and tells nobody.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from referrals.clinical import codes, holds, routes
from referrals.clinical.by_hand import NOTHING, ByHand
from referrals.clinical.codes import CodeEffect, CodeEntry
from referrals.clinical.conditions import Facts
from referrals.clinical.derived import Conflict, Derived, derive
from referrals.clinical.findings import Submission
from referrals.clinical.holds import Hold
from referrals.clinical.outcome import Assessment, FiredRule, Silenced
from referrals.clinical.questions import Standing, open_questions
from referrals.clinical.rules import Rule
from referrals.clinical.ruleset import RULESET, RuleSet
from referrals.clinical.tier import Tier
from referrals.clinical.wording import reason


def assess(
    submission: Submission,
    ruleset: RuleSet = RULESET,
    *,
    now: datetime | None = None,
    by_hand: ByHand = NOTHING,
) -> Assessment:
    """Return what the rules and people by hand say; `now` counts the time since `procedure_at`."""
    effect = codes.effect(submission.codes, ruleset.codes)
    derived = _derived(submission, effect, ruleset, now)
    rules = [rule for rule in ruleset.rules if rule.when.fires(derived.facts)]
    every = _fired(rules, effect.raising, derived.facts, ruleset)
    fired = by_hand.counted(every, ruleset.coded_holds)
    standing, raised = _standing(rules, fired, derived.facts, ruleset)
    route, clock, instruction = _way(fired, raised, ruleset)
    return Assessment(
        tier=raised,
        possible_tier=standing.ceiling,
        tier_if_unanswered=_if_unanswered(standing, raised, derived.facts, ruleset),
        fired=fired,
        rules=tuple(rule.id for rule in rules if rule.id not in by_hand.set_aside),
        reasons=tuple(f"{rule.title}: {rule.reason}" for rule in fired),
        questions=open_questions(standing, effect.asks, derived.facts, ruleset),
        holds=_holds(fired, derived.facts, ruleset),
        route=route,
        within=clock,
        review_days=_review_days(fired, raised, ruleset),
        surgical_indication=any(rule.surgical_indication for rule in fired),
        emergency_instruction=instruction,
        silenced=_silenced(submission, effect, rules, ruleset, now),
        set_aside=tuple(rule for rule in every if rule.id in by_hand.set_aside),
        conflicts=(*_overruled(submission, effect), *derived.conflicts),
        notices=(*effect.notices, *_not_counted(submission, ruleset)),
        ruleset_version=ruleset.version,
        ruleset_status=ruleset.status,
        approval_notice=ruleset.approval_notice,
        as_given=submission.as_given,
        codes_as_given=tuple(code.as_given() for code in submission.codes),
    )


def facts_of(submission: Submission, *, now: datetime | None) -> Facts:
    """Return all facts that the rules read of a submission: given, coded and computed."""
    effect = codes.effect(submission.codes, RULESET.codes)
    return _derived(submission, effect, RULESET, now).facts


def _way(
    fired: Sequence[FiredRule], raised: Tier, ruleset: RuleSet
) -> tuple[str, str | None, str | None]:
    # Whom it goes to, on which clock, and what the sender is told first.
    urgency = [routes.Raised(rule.tier, rule.route, rule.within, rule.action) for rule in fired]
    route = routes.choose(urgency, ruleset.routes)
    clock = routes.within(urgency, raised)
    return route, clock, routes.instruction(urgency, raised, route, clock, ruleset.routes)


def _holds(fired: Sequence[FiredRule], facts: Facts, ruleset: RuleSet) -> tuple[Hold, ...]:
    setters = [(rule.id, rule.holds) for rule in fired]
    return holds.resolve(setters, ruleset.hold_sets, ruleset.procedures, facts)


def _derived(
    submission: Submission,
    effect: CodeEffect,
    ruleset: RuleSet,
    now: datetime | None,
    without: Collection[str] = (),
) -> Derived:
    facts = dict(ruleset.context)
    facts.update(submission.values)
    facts.update(dict.fromkeys(effect.sets, True))
    uncounted = without if submission.stated_by_clinician else _explaining(submission, ruleset)
    for name in uncounted:
        del facts[name]
    return derive(facts, submission.examinations, now=now)


def _explaining(submission: Submission, ruleset: RuleSet) -> tuple[str, ...]:
    return tuple(
        name
        for name, value in submission.values.items()
        if value is True and ruleset.fields[name].explains_away
    )


def _standing(
    rules: Sequence[Rule], fired: Sequence[FiredRule], facts: Facts, ruleset: RuleSet
) -> tuple[Standing, Tier]:
    possible = [
        rule
        for rule in ruleset.rules
        if rule.has_evidence(facts) and rule not in rules and rule.when.value(facts) is None
    ]
    floor = max((Tier.ROUTINE, *(rule.tier for rule in fired)))
    ceiling = max((floor, *(rule.tier for rule in possible)))
    return Standing(rules, possible, ceiling), floor


def _fired(
    rules: Sequence[Rule], raising: Sequence[CodeEntry], facts: Facts, ruleset: RuleSet
) -> tuple[FiredRule, ...]:
    found = [_from_rule(rule, facts, ruleset) for rule in rules]
    found += [_from_code(entry, rules, ruleset) for entry in raising]
    return tuple(sorted(found, key=lambda rule: -rule.tier))


def _from_rule(rule: Rule, facts: Facts, ruleset: RuleSet) -> FiredRule:
    return FiredRule(
        id=rule.id,
        group=rule.group,
        title=rule.title,
        tier=rule.tier,
        within=rule.within,
        route=rule.route,
        reason=reason(rule.when, facts, ruleset.fields),
        action=rule.action,
        sources=tuple(ruleset.sources[name] for name in rule.src),
        holds=rule.holds,
        review_days=rule.review_days,
        surgical_indication=rule.surgical_indication,
        never=rule.never,
        mark=rule.mark,
    )


def _from_code(entry: CodeEntry, fired: Sequence[Rule], ruleset: RuleSet) -> FiredRule:
    return FiredRule(
        id=codes.rule_id(entry),
        group="coded_diagnosis",
        title=entry.title,
        tier=entry.tier,
        within=_code_within(entry, fired),
        route=None,
        reason=f"coded today as the reason for the referral: {entry.code} {entry.title}",
        action="a clinician confirms the coded diagnosis at once; until then it counts",
        sources=(),
        holds=ruleset.coded_holds.get(entry.tier, ()),
        mark="adapted",
    )


def _code_within(entry: CodeEntry, fired: Sequence[Rule]) -> str | None:
    # A code has no clock of its own: it takes that of the rules its findings fire, else "now".
    if entry.tier is not Tier.SAME_DAY:
        return None
    clocks = {
        rule.within
        for rule in fired
        if rule.tier >= Tier.SAME_DAY
        and any(leaf.field in entry.sets for leaf in rule.when.leaves(inside_not=False))
    }
    return "24h" if clocks == {"24h"} else "now"


def _if_unanswered(standing: Standing, floor: Tier, facts: Facts, ruleset: RuleSet) -> Tier:
    signs = ruleset.clarification.symptoms_or_signs
    for rule in standing.possible:
        if rule.tier > floor and rule.has_sign(facts, signs):
            return Tier(floor + 1)
    return floor


def _review_days(fired: Sequence[FiredRule], tier: Tier, ruleset: RuleSet) -> int | None:
    if tier is not Tier.URGENT:
        return None
    usual: int = ruleset.tiers[tier.name]["limits"]["review_days"]
    return min((usual, *(rule.review_days for rule in fired if rule.review_days is not None)))


def _silenced(
    submission: Submission,
    effect: CodeEffect,
    fired: Sequence[Rule],
    ruleset: RuleSet,
    now: datetime | None,
) -> tuple[Silenced, ...]:
    explaining = _explaining(submission, ruleset) if submission.stated_by_clinician else ()
    if not explaining:
        return ()
    bare = _derived(submission, effect, ruleset, now, explaining).facts
    one_less = {
        name: _derived(submission, effect, ruleset, now, (name,)).facts for name in explaining
    }
    return tuple(
        Silenced(rule.id, rule.title, rule.tier, _by(rule, one_less))
        for rule in ruleset.rules
        if rule not in fired and rule.when.fires(bare)
    )


def _by(rule: Rule, one_less: Mapping[str, Facts]) -> tuple[str, ...]:
    # Two findings that each silence a rule are only seen together: then all are named.
    alone = tuple(name for name, facts in one_less.items() if rule.when.fires(facts))
    return alone or tuple(one_less)


def _overruled(submission: Submission, effect: CodeEffect) -> tuple[Conflict, ...]:
    return tuple(
        Conflict(field, "absent", "present", f"{code} says otherwise")
        for field, code in effect.sets.items()
        if submission.values.get(field) is False
    )


def _not_counted(submission: Submission, ruleset: RuleSet) -> tuple[str, ...]:
    if submission.stated_by_clinician:
        return ()
    return tuple(
        f"{ruleset.fields[name].title}: kept but not counted, no named clinician stated it"
        for name in _explaining(submission, ruleset)
    )
