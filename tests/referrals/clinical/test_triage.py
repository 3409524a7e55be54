"""Triage lines: every line is answered, a bad one says why, nothing raises."""

import json

import pytest

from referrals.clinical.triage import triage_lines


def triaged(*lines):
    written, warned = [], []
    clean = triage_lines([line if isinstance(line, bytes) else line.encode() for line in lines],
                         written.append, warned.append)  # fmt: skip
    assert all(line.endswith("\n") and line.count("\n") == 1 for line in written)
    return clean, [json.loads(line) for line in written], warned


def test_a_line_is_answered_in_full():
    clean, (answer,), warned = triaged(
        '{"id": 7, "findings": {"pvr_ml": 800}, "codes": [{"code": "Z79.01", "as": "history"}]}'
    )
    assert clean
    assert not warned
    assert answer["id"] == 7
    assert (answer["tier"], answer["possible_tier"]) == ("EMERGENCY", "EMERGENCY")
    assert answer["rules"] == ["RF-CES-1", "RF-CES-7"]
    assert answer["reasons"][0].endswith("bladder scan 800 mL (limit 200)")
    assert answer["holds"] == ["HOLD_ALL_ELECTIVE", "HOLD_NEURAXIAL"]
    assert answer["route"] is None
    assert answer["questions"][:3] == [
        "saddle_sensory_change",
        "anal_tone_reduced",
        "ces_onset_days",
    ]


@pytest.mark.parametrize(
    ("findings", "route"),
    [
        ({"stroke_signs": "present"}, "call_911_not_spine_surgery"),
        ({"stroke_signs": "present", "pvr_ml": 800}, "call_911_not_spine_surgery"),
        (
            {"postural_headache": "present", "days_since_neuraxial_procedure": 2},
            "pain_physician_first",
        ),
        ({}, None),
    ],
)
def test_a_route_is_named_as_in_the_rules(findings, route):
    _, (answer,), _ = triaged(json.dumps({"id": "r", "findings": findings}))
    assert answer["route"] == route


@pytest.mark.parametrize(
    ("line", "shown", "pointer", "code"),
    [
        ("nonsense", None, "", "bad_json"),
        (b"\xff\xfe", None, "", "bad_json"),
        ("[" * 100_000, None, "", "bad_json"),
        ('{"id": "a", "findings": {"age": 1' + "0" * 5000 + "}}", None, "", "bad_json"),
        ("[]", None, "", "wrong_type"),
        ('{"findings": {}}', None, "/id", "missing"),
        ('{"id": null, "findings": {}}', None, "/id", "wrong_type"),
        ('{"id": true, "findings": {}}', None, "/id", "wrong_type"),
        ('{"id": "a"}', "a", "/findings", "missing"),
        ('{"id": "a", "findings": []}', "a", "/findings", "wrong_type"),
        ('{"id": "a", "findings": {}, "codes": null}', "a", "/codes", "wrong_type"),
        ('{"id": "a", "findings": {"zz": 1}}', "a", "/findings/zz", "unknown_field"),
        ('{"id": "a", "findings": {"age": NaN}}', "a", "/findings/age", "not_a_number"),
        ('{"id": "a", "findings": {"age": 1e999}}', "a", "/findings/age", "not_a_number"),
        (
            '{"id": "a", "findings": {"foot_drop": "present", "foot_drop": "absent"}}',
            "a",
            "",
            "repeated_key",
        ),
    ],
    ids=lambda part: ascii(part)[:50],
)
def test_a_bad_line_is_named_and_the_others_are_done(line, shown, pointer, code):
    good = '{"id": "good", "findings": {}}'
    clean, (first, bad, last), _ = triaged(good, line, "  ", good)
    assert not clean
    assert first == last
    assert bad["id"] == shown
    problem = bad["error"]["problems"][0]
    assert (problem["pointer"], problem["code"]) == (pointer, code)
    assert problem["detail"]


def test_an_unknown_key_is_ignored_and_warned_about():
    clean, (answer,), warned = triaged('{"id": "a", "findings": {}, "why": "b"}')
    assert clean
    assert answer["tier"] == "ROUTINE"
    assert warned == ["a: why is no key of a triage line and was ignored\n"]
