"""What ICD-10-CM codes set, ask and raise, by role and by form."""

import pytest

from referrals.clinical import Tier, assess, read_submission
from tests.referrals.clinical.vectors import RAW


def coded(code, role="reason", raw=None):
    return assess(read_submission(raw or {}, [{"code": code, "as": role}]))


def asked(assessment):
    return {question.field for question in assessment.questions}


@pytest.mark.parametrize("code", RAW["icd10cm"])
def test_no_code_of_the_problem_list_raises_by_itself(code):
    assessment = coded(code, "history")
    assert (assessment.tier, assessment.fired) == (Tier.ROUTINE, ())


@pytest.mark.parametrize("code", RAW["icd10cm"])
def test_a_code_given_as_reason_reaches_at_least_its_tier(code):
    entry = RAW["icd10cm"][code]
    assessment = coded(code)
    assert assessment.tier >= Tier[entry.get("tier", "ROUTINE")]
    by_code = [rule for rule in assessment.fired if rule.id == f"ICD-10-CM {code}"]
    assert len(by_code) == ("tier" in entry)
    for field in entry["sets"] + entry.get("question", []):
        assert field not in asked(assessment)
    assert set(entry.get("ask", [])) <= asked(assessment)


def test_a_strong_code_raises_with_clock_hold_and_notice():
    assessment = coded("G83.4")
    assert assessment.tier is Tier.EMERGENCY
    assert assessment.fired[0].reason.endswith("G83.4 Cauda equina syndrome")
    assert assessment.rules == ("RF-CES-4",)
    assert {hold.id for hold in assessment.holds} == {"HOLD_ALL_ELECTIVE", "HOLD_NEURAXIAL"}
    assert "provisional" in assessment.notices[0]
    assert assessment.codes_as_given == ({"code": "G83.4", "as": "reason"},)


@pytest.mark.parametrize(
    ("code", "within"), [("C79.51", "24h"), ("M46.26", "now"), ("M51.04", "now"), ("G97.1", "now")]
)
def test_a_same_day_code_takes_the_clock_of_the_rules_it_fires(code, within):
    assert coded(code).within == within


def test_a_benign_statement_does_not_silence_a_code():
    raw = {"imaging_tumour_benign_stated": "present"}
    assert coded("C79.51", raw=raw).tier is Tier.SAME_DAY


def test_a_question_code_is_asked_from_the_list_and_set_as_reason():
    listed = coded("R33.8", "history")
    assert "urinary_retention" in asked(listed)
    assert any("ICD-10-CM R33.8" in question.why for question in listed.questions)
    assert coded("R33.8").tier is Tier.EMERGENCY
    answered = coded("R33.8", "history", {"urinary_retention": "absent"})
    assert "urinary_retention" not in asked(answered)


def test_a_lasting_risk_counts_from_the_problem_list():
    raw = {"spine_pain_new_or_worse": "present"}
    assert coded("Z85.3", "history", raw).tier is Tier.URGENT
    assert coded("C79.51", "history", raw).rules == ("RF-TUM-5",)
    assert "imaging_spinal_tumour" in asked(coded("C79.51", "history", raw))


def test_a_code_outranks_an_absent_finding_and_shows_the_conflict():
    assessment = coded("G06.1", raw={"imaging_epidural_abscess": "absent"})
    assert "RF-INF-1" in assessment.rules
    assert [(c.field, c.used) for c in assessment.conflicts[:1]] == [
        ("imaging_epidural_abscess", "present")
    ]


@pytest.mark.parametrize(
    ("code", "tier"),
    [
        ("g834", Tier.EMERGENCY),
        (" G83.4 ", Tier.EMERGENCY),
        ("S34.3XXB", Tier.EMERGENCY),
        ("S34.3XXD", Tier.ROUTINE),
        ("S34.3XXS", Tier.ROUTINE),
        ("S343XXA", Tier.EMERGENCY),
        ("Z03.89", Tier.ROUTINE),
        ("Z80.8", Tier.ROUTINE),
        ("M54.50", Tier.ROUTINE),
        ("G95.2", Tier.EMERGENCY),
        ("S32.0", Tier.URGENT),
        ("G83", Tier.ROUTINE),
        ("R33", Tier.EMERGENCY),
    ],
)
def test_a_code_is_read_in_its_forms(code, tier):
    assert coded(code).tier is tier


def test_a_later_encounter_is_asked_about():
    assert "new_neuro_deficit" in asked(coded("S34.3XXD"))


@pytest.mark.parametrize("code", RAW["non_billable_traps"])
def test_an_unfinished_code_is_warned_about(code):
    assert f"{code} is not a complete code" in " ".join(coded(code).notices)


@pytest.mark.parametrize("code", ["M48.062", "M54.50", "M51.360", "B20"])
def test_a_complete_code_is_not_warned_about(code):
    assert "complete" not in " ".join(coded(code).notices)


def test_an_unfinished_aneurysm_code_still_counts():
    assessment = coded("I71.4", raw={"spine_pain_new_or_worse": "present"})
    assert assessment.route == "call_911_not_spine_surgery"
    assert coded("I71.3").tier is Tier.EMERGENCY


@pytest.mark.parametrize(
    "code", ["", "M4", "48.062", "M48.06234", "M48..1", "Ä48.1", "MMM", "M48\n"]
)
def test_a_malformed_code_is_refused(code):
    with pytest.raises(Exception, match="/codes/0/code") as refused:
        coded(code) if code != "M48\n" else coded("M4\n8")
    assert type(refused.value).__name__ == "FindingsError"
