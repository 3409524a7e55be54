"""What may be sent, what is refused, and where the refusal points."""

from collections import UserDict

import pytest

from referrals.clinical import FindingsError, assess, read_submission


def problems(raw, coded=(), **options):
    with pytest.raises(FindingsError) as refused:
        read_submission(raw, coded, **options)
    assert refused.value.problems[0].pointer in str(refused.value)
    return [(problem.pointer, problem.code) for problem in refused.value.problems]


REFUSED = [
    ({"pvr": 3}, "/findings/pvr", "unknown_field"),
    ({3: 3}, "/findings/3", "unknown_field"),
    ({"a/b~c": 3}, "/findings/a~1b~0c", "unknown_field"),
    ({"x" * 500: 3}, f"/findings/{'x' * 80}", "unknown_field"),
    ({"foot_drop": True}, "/findings/foot_drop", "unknown_value"),
    ({"foot_drop": "yes"}, "/findings/foot_drop", "unknown_value"),
    ({"foot_drop": "Present"}, "/findings/foot_drop", "unknown_value"),
    ({"foot_drop": None}, "/findings/foot_drop", "null"),
    ({"mrc_myotomes": None}, "/findings/mrc_myotomes", "null"),
    ({"foot_drop": -(10**5000)}, "/findings/foot_drop", "unknown_value"),
    ({"foot_drop": ["present"]}, "/findings/foot_drop", "unknown_value"),
    ({"sex": "F"}, "/findings/sex", "unknown_value"),
    ({"escc_grade": 3}, "/findings/escc_grade", "unknown_value"),
    ({"age": 70.5}, "/findings/age", "not_a_number"),
    ({"age": "70"}, "/findings/age", "not_a_number"),
    ({"age": True}, "/findings/age", "not_a_number"),
    ({"age": -1}, "/findings/age", "out_of_range"),
    ({"age": {"value": 3, "unit": "a"}}, "/findings/age", "not_a_number"),
    ({"age": 10**400}, "/findings/age", "not_a_number"),
    ({"age": float("nan")}, "/findings/age", "not_a_number"),
    ({"pvr_ml": float("inf")}, "/findings/pvr_ml", "not_a_number"),
    ({"pvr_ml": 3001}, "/findings/pvr_ml", "out_of_range"),
    ({"pvr_ml": {"value": 4, "unit": "L"}}, "/findings/pvr_ml", "out_of_range"),
    ({"pvr_ml": {"value": 4}}, "/findings/pvr_ml", "wrong_type"),
    ({"pvr_ml": {"value": 4, "unit": "mL", "x": 1}}, "/findings/pvr_ml", "wrong_type"),
    ({"pvr_ml": {"value": "4", "unit": "mL"}}, "/findings/pvr_ml", "not_a_number"),
    ({"pvr_ml": {"value": 4, "unit": "mg/L"}}, "/findings/pvr_ml", "unknown_unit"),
    ({"pvr_ml": {"value": 4, "unit": 4}}, "/findings/pvr_ml", "unknown_unit"),
    ({"crp_mg_l": {"value": 1.7e308, "unit": "mg/dL"}}, "/findings/crp_mg_l", "not_a_number"),
    ({"tlics": 0}, "/findings/tlics", "out_of_range"),
    ({"current_location": 3}, "/findings/current_location", "wrong_type"),
    ({"current_location": "a\0"}, "/findings/current_location", "bad_character"),
    ({"current_location": "\ud800"}, "/findings/current_location", "bad_character"),
    ({"current_location": "a" * 2001}, "/findings/current_location", "too_long"),
    ({"procedure_at": "2026-11-23T10:00:00"}, "/findings/procedure_at", "bad_timestamp"),
    ({"procedure_at": "yesterday"}, "/findings/procedure_at", "bad_timestamp"),
    ({"procedure_at": 1700000000}, "/findings/procedure_at", "bad_timestamp"),
    ({"procedure_at": "0001-01-01T00:00:00+23:00"}, "/findings/procedure_at", "bad_timestamp"),
    ({"mrc_myotomes": [3]}, "/findings/mrc_myotomes", "wrong_type"),
    ({"mrc_myotomes": {"L9_R": {"grade": 3}}}, "/findings/mrc_myotomes/L9_R", "unknown_value"),
    ({"mrc_myotomes": {"L5": {"grade": 3}}}, "/findings/mrc_myotomes/L5", "unknown_value"),
    ({"mrc_myotomes": {5: {"grade": 3}}}, "/findings/mrc_myotomes/5", "unknown_value"),
    ({"mrc_myotomes": {"L5_R": 3}}, "/findings/mrc_myotomes/L5_R", "wrong_type"),
    ({"mrc_myotomes": {"L5_R": []}}, "/findings/mrc_myotomes/L5_R", "wrong_type"),
    (
        {"mrc_myotomes": {"L5_R": {"date": "2026-11-01"}}},
        "/findings/mrc_myotomes/L5_R",
        "wrong_type",
    ),
    ({"mrc_myotomes": {"L5_R": {"grade": 6}}}, "/findings/mrc_myotomes/L5_R/grade", "out_of_range"),
    (
        {"mrc_myotomes": {"L5_R": {"grade": "5/5"}}},
        "/findings/mrc_myotomes/L5_R/grade",
        "out_of_range",
    ),
    (
        {"mrc_myotomes": {"L5_R": {"grade": True}}},
        "/findings/mrc_myotomes/L5_R/grade",
        "out_of_range",
    ),
    (
        {"mrc_myotomes": {"L5_R": {"grade": 3, "date": "soon"}}},
        "/findings/mrc_myotomes/L5_R/date",
        "bad_timestamp",
    ),
    (
        {"mrc_myotomes": {"L5_R": [{"grade": 3, "date": 3}]}},
        "/findings/mrc_myotomes/L5_R/0/date",
        "bad_timestamp",
    ),
    (
        {"mrc_myotomes": {"L5_R": {"grade": 3, "examiner": "a\0"}}},
        "/findings/mrc_myotomes/L5_R/examiner",
        "wrong_type",
    ),
    (
        {"mrc_myotomes": {"L5_R": [{"grade": 3}, {"grade": 4}]}},
        "/findings/mrc_myotomes/L5_R",
        "missing_date",
    ),
]


def named(part):
    return part[:60] if isinstance(part, str) else ",".join(ascii(name)[:40] for name in part)


@pytest.mark.parametrize(("raw", "pointer", "code"), REFUSED, ids=named)
def test_a_faulty_value_is_refused_where_it_stands(raw, pointer, code):
    assert problems(raw) == [(pointer, code)]


def test_all_problems_are_named_at_once():
    found = problems({"a": 1, "age": -1}, [{"code": "?", "as": "x"}])
    assert [pointer for pointer, _ in found] == [
        "/findings/a", "/findings/age", "/codes/0/as", "/codes/0/code",
    ]  # fmt: skip


def test_findings_are_an_object():
    assert problems(["foot_drop"]) == [("/findings", "wrong_type")]
    assert read_submission(UserDict(foot_drop="present")).values == {"foot_drop": True}


@pytest.mark.parametrize(
    ("name", "value", "unit", "read"),
    [
        ("pvr_ml", 0.35, "L", 350),
        ("pvr_ml", 350, "cc", 350),
        ("temp_c", 100.4, "F", 38.0),
        ("temp_c", 38.4, "°C", 38.4),
        ("temp_c", 101, "[degF]", 38.333333),
        ("crp_mg_l", 3, "mg/dL", 30),
        ("crp_mg_l", 0.3, "mg/dl", 3),
        ("wbc_10e9_l", 11000, "/uL", 11),
        ("wbc_10e9_l", 11, "K/uL", 11),
        ("aaa_max_cm", 39, "mm", 3.9),
        ("dynamic_translation_mm", 0.4, " cm ", 4),
        ("slip_pct", 51, "%", 51),
    ],
)
def test_a_measurement_comes_into_the_unit_of_its_field(name, value, unit, read):
    for required in (True, False):
        given = {name: {"value": value, "unit": unit}}
        submission = read_submission(given, units_required=required)
        assert submission.values == {name: read}
        assert submission.as_given == given


def test_a_bare_measurement_lacks_its_unit_only_where_units_are_required():
    assert read_submission({"crp_mg_l": 12}).values == {"crp_mg_l": 12}
    with pytest.raises(FindingsError, match=r'missing unit: send \{"value": ..., "unit": "mg/L"\}'):
        read_submission({"crp_mg_l": 12}, units_required=True)


def test_times_and_ages_need_no_unit():
    raw = {"ces_onset_days": 3, "hours_since_neuraxial_procedure": 2.5, "age": 70, "mrc_min": 4.33}
    assert read_submission(raw, units_required=True).values == raw


def test_a_whole_number_may_be_written_with_a_point():
    assert repr(read_submission({"age": 70.0}).values["age"]) == "70"


def test_unknown_is_accepted_everywhere_but_in_text():
    raw = {"foot_drop": "unknown", "age": "unknown", "sex": "unknown", "pvr_ml": "unknown",
           "mrc_myotomes": "unknown", "procedure_at": "unknown"}  # fmt: skip
    assert read_submission(raw, units_required=True).values == {}
    assert read_submission({"current_location": "unknown"}).values == {
        "current_location": "unknown"
    }


def test_what_was_given_is_kept_and_not_shared():
    examined = {"L5_R": [{"grade": "4+", "date": "2026-11-01", "examiner": "A"}]}
    submission = read_submission({"mrc_myotomes": examined})
    examined["L5_R"].clear()
    kept = assess(submission).as_given["mrc_myotomes"]["L5_R"]
    assert kept == [{"grade": "4+", "date": "2026-11-01", "examiner": "A"}]


def test_too_many_codes_or_no_list_of_codes_is_refused():
    code = {"code": "M48.062", "as": "reason"}
    assert problems({}, [code] * 201) == [("/codes", "too_many")]
    assert problems({}, "M48.062") == [("/codes", "wrong_type")]
    assert problems({}, [{"code": "M48.062"}]) == [("/codes/0", "wrong_type")]
    assert problems({}, [{"code": 3, "as": "reason"}]) == [("/codes/0/code", "malformed_code")]
