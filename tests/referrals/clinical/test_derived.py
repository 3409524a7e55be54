"""Computed facts: formulas, the more severe value, and the conflicts that are shown."""

from datetime import UTC, datetime

import pytest

from referrals.clinical import Tier, assess, read_submission
from referrals.clinical.derived import derive


def facts(raw, **options):
    submission = read_submission(raw)
    return derive(submission.values, submission.examinations, **options).facts


def conflicts(raw):
    return {c.field: (c.given, c.used) for c in assess(read_submission(raw)).conflicts}


@pytest.mark.parametrize(
    ("slip", "grade"),
    [(0, 0), (0.1, 1), (25, 1), (25.1, 2), (50, 2), (51, 3), (75, 3), (76, 4), (100, 4), (101, 5)],
)
def test_the_grade_follows_the_slip(slip, grade):
    assert facts({"slip_pct": slip})["meyerding_grade"] == grade


def test_the_higher_grade_counts():
    assert facts({"slip_pct": 60, "meyerding_grade": 1})["meyerding_grade"] == 3
    assert facts({"slip_pct": 10, "meyerding_grade": 4})["meyerding_grade"] == 4
    assert conflicts({"slip_pct": 10, "meyerding_grade": 4}) == {"meyerding_grade": ("4", "4")}


@pytest.mark.parametrize(
    ("raw", "raised"),
    [
        ({"esr_mm_h": 20}, False),
        ({"esr_mm_h": 21}, True),
        ({"esr_mm_h": 35, "age": 70}, False),
        ({"esr_mm_h": 36, "age": 70, "sex": "male"}, True),
        ({"esr_mm_h": 40, "age": 70, "sex": "female"}, False),
        ({"esr_mm_h": 41, "age": 70, "sex": "female"}, True),
        ({"esr_mm_h": 10, "esr_raised": "present"}, True),
        ({"esr_raised": "absent"}, False),
        ({"age": 70}, None),
    ],
)
def test_the_esr_limit_follows_age_and_sex(raw, raised):
    assert facts(raw).get("esr_raised") is raised


def test_a_region_outranks_an_absent_neck_pain():
    raw = {"pain_region": "neck", "neck_pain": "absent"}
    assert facts(raw)["neck_pain"] is True
    assert conflicts(raw)["neck_pain"] == ("absent", "present")
    assert "neck_pain" not in facts({"pain_region": "lumbar"})


def examined(*grades):
    return {"mrc_myotomes": {"L5_R": [{"grade": g, "date": d} for g, d in grades]}}


@pytest.mark.parametrize(
    ("raw", "fall", "days", "lowest"),
    [
        (examined((5, "2026-10-01"), (4, "2026-11-01")), 1, 31, 4),
        (examined(("4+", "2026-11-01"), ("4-", "2026-11-11")), 0.66, 10, 3.67),
        (examined((4, "2026-10-01"), (5, "2026-11-01")), 0, 31, 5),
        (examined((5, "2026-05-01"), (4, "2026-11-01")), None, None, 4),
        (examined((5, "2026-05-05"), (4, "2026-11-01")), 1, 180, 4),
        # A small fall last week is not hidden by a deep one of half a year.
        (examined((5, "2026-06-01"), ("4+", "2026-11-01"), (4, "2026-11-08")), 0.33, 7, 4),
        (examined((5, "2026-11-01T08:00"), (3, "2026-11-01T17:00")), 2, 0, 3),
        (examined((5, "2026-11-01T08:00:00-08:00"), (3, "2026-11-01T17:00:00Z")), 2, 0, 3),
        (examined((5, "2026-11-01"), (3, "2026-11-01")), None, None, 3),
        ({"mrc_myotomes": {"L5_R": {"grade": 3}}}, None, None, 3),
        ({"mrc_myotomes": {"L5_R": {"grade": 3}, "C5_L": {"grade": 2}}}, None, None, 2),
    ],
)
def test_a_fall_is_measured_between_examinations(raw, fall, days, lowest):
    found = facts(raw)
    assert (found.get("mrc_drop"), found.get("mrc_drop_days"), found["mrc_min"]) == (
        fall,
        days,
        lowest,
    )


def test_the_more_severe_of_entered_and_examined_counts():
    raw = examined((5, "2026-10-01"), ("4+", "2026-10-05"))
    worse = {**raw, "mrc_drop": 1, "mrc_drop_days": 30, "mrc_min": 3}
    assert facts(worse)["mrc_drop"] == 1
    assert facts(worse)["mrc_min"] == 3
    assert conflicts(worse) == {"mrc_drop": ("1", "1"), "mrc_min": ("3", "3")}
    milder = {**raw, "mrc_drop": 0, "mrc_min": 5}
    assert (facts(milder)["mrc_drop"], facts(milder)["mrc_min"]) == (0.67, 4.33)
    assert facts({**raw, "mrc_drop": 1})["mrc_drop_days"] is None
    assert conflicts({**raw, "mrc_drop": 0.67, "mrc_drop_days": 4}) == {}


@pytest.mark.parametrize(
    ("raw", "course"),
    [
        ({"mrc_drop": 1, "mrc_drop_days": 90, "motor_course": "stable"}, "worsening"),
        ({"mrc_drop": 1, "motor_course": "improving"}, "worsening"),
        ({"mrc_drop": 0.33, "mrc_drop_days": 28}, "worsening"),
        ({"mrc_drop": 0.33, "mrc_drop_days": 29, "motor_course": "stable"}, None),
        ({"mrc_drop": 1, "mrc_drop_days": 91, "motor_course": "resolved"}, None),
        ({"mrc_drop": 1, "mrc_drop_days": 91, "motor_course": "new"}, "new"),
        ({"mrc_drop": 0.33, "motor_course": "stable"}, None),
        ({"mrc_drop": 0, "mrc_drop_days": 5, "motor_course": "stable"}, "stable"),
        ({"mrc_drop_days": 5}, None),
    ],
)
def test_a_measured_fall_outranks_the_course(raw, course):
    assert facts(raw).get("motor_course") == course


def test_an_outranked_course_is_a_conflict():
    raw = {"mrc_drop": 1, "mrc_drop_days": 9, "motor_course": "stable"}
    assert conflicts(raw) == {"motor_course": ("stable", "worsening")}
    assert conflicts({**raw, "mrc_drop_days": 99}) == {"motor_course": ("stable", "unknown")}


OLD_WEAKNESS = {"motor_onset_days": 91, "motor_course": "stable"}
OLD_CORD = {"cord_onset_days": 91, "cord_course": "improving"}
OLD_CES = {"ces_onset_days": 91, "ces_course": "resolved"}


@pytest.mark.parametrize(
    ("raw", "new"),
    [
        ({"mrc_drop": 0.33}, True),
        ({"patient_reports_worsening_weakness": "present", **OLD_WEAKNESS}, True),
        ({"mrc_min": 4.9}, True),
        ({"mrc_min": 5}, None),
        ({"mrc_min": 4, **OLD_WEAKNESS}, None),
        ({"mrc_min": 4, "motor_onset_days": 90, "motor_course": "stable"}, True),
        ({"mrc_min": 4, "motor_onset_days": 91, "motor_course": "resolved"}, True),
        ({"mrc_min": 4, "motor_course": "stable"}, True),
        ({"foot_drop": "present"}, True),
        ({"leg_weakness_bilateral": "present", **OLD_WEAKNESS}, None),
        ({"sensory_level": "present"}, True),
        ({"hand_clumsiness": "present", **OLD_CORD}, None),
        ({"gait_disturbance_new": "present", **OLD_WEAKNESS}, True),
        ({"saddle_sensory_change": "present"}, True),
        ({"saddle_sensory_change": "present", "bladder_bowel_baseline_unchanged": "present"}, True),
        ({"anal_tone_reduced": "present", **OLD_CES}, None),
        ({"rectal_fullness_loss": "present", **OLD_CORD}, True),
        ({"urinary_retention": "present"}, True),
        ({"urinary_retention": "present", "bladder_bowel_baseline_unchanged": "present"}, None),
        ({"bowel_incontinence_new": "present", **OLD_CES}, None),
        ({"new_neuro_deficit": "present", "mrc_min": 4}, True),
        ({"new_neuro_deficit": "absent"}, False),
        ({"new_neuro_deficit": "absent", "mrc_min": 4}, True),
        ({}, None),
    ],
)
def test_a_new_deficit_is_derived_fail_safe(raw, new):
    assert facts(raw).get("new_neuro_deficit") is new


BEFORE = {"days_since_neuraxial_procedure": 5, "motor_onset_days": 60, "motor_course": "stable"}


@pytest.mark.parametrize(
    ("more", "before"),
    [
        ({}, True),
        ({"motor_onset_days": 5}, None),
        ({"motor_course": "worsening"}, None),
        ({"mrc_drop": 0.33, "mrc_drop_days": 60}, None),
        ({"patient_reports_worsening_weakness": "present"}, None),
        ({"new_neuro_deficit": "present"}, None),
        ({"deficit_before_procedure": "present"}, True),
        ({"deficit_before_procedure": "absent"}, False),
        ({"deficit_before_procedure": "present", "motor_onset_days": "unknown"}, None),
    ],
)
def test_a_deficit_is_older_than_the_procedure_only_where_everything_shows_it(more, before):
    assert facts({**BEFORE, **more}).get("deficit_before_procedure") is before


def test_moments_stand_instead_of_day_counts():
    times = {"deficit_onset_at": "2026-11-20T08:00:00Z", "procedure_at": "2026-11-20T10:00:00Z"}
    same_day = {**BEFORE, "motor_onset_days": 5, **times}
    assert facts(same_day)["deficit_before_procedure"] is True
    assert "deficit_before_procedure" not in facts({**same_day, "motor_onset_days": 4})
    later = {**same_day, "deficit_onset_at": "2026-11-20T10:00:00Z"}
    assert "deficit_before_procedure" not in facts(later)
    assert facts({"motor_course": "stable", **times})["deficit_before_procedure"] is True


def test_an_entered_older_deficit_never_silences():
    raw = {"days_since_neuraxial_procedure": 1, "mrc_min": 4, "deficit_before_procedure": "present"}
    assert assess(read_submission(raw)).tier is Tier.EMERGENCY
    assert conflicts(raw)["deficit_before_procedure"] == ("present", "unknown")


def test_hours_reach_the_rules_that_count_days():
    assert facts({"hours_since_neuraxial_procedure": 25})["days_since_neuraxial_procedure"] == 1
    given = {"hours_since_neuraxial_procedure": 25, "days_since_neuraxial_procedure": 2}
    assert facts(given)["days_since_neuraxial_procedure"] == 2
    raw = {"hours_since_neuraxial_procedure": 3, "foot_drop": "present"}
    assert "RF-PP-1" in assess(read_submission(raw)).rules


def test_the_time_since_the_procedure_needs_the_present_time():
    raw = {"procedure_at": "2026-11-20T10:00:00-08:00", "foot_drop": "present"}
    now = datetime(2026, 11, 23, 18, tzinfo=UTC)
    assert "days_since_neuraxial_procedure" not in facts(raw)
    assert facts(raw, now=now)["hours_since_neuraxial_procedure"] == 72
    assert "RF-PP-1" in assess(read_submission(raw), now=now).rules
    assert "days_since_neuraxial_procedure" not in facts(raw, now=datetime(2026, 1, 1, tzinfo=UTC))
    assert facts({"age": 3}, now=now) == {"age": 3}
