"""What people say beside the rules: a tier stated, rules set aside until something is new."""

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from referrals.clinical import RULESET, ByHand, Tier, above, assess, read_submission, untouched
from referrals.clinical.assessment import facts_of
from referrals.clinical.by_hand import RULE_ID, speed
from tests.referrals.clinical.submissions import codes, findings, rule_leaning
from tests.referrals.clinical.test_properties import WITNESSES, _witness
from tests.referrals.clinical.vectors import RAW

SETTLED = settings(
    max_examples=150, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True
)
ANY = st.one_of(findings(), rule_leaning())
CES = {"saddle_sensory_change": "present", "urinary_retention": "present"}
TARGETS = [
    (Tier.ROUTINE, None), (Tier.URGENT, None), (Tier.SAME_DAY, "24h"), (Tier.SAME_DAY, "now"),
    (Tier.EMERGENCY, None),
]  # fmt: skip


def stated(tier, within=None, aside=()):
    return ByHand(frozenset(aside), tier, within, "a person says so")


@pytest.mark.parametrize(("tier", "within"), TARGETS[1:])
def test_a_stated_tier_counts_like_a_rule_where_nothing_fires(tier, within):
    found = assess(read_submission({}), by_hand=stated(tier, within))
    assert (found.tier, found.within) == (tier, within)
    assert [(rule.id, rule.reason) for rule in found.fired] == [(RULE_ID, "a person says so")]
    assert found.route == RULESET.routes.default
    assert bool(found.emergency_instruction) == (tier is Tier.EMERGENCY or within == "now")


def test_a_stated_tier_below_what_the_rules_say_changes_nothing():
    alone = assess(read_submission(CES))
    assert alone.tier is Tier.EMERGENCY
    assert assess(read_submission(CES), by_hand=stated(Tier.SAME_DAY, "now")) == alone


@SETTLED
@given(ANY, codes(), st.sampled_from(TARGETS))
def test_with_what_is_above_set_aside_the_target_is_reached_exactly(raw, coded, target):
    known, (tier, within) = read_submission(raw, coded), target
    full = assess(known)
    aside = above(full.fired, tier, within)
    found = assess(known, by_hand=stated(tier, within, aside))
    assert (found.tier, found.within) == (tier, within)
    assert {rule.id for rule in found.set_aside} == aside
    kept = [rule for rule in full.fired if rule.id not in aside]
    assert [rule for rule in found.fired if rule.id != RULE_ID] == kept
    assert all(speed(rule.tier, rule.within) <= speed(tier, within) for rule in found.fired)
    assert found.possible_tier >= found.tier


@SETTLED
@given(ANY, codes())
def test_nothing_by_hand_is_the_rules_alone(raw, coded):
    known = read_submission(raw, coded)
    assert assess(known, by_hand=ByHand()) == assess(known)
    assert assess(known).set_aside == ()


def fields_of(rule, *, inside_not=False):
    return {leaf.field for leaf in rule.when.leaves(inside_not=inside_not)}


def still(rule_id, base, new, coded=(), coded_anew=()):
    return untouched(
        {rule_id},
        earlier=read_submission({k: v for k, v in base.items() if k not in new}, coded),
        new=read_submission(new, coded_anew),
        known=read_submission(base | new, [*coded, *coded_anew]),
        now=None,
    )


@pytest.mark.parametrize("rule", RULESET.rules, ids=lambda rule: rule.id)
def test_a_rule_counts_again_for_whatever_speaks_for_it_and_for_nothing_else(rule):
    raw = next(entry for entry in RAW["rules"] if entry["id"] == rule.id)
    base = WITNESSES.get(rule.id) or _witness(raw["when"])
    inside = fields_of(rule, inside_not=True)
    known = {name for name, fact in facts_of(read_submission(base), now=None).items() if fact}
    for name in set(base) & fields_of(rule):
        assert still(rule.id, base, {name: base[name]}) == frozenset(), name
    for name in inside:
        assert still(rule.id, base, {name: "unknown"}) == frozenset(), name
    for name in fields_of(rule) - inside - known:
        assert still(rule.id, base, {name: "unknown"}) == {rule.id}, name
    assert still(rule.id, base, {"current_location": "at home"}) == {rule.id}


@SETTLED
@given(ANY, ANY)
def test_a_rule_kept_set_aside_needs_nothing_new_to_fire(base, new):
    earlier = {name: value for name, value in base.items() if name not in new}
    fires_before = {rule.id for rule in assess(read_submission(earlier)).fired}
    for rule in assess(read_submission(base | new)).fired:
        if still(rule.id, base, new):
            assert rule.id in fires_before, rule.id


@SETTLED
@given(ANY, ANY)
def test_a_rule_that_fires_otherwise_than_before_is_never_kept_set_aside(base, new):
    before, after = assess(read_submission(base)), assess(read_submission(base | new))
    said = {rule.id: rule.reason for rule in before.fired}
    for rule in after.fired:
        if rule.id in said and rule.reason != said[rule.id]:
            assert rule.id not in still(rule.id, base, new), rule.id


def test_what_is_computed_from_a_new_finding_counts_as_new():
    base = {"mrc_myotomes": {"L5_R": {"grade": 2}}}
    rules = [r for r in RULESET.rules if "mrc_min" in fields_of(r)]
    assert rules
    for rule in rules:
        assert still(rule.id, base, base) == frozenset(), rule.id


def test_a_code_given_again_counts_again_and_an_old_one_does_not():
    code = next(c for c, e in RULESET.codes.entries.items() if e.tier >= Tier.SAME_DAY)
    coded, rule_id = [{"code": code, "as": "reason"}], f"ICD-10-CM {code}"
    assert rule_id in {rule.id for rule in assess(read_submission({}, coded)).fired}
    other = {"current_location": "at home"}
    assert still(rule_id, {}, other, coded) == {rule_id}
    assert still(rule_id, {}, {}, (), coded) == frozenset()


def test_a_rule_that_the_rule_set_does_not_know_any_more_is_not_kept():
    assert still("RF-GONE", CES, {"current_location": "at home"}) == frozenset()


def test_a_rule_set_aside_keeps_its_words():
    full = assess(read_submission(CES))
    found = assess(read_submission(CES), by_hand=ByHand(frozenset({"RF-CES-1"})))
    assert found.set_aside == tuple(rule for rule in full.fired if rule.id == "RF-CES-1")
    assert "RF-CES-1" not in found.rules
    assert replace(found.set_aside[0]).reason
