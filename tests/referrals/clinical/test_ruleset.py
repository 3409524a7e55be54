"""A rule set with one fault is refused, and the message names the place."""

import json
from copy import deepcopy

import pytest
import yaml

from referrals.clinical import RULESET, RuleSetError, Tier, load_rule_set
from tests.referrals.clinical.vectors import RAW, RULES_TEXT

DELETE = "<deleted>"


def corrupted(path, value):
    raw = deepcopy(RAW)
    *steps, last = path
    place = raw
    for step in steps:
        place = place[step]
    if value is DELETE:
        del place[last]
    else:
        place[last] = value
    return written(raw)


def written(raw):
    # JSON is YAML too, and much quicker to write; it cannot write a key that is no text.
    plain = all(isinstance(name, str) for name in raw.get("fields", ()))
    return json.dumps(raw, default=str) if plain else yaml.safe_dump(raw, sort_keys=False)


RULE = ("rules", 0)
FIRST = "rules.RF-CES-1"
PRESENT = {"f": "foot_drop", "is": "present"}
FAULTS = [
    ((*RULE, "when"), {"f": "foot_dorp", "is": "present"}, f"{FIRST}.when.f"),
    ((*RULE, "when"), {"f": "foot_drop", "is": "maybe"}, f"{FIRST}.when.is"),
    ((*RULE, "when"), {"f": "pvr_ml", "is": "present"}, f"{FIRST}.when.is"),
    ((*RULE, "when"), {"f": "foot_drop", "is": "absent"}, f"{FIRST}.when.is"),
    ((*RULE, "when"), {"f": "foot_drop", "op": "ge", "v": 1}, f"{FIRST}.when.op"),
    ((*RULE, "when"), {"f": "pvr_ml", "op": "above", "v": 1}, f"{FIRST}.when.op"),
    ((*RULE, "when"), {"f": "pvr_ml", "op": "in", "v": [1]}, f"{FIRST}.when.op"),
    ((*RULE, "when"), {"f": "pvr_ml", "op": "ge", "v": "200"}, f"{FIRST}.when.v"),
    ((*RULE, "when"), {"f": "pvr_ml", "op": "ge", "v": True}, f"{FIRST}.when.v"),
    ((*RULE, "when"), {"f": "pvr_ml", "op": "ge", "v": 3001}, f"{FIRST}.when.v"),
    ((*RULE, "when"), {"f": "pvr_ml", "op": "ge", "v": -1}, f"{FIRST}.when.v"),
    ((*RULE, "when"), {"f": "pvr_ml", "op": "ge", "v": 1, "x": 1}, f"{FIRST}.when"),
    ((*RULE, "when"), {"f": "pvr_ml"}, f"{FIRST}.when"),
    ((*RULE, "when"), {"f": "sex", "op": "eq", "v": "femal"}, f"{FIRST}.when.v"),
    ((*RULE, "when"), {"f": "sex", "op": "ge", "v": "female"}, f"{FIRST}.when.op"),
    ((*RULE, "when"), {"f": "sex", "op": "in", "v": ["female", "x"]}, f"{FIRST}.when.v[1]"),
    ((*RULE, "when"), {"f": "sex", "op": "in", "v": "female"}, f"{FIRST}.when.v"),
    ((*RULE, "when"), {"not": {"all": [{"not": PRESENT}]}}, f"{FIRST}.when.not.all[0].not"),
    ((*RULE, "when"), {"not": PRESENT}, f"{FIRST}.when.not.is"),
    ((*RULE, "when"), {"none": [PRESENT]}, f"{FIRST}.when"),
    ((*RULE, "when"), {"all": [PRESENT], "any": [PRESENT]}, f"{FIRST}.when"),
    ((*RULE, "when"), {"all": []}, f"{FIRST}.when.all"),
    ((*RULE, "when"), {"all": PRESENT}, f"{FIRST}.when.all"),
    ((*RULE, "when"), {"count_ge": {"n": 2, "of": [PRESENT]}}, f"{FIRST}.when.count_ge"),
    ((*RULE, "when"), {"count_ge": {"n": 0, "of": [PRESENT]}}, f"{FIRST}.when.count_ge.n"),
    ((*RULE, "when"), {"count_ge": {"of": [PRESENT]}}, f"{FIRST}.when.count_ge"),
    ((*RULE, "when"), [PRESENT], f"{FIRST}.when"),
    ((*RULE, "wehn"), PRESENT, FIRST),
    ((*RULE, "src"), ["nobody_2020"], f"{FIRST}.src[0]"),
    ((*RULE, "src"), DELETE, FIRST),
    ((*RULE, "hold"), ["HOLD_EVERYTHING"], f"{FIRST}.hold[0]"),
    ((*RULE, "ask"), ["pvr"], f"{FIRST}.ask[0]"),
    ((*RULE, "ask"), ["pvr_ml", "pvr_ml"], f"{FIRST}.ask[1]"),
    ((*RULE, "route"), "taxi", f"{FIRST}.route"),
    ((*RULE, "tier"), "ROUTINE", f"{FIRST}.tier"),
    ((*RULE, "mark"), "guessed", f"{FIRST}.mark"),
    ((*RULE, "within"), "now", f"{FIRST}.within"),
    ((*RULE, "review_days"), 3, f"{FIRST}.review_days"),
    ((*RULE, "surgical_indication"), "yes", f"{FIRST}.surgical_indication"),
    ((*RULE, "title"), " ", f"{FIRST}.title"),
    ((*RULE, "id"), 7, "rules[0].id"),
    ((*RULE, "id"), "RF-CES-2", "rules[1].id"),
    (("rules", 2, "within"), DELETE, "rules.RF-CES-2b.within"),
    (("rules", 2, "within"), "tomorrow", "rules.RF-CES-2b.within"),
    (("rules", 6, "review_days"), 0, "rules.RF-CES-6.review_days"),
    (("rules",), {}, "rules"),
    (("meta", "status"), "approved", "meta.status"),
    (("meta", "status"), "clinician_reviewed", "meta.status"),
    (("meta", "status"), "retired", "meta.status"),
    (("meta", "status"), "fine", "meta.status"),
    (("meta", "approvals"), [{"role": "janitor", "name": "A", "date": "x"}], "meta.approvals[0]"),
    (("meta", "version"), 3, "meta.version"),
    (("meta", "mood"), "good", "meta"),
    (("meta", "semantics", "ceiling_ignores"), ["sax"], "meta.semantics.ceiling_ignores[0]"),
    (("meta", "semantics", "ceiling_ignores"), DELETE, "meta.semantics"),
    (("meta", "semantics", "context_default"), DELETE, "meta.semantics.context_default"),
    (
        ("meta", "semantics", "context_default"),
        {"age": "present"},
        "meta.semantics.context_default",
    ),
    (("meta", "semantics", "context_default", "spine_pain"), "absent", "meta.semantics.context"),
    (("tiers", "URGENT", "rank"), 3, "tiers.URGENT.rank"),
    (("tiers", "URGENT", "limits"), [], "tiers.URGENT.limits"),
    (("tiers", "SAME_DAY", "limit_basis", "same_day"), ["x"], "tiers.SAME_DAY.limit_basis"),
    (("tiers", "NONE"), DELETE, "tiers"),
    (("clarification", "clarify_within_minutes", "otherwise"), 0, "clarification.clarify_within"),
    (("clarification", "if_unanswered_in_time", "symptom_or_sign_fields"), ["x"], "clarification"),
    (("fields", "age", "type"), "years", "fields.age.type"),
    (("fields", "age", "unit"), "moons", "fields.age.unit"),
    (("fields", "age", "values"), ["old"], "fields.age.values"),
    (("fields", "age", "name"), DELETE, "fields.age"),
    (("fields", "age", "range"), [9, 1], "fields.age.range"),
    (("fields", "age", "range"), [9], "fields.age.range"),
    (("fields", "age", "derived"), True, "fields.age.derived"),
    (("fields", "age", "derived"), "maybe", "fields.age.derived"),
    (("fields", "age", "explains_away"), True, "fields.age.explains_away"),
    (("fields", "sex", "values"), DELETE, "fields.sex.values"),
    (("fields", "sex", "unit"), "mm", "fields.sex.unit"),
    (("fields", "mjoa_drop"), DELETE, "fields"),
    (("fields", "age"), 7, "fields.age"),
    (("fields", 7), {}, "fields"),
    (("hold_sets", "HOLD_NEURAXIAL", "acts"), ["dance"], "hold_sets.HOLD_NEURAXIAL.acts[0]"),
    (("hold_sets", "HOLD_NEURAXIAL", "includes"), ["HOLD_NEURAXIAL"], "hold_sets.HOLD_NEURAXIAL"),
    (("hold_sets", "HOLD_NEURAXIAL", "enforced"), "yes", "hold_sets.HOLD_NEURAXIAL.enforced"),
    (("hold_sets", "HOLD_NEURAXIAL", "release_by"), "", "hold_sets.HOLD_NEURAXIAL.release_by"),
    (("hold_sets", "HOLD_NEURAXIAL", "exempt", 0, "when_rule"), "RF-0", "hold_sets.HOLD_NEURAXIAL"),
    (("hold_sets", "HOLD_ABX", "gone_at_once_with"), ["x"], "hold_sets.HOLD_ABX.gone"),
    (("procedures", "mild", "aliases"), ["esi"], "procedures.mild.aliases"),
    (("procedures", "mild", "held_as"), ["mild", "mild2"], "procedures.mild.held_as"),
    (("procedures", "mild"), DELETE, "hold_sets.HOLD_NEURAXIAL.acts"),
    (("acts", "routine_scheduling"), DELETE, "hold_sets.HOLD_ALL_ELECTIVE.acts"),
    (("coded_holds", "EMERGENCY"), ["HOLD_X"], "coded_holds.EMERGENCY[0]"),
    (("icd10cm", "nonsense"), {"d": "x", "weight": "context", "sets": []}, "icd10cm.nonsense"),
    (("icd10cm", "G83.4", "weight"), "heavy", "icd10cm.G83.4.weight"),
    (("icd10cm", "G83.4", "tier"), DELETE, "icd10cm.G83.4.tier"),
    (("icd10cm", "G83.4", "tier"), "HIGH", "icd10cm.G83.4.tier"),
    (("icd10cm", "G83.4", "sets"), ["flare_of_known_pain"], "icd10cm.G83.4.sets[0]"),
    (("icd10cm", "G83.4", "sets"), ["pvr_ml"], "icd10cm.G83.4.sets[0]"),
    (("icd10cm", "G83.4", "never_raises"), True, "icd10cm.G83.4.sets"),
    (("sources", "tlics", "m"), True, "sources.tlics"),
    (("sources", "tlics", "s"), "yes", "sources.tlics.s"),
    (("sources", "tlics"), DELETE, "rules.RF-FX-1.src"),
    (("routes", "default"), "anywhere", "routes.default"),
    (("routes", "texts", "pain_physician_first", "emergency"), "", "routes.texts.pain_physician"),
    (("ces_items",), ["pvr_ml"], "ces_items[0]"),
    (("key_myotomes",), "L5", "key_myotomes"),
    (("sources",), DELETE, "document"),
]


@pytest.mark.parametrize(("path", "value", "place"), FAULTS, ids=lambda part: str(part)[:60])
def test_a_fault_is_refused_with_its_place(path, value, place):
    with pytest.raises(RuleSetError) as refused:
        load_rule_set(corrupted(path, value))
    assert str(refused.value).startswith(place)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        (RULES_TEXT.replace("    tier: EMERGENCY\n", "    tier: EMERGENCY\n" * 2, 1), "line "),
        (f"? [a, b]\n: 1\n{RULES_TEXT}", "line 1"),
        ("a: [", "document"),
        ("- a", "document"),
    ],
    ids=["key twice", "key no text", "no yaml", "no mapping"],
)
def test_a_document_that_is_no_rule_set_is_refused(text, place):
    with pytest.raises(RuleSetError, match=f"^{place}"):
        load_rule_set(text)


def approved(roles):
    raw = deepcopy(RAW)
    raw["meta"]["status"] = "approved"
    raw["meta"]["clinician_reviewed_by"] = ["A. Physician"]
    raw["meta"]["approvals"] = [
        {"role": role, "name": "A. Physician", "date": "2027-01-01"} for role in roles
    ]
    return written(raw)


def test_approved_needs_every_approval():
    required = RAW["meta"]["approvals_required"]
    assert load_rule_set(approved(required)).approval_notice.startswith("These rules are approved")
    with pytest.raises(RuleSetError, match=r"^meta\.status: approved, but"):
        load_rule_set(approved(required[1:]))


def test_our_rules_are_a_draft_that_nobody_reviewed():
    assert (RULESET.status, RULESET.version) == ("draft_unreviewed", "0.3.0-draft")
    assert "No clinician has reviewed them" in RULESET.approval_notice
    assert len(RULESET.rules) == 52
    assert len(RULESET.fields) == 126


def test_rules_run_from_the_most_urgent_down():
    tiers = [rule.tier for rule in RULESET.rules]
    assert tiers == sorted(tiers, reverse=True)
    assert [tier.name for tier in sorted(Tier)] == list(reversed(RAW["tiers"]))
