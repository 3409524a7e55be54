"""Impossible dates, values out of range and missing units are refused by name of their place."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests import factories as make
from tests.referrals.api.problems import pointers, problem_of, rows_of_all_tables
from tests.walls import routes

TO_SPINE = {"to": {"specialty": "spine"}}
IMPOSSIBLE = {
    "/patient/birth_date": [
        "2027-02-30", "2999-01-01", "0001-01-01", "9999-12-31", "1850-01-01", "1970-13-01",
        "1970-02-29", "28.02.1970", "1970-02-28T10:00:00Z", "", "\u0662000-01-01",
    ],
    "/patient/phone": ["555-1234", "+0123456789", "+1", "tel:+15550001111", "+1555000111\uff11"],
    "/patient/sex": ["F", "", "Female"],
    "/patient/family_name": ["x" * 81],
    "/patient/payer": ["x" * 81],
    "/patient/mrn": ["x" * 41],
    "/call_back": ["999", "x" * 300],
    "/reason_code": ["red_flag", "", "NOPE"],
    "/clinical_question": ["x" * 301],
    "/notes/0": ["x" * 16_385],
    "/by": ["nobody", "00000000-0000-4000-8000-000000000000", ""],
    "/findings/temp_c": [
        {"value": 38.4}, {"unit": "Cel"}, {"value": 29, "unit": "Cel"},
        {"value": 101.0, "unit": "Cel"}, {"value": 38, "unit": "K"}, {"value": "38", "unit": "Cel"},
        {"value": True, "unit": "Cel"}, {"value": 1e308, "unit": "Cel"},
        {"value": 38, "unit": "Cel", "x": 1}, 38.4,
    ],
    "/findings/motor_onset_days": [-1, 1.5, "3", {"value": 3, "unit": "d"}],
    "/findings/deficit_onset_at": [
        "2026-02-30T10:00:00Z", "2026-02-03T10:00:00", "yesterday", 1, "0001-01-01T00:00:00+14:00",
    ],
    "/findings/saddle_sensory_change": ["yes", "", "PRESENT", True],
    "/findings/escc_grade": ["4", 1],
    "/findings/mrc_myotomes": [[], "L5", {"nothing": 3}],
    "/findings/no_such_finding": ["present"],
    "/codes/0/code": ["M48.0621234", "48", "", "M48 062"],
    "/codes/0/as": ["problem"],
}  # fmt: skip


def body_with(pointer, value):
    inner = value
    for step in reversed(pointer.split("/")[1:]):
        inner = [inner] if step == "0" else {step: inner}
    if pointer.startswith("/codes/0/"):
        whole = {"code": "M48.062", "as": "reason"}
        inner = {"codes": [whole | inner["codes"][0]]}
    return TO_SPINE | inner


@pytest.mark.parametrize("pointer", IMPOSSIBLE)
def test_an_impossible_value_is_refused_by_its_pointer(cast, client_of, pointer):
    client, before = client_of(cast.pain), rows_of_all_tables()
    for value in IMPOSSIBLE[pointer]:
        told = problem_of(client.send("/api/v1/referrals", body_with(pointer, value)), 400)
        named = pointers(told)
        assert any(p == pointer or p.startswith(pointer + "/") for p in named), (value, named)
    assert rows_of_all_tables() == before


def test_a_measured_value_without_its_unit_says_so(cast, client_of):
    body = body_with("/findings/temp_c", 38.4)
    told = problem_of(client_of(cast.pain).send("/api/v1/referrals", body), 400)
    assert told["errors"][0]["code"] == "missing_unit"


@pytest.mark.parametrize(
    "at",
    ["2027-02-30T10:00:00Z", "0001-01-01T00:00:00Z", "0001-01-01T00:00:00+14:00",
     "9999-12-31T23:59:59Z",
     "9999-12-31T23:59:59-14:00", "2026-11-24T12:00:00", "2026-11-24", "now", ""],
)  # fmt: skip
def test_an_impossible_time_of_a_plan_is_refused(cast, client_of, at):
    case = routes.make_case(cast)
    pattern = f"{routes.HERE}/plan"
    body = routes.valid_body(pattern, cast, cast.spine)
    body["plan"]["at"] = at
    path = routes.all_routes()[pattern].path(case)
    assert pointers(problem_of(client_of(cast.spine).send(path, body), 400)) == ["/plan/at"]


@pytest.mark.parametrize(
    ("to", "pointer"),
    [
        ({}, "/to"),
        ({"specialty": "pain"}, "/to"),
        ({"specialty": "coordination"}, "/to/specialty"),
        ({"practice": "00000000-0000-4000-8000-000000000000"}, "/to/practice"),
        ({"practice": "00000000-0000-4000-8000-000000000000", "specialty": "spine"}, "/to"),
    ],
)
def test_a_referral_to_nowhere_is_refused(cast, client_of, to, pointer):
    told = problem_of(client_of(cast.pain).send("/api/v1/referrals", {"to": to}), 400)
    assert pointers(told) == [pointer]


def test_nobody_speaks_for_a_person_of_another_practice(cast, client_of):
    stranger = TO_SPINE | {"by": str(cast.spine.clinician.uuid)}
    told = problem_of(client_of(cast.pain).send("/api/v1/referrals", stranger), 400)
    assert pointers(told) == ["/by"]


FACTS = ("family_name", "given_name", "birth_date", "phone", "payer")


@pytest.mark.parametrize("missing", FACTS)
def test_a_missing_fact_of_the_patient_becomes_a_question_and_blocks_nothing(
    cast, client_of, missing
):
    patient = {name: value for name, value in routes.PATIENT.items() if name != missing}
    made = send_emergency(cast, client_of, {"patient": patient})
    asked = {question["field"] for question in made["questions"]}
    assert f"/patient/{missing}" in asked
    assert not asked & {f"/patient/{name}" for name in FACTS if name != missing}


@pytest.mark.parametrize(
    "given",
    [{}, {"patient": {}}, {"patient": {"family_name": "", "payer": "", "phone": ""}}],
)  # fmt: skip
def test_a_patient_without_anything_blocks_no_red_flag(cast, client_of, given):
    made = send_emergency(cast, client_of, given)
    asked = {question["field"]: question for question in made["questions"]}
    assert asked.keys() >= {f"/patient/{name}" for name in FACTS}
    assert asked.keys() >= {"/call_back", "/reason_code", "/clinical_question"}
    assert all(question["due_at"] for question in asked.values())


def send_emergency(cast, client_of, given):
    made = client_of(cast.pain).send(
        "/api/v1/referrals", TO_SPINE | {"findings": make.CAUDA_EQUINA} | given
    )
    assert made.status_code == 201, made.content
    assert made.json()["tier"] == "EMERGENCY"
    return made.json()


def test_what_was_not_known_of_a_patient_is_learned_and_what_was_known_stays(cast, client_of):
    first = send_emergency(cast, client_of, {"patient": {"mrn": "7", "family_name": "A"}})
    again = send_emergency(
        cast, client_of, {"patient": {"mrn": "7", "family_name": "a", "payer": "P", "sex": "male"}}
    )
    assert again["patient"]["id"] == first["patient"]["id"]
    assert again["patient"] | {"payer": None, "sex": "unknown"} == first["patient"]
    assert (again["patient"]["payer"], again["patient"]["sex"]) == ("P", "male")


@pytest.mark.parametrize("other", [{"family_name": "B"}, {"birth_date": "1950-01-02"}])
def test_a_record_number_sent_with_another_name_makes_nobody_into_somebody_else(
    cast, client_of, other
):
    known = {"mrn": "7", "family_name": "A", "birth_date": "1950-01-01"}
    first = send_emergency(cast, client_of, {"patient": known})
    again = send_emergency(cast, client_of, {"patient": known | other})
    assert again["patient"]["id"] != first["patient"]["id"]
    assert again["patient"]["mrn"] == "7"
    asked = {question["field"]: question["text"] for question in again["questions"]}
    assert "another name" in asked["/patient/mrn"]


NAMES = st.sampled_from(
    [
        *("to", "patient", "findings", "codes", "by", "plan", "at", "basis", "value", "unit"),
        *("specialty", "birth_date", "notes", "temp_c", "mrc_myotomes", "reason_code", "code"),
        *("as", "non_field_errors", ""),
    ]
)
LEAVES = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8) | st.sampled_from(["spine", "present", "Cel", "2026-11-23T10:00:00Z"])
)  # fmt: skip
JSON = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES | st.text(max_size=4), inner),
    max_leaves=12,
)
BODIES = st.dictionaries(NAMES | st.text(max_size=4), JSON, max_size=6)


@pytest.fixture
def case(cast):
    return routes.make_case(cast)


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(body=BODIES)
def test_no_json_whatever_makes_any_post_fail(cast, client_of, case, body):
    for pattern in routes.posts():
        path = routes.all_routes()[pattern].path(case)
        answer = client_of(cast.spine).send(path, body, Idempotency_Key=f"k-{pattern}"[:60])
        assert answer.status_code < 500, (pattern, body, answer.content)
        if answer.status_code >= 400:
            problem_of(answer, answer.status_code)
