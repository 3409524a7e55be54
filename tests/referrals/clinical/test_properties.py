"""What must hold for any submission: monotone, fail-safe, no crash, equal to a naive reading."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from referrals.clinical import RULESET, FindingsError, Tier, assess, read_submission
from referrals.clinical.assessment import _derived
from referrals.clinical.codes import effect
from tests.referrals.clinical import oracle
from tests.referrals.clinical.submissions import (
    EXPLAINING,
    FINDINGS,
    codes,
    findings,
    rule_leaning,
)
from tests.referrals.clinical.vectors import RAW, VECTORS

SETTLED = settings(
    max_examples=300, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True
)
ANY = st.one_of(findings(), rule_leaning(), st.sampled_from([v["in"] for v in VECTORS]))
# `deficit_before_procedure` reassures like an explaining finding: only computed ever counted,
# and an entered "absent" stands against it, so taking "absent" back may lower.
RAISING = [n for n in FINDINGS if n not in EXPLAINING and n != "deficit_before_procedure"]


def facts_of(submission):
    return _derived(submission, effect(submission.codes, RULESET.codes), RULESET, None).facts


@SETTLED
@given(ANY, codes())
def test_any_valid_input_is_assessed(raw, coded):
    assessment = assess(read_submission(raw, coded), now=datetime(2026, 11, 23, tzinfo=UTC))
    assert Tier.ROUTINE <= assessment.tier <= assessment.possible_tier
    assert assessment.tier <= assessment.tier_if_unanswered <= assessment.possible_tier
    assert assessment.tier_if_unanswered <= assessment.tier + 1
    stored = json.loads(json.dumps(assessment.to_dict(), allow_nan=False))
    assert stored["as_given"] == raw
    assert stored["tier"] == assessment.tier.name
    assert (assessment.within is not None) == (assessment.tier is Tier.SAME_DAY)
    told = assessment.tier is Tier.EMERGENCY or assessment.within == "now"
    assert (assessment.emergency_instruction is not None) == told


@SETTLED
@given(ANY)
def test_fired_rules_floor_and_ceiling_equal_a_naive_reading(raw):
    submission = read_submission(raw)
    assessment = assess(submission)
    fired, floor, ceiling = oracle.verdict(facts_of(submission))
    assert (set(assessment.rules), assessment.tier, assessment.possible_tier) == (
        fired,
        floor,
        ceiling,
    )


@SETTLED
@given(ANY, codes())
def test_the_same_holds_on_every_single_condition(raw, coded):
    facts = facts_of(read_submission(raw, coded))
    named = {"true": True, "false": False, "unknown": None}
    for rule in RAW["rules"]:
        node = next(found.when for found in RULESET.rules if found.id == rule["id"])
        assert node.value(facts) is named[oracle.value(rule["when"], facts)], rule["id"]
        assert node.fires(facts) is oracle.fires(rule["when"], facts), rule["id"]


@SETTLED
@given(ANY, codes(), st.sampled_from(RAISING), st.sampled_from(["absent", "unknown", None]))
def test_a_finding_that_becomes_present_never_lowers_the_floor(raw, coded, name, before):
    without = {key: value for key, value in raw.items() if key != name}
    if before is not None:
        without[name] = before
    lower = assess(read_submission(without, coded))
    higher = assess(read_submission({**without, name: "present"}, coded))
    assert higher.tier >= lower.tier, (lower.rules, higher.rules)


@SETTLED
@given(
    ANY, codes(), st.sampled_from(sorted(RAW["icd10cm"])), st.sampled_from(["reason", "history"])
)
def test_one_more_code_never_lowers_the_floor(raw, coded, code, role):
    more = [*coded, {"code": code, "as": role}]
    assert assess(read_submission(raw, more)).tier >= assess(read_submission(raw, coded)).tier


@SETTLED
@given(ANY, st.sampled_from(sorted(RAW["fields"])))
def test_a_missing_field_equals_unknown(raw, name):
    assume(RAW["fields"][name]["type"] != "text")
    without = {key: value for key, value in raw.items() if key != name}
    silent = assess(read_submission(without)).to_dict()
    unknown = assess(read_submission({**without, name: "unknown"})).to_dict()
    del silent["as_given"], unknown["as_given"]
    assert silent == unknown


@SETTLED
@given(ANY, st.sampled_from([n for n in FINDINGS if n not in EXPLAINING]))
def test_an_unknown_answer_is_never_safer_than_absent(raw, name):
    assume(name != "deficit_before_procedure")
    without = {key: value for key, value in raw.items() if key != name}
    unknown = assess(read_submission(without))
    absent = assess(read_submission({**without, name: "absent"}))
    assert unknown.tier >= absent.tier
    assert unknown.possible_tier >= absent.possible_tier


@SETTLED
@given(ANY, st.sampled_from(EXPLAINING))
def test_an_explaining_finding_counts_only_from_a_clinician(raw, name):
    without = {key: value for key, value in raw.items() if key not in EXPLAINING}
    bare = assess(read_submission(without))
    unsigned = read_submission({**without, name: "present"}, stated_by_clinician=False)
    kept = assess(unsigned)
    assert (kept.tier, kept.rules, kept.silenced) == (bare.tier, bare.rules, ())
    assert kept.notices == (
        f"{RULESET.fields[name].title}: kept but not counted, no named clinician stated it",
    )
    signed = assess(read_submission({**without, name: "present"}))
    lost = set(bare.rules) - set(signed.rules)
    assert {entry.rule for entry in signed.silenced} == lost
    assert all(entry.by == (name,) for entry in signed.silenced)


@SETTLED
@given(ANY)
def test_what_is_known_is_never_asked_and_asked_once(raw):
    submission = read_submission(raw)
    asked = [question.field for question in assess(submission).questions]
    assert len(asked) == len(set(asked))
    assert not [field for field in asked if facts_of(submission).get(field) is not None]


@SETTLED
@given(ANY)
def test_a_rule_that_may_apply_above_the_floor_asks_something(raw):
    assessment = assess(read_submission(raw))
    assert assessment.possible_tier == assessment.tier or assessment.questions


@settings(parent=SETTLED, max_examples=500)
@given(
    st.dictionaries(
        st.sampled_from([*RAW["fields"], "nonsense", "\0", "a/b~c"]) | st.text(max_size=5),
        st.recursive(
            st.none()
            | st.booleans()
            | st.floats()
            | st.integers()
            | st.sampled_from([400, 4000]).map(lambda digits: 10**digits)
            | st.text(max_size=8)
            | st.sampled_from(
                ["present", "\ud800", "\0", "2026-11-23", "0001-01-01T00:00:00+23:00"]
            ),
            lambda inner: (
                st.lists(inner, max_size=2)
                | st.dictionaries(
                    st.sampled_from(["value", "unit", "grade", "date", "L5_R"]), inner
                )
            ),
            max_leaves=4,
        ),
        max_size=4,
    ),
    st.lists(
        st.dictionaries(st.sampled_from(["code", "as", "x"]), st.text(max_size=6) | st.integers())
        | st.integers(),
        max_size=2,
    ),
    st.booleans(),
)
def test_any_nonsense_is_refused_with_pointers_or_assessed(raw, coded, units_required):
    try:
        submission = read_submission(raw, coded, units_required=units_required)
    except FindingsError as error:
        problems = error.problems
    else:
        json.dumps(assess(submission).to_dict(), allow_nan=False)
        return
    assert problems
    for problem in problems:
        assert problem.pointer.startswith(("/findings/", "/codes/"))
        assert problem.detail.isprintable()
        assert problem.pointer.isascii()


EXAMPLES = {
    "finding": "present",
    "number": 3,
    "integer": 3,
    "text": "at home",
    "timestamp": "2026-11-23T10:00:00Z",
    "map": {"L5_R": {"grade": 3}},
}


@pytest.mark.parametrize("name", RAW["fields"])
def test_every_field_can_be_given(name):
    field = RAW["fields"][name]
    value = field["values"][0] if field["type"] == "enum" else EXAMPLES[field["type"]]
    value = field["range"][0] if "range" in field else value
    submission = read_submission({name: value})
    assert submission.values.keys() == {name} or submission.examinations
    assert assess(submission).as_given == {name: value}


WITNESSES = {
    "RF-CES-2b": {"saddle_sensory_change": "present", "ces_onset_days": 20, "ces_course": "stable"},
    "RF-NEU-7b": {"mjoa": 13},
}


def _witness(node, wanted=True):
    """Raw findings that make a condition fire, by taking the first way through it."""
    if "f" in node:
        return {node["f"]: _satisfying(node)} if wanted else {}
    if "not" in node:
        return {}
    if "any" in node:
        return _witness(node["any"][0])
    parts = node["all"] if "all" in node else node["count_ge"]["of"][: node["count_ge"]["n"]]
    found = {}
    for part in parts:
        found.update(_witness(part))
    return found


def _satisfying(leaf):
    if "is" in leaf:
        return leaf["is"]
    limit = leaf["v"][0] if leaf["op"] == "in" else leaf["v"]
    if isinstance(limit, str):
        return limit
    step = {"gt": 1, "lt": -1}.get(leaf["op"], 0)
    return limit + step


@pytest.mark.parametrize("rule", RAW["rules"], ids=lambda rule: rule["id"])
def test_every_rule_fires_for_some_input(rule):
    raw = WITNESSES.get(rule["id"]) or _witness(rule["when"])
    assessment = assess(read_submission(raw))
    assert rule["id"] in assessment.rules
    fired = next(entry for entry in assessment.fired if entry.id == rule["id"])
    assert fired.reason
    assert fired.tier.name == rule["tier"]
    assert fired.within == rule.get("within")
    assert fired.route == rule.get("route")
    assert set(fired.holds) == set(rule.get("hold", []))
    assert [source.id for source in fired.sources] == rule["src"]
    assert assessment.tier >= fired.tier


def test_every_hold_route_and_question_appears():
    holds, routes, asked = set(), set(), set()
    for rule in RAW["rules"]:
        assessment = assess(read_submission(WITNESSES.get(rule["id"]) or _witness(rule["when"])))
        holds |= {hold.id for hold in assessment.holds}
        routes.add(assessment.route)
        asked |= {question.field for question in assessment.questions}
    both = assess(read_submission({"stroke_signs": "present", "pvr_ml": 800}))
    assert holds == set(RAW["hold_sets"])
    assert routes | {both.route} == set(RAW["routes"]["texts"])
    assert {field for rule in RAW["rules"] for field in rule.get("ask", [])} <= asked
