"""A sent referral is corrected by its sender; every version before is kept and shown."""

import pytest
from django.db import ProgrammingError, connection, transaction

from referrals.models import Amendment, Event, Note, Patient, Referral
from tests import factories as make
from tests.cast import role
from tests.referrals.api.problems import pointers, problem_of, rows_of_all_tables
from tests.referrals.api.test_bad_input import RAW, WRONG, places, replaced
from tests.walls import routes


@pytest.fixture
def case(cast):
    return make.make_referral(
        cast.pain.practice, receiver=cast.spine.practice, call_back="+15550001111",
        clinical_question="Is this urgent?", responsible=cast.pain.clinician,
        patient=dict(family_name="DEMO", given_name="Kim", phone="+15550002222", is_demo=True),
    )  # fmt: skip


@pytest.fixture
def elective(cast):
    return make.make_referral(cast.pain.practice, receiver=cast.spine.practice, findings={})


def here(case):
    return f"/api/v1/referrals/{case.uuid}"


def versions(client, case):
    return client.get(f"{here(case)}/versions").json()["versions"]


def test_an_amendment_changes_what_is_named_and_keeps_what_stood_there(cast, client_of, case):
    colleague = make.make_person(cast.pain.practice)
    body = routes.AMENDED | {"by": str(colleague.uuid), "responsible": str(colleague.uuid)}
    shown = client_of(cast.pain).amend(here(case), body).json()
    assert shown["version"] == 2
    assert shown["clinical_question"] == "Is this urgent now?"
    assert shown["reason_code"] == "MYELOPATHY"
    assert {name: shown["patient"][name] for name in body["patient"]} == body["patient"]
    after = Referral.objects.get(pk=case.pk)
    assert (after.call_back, after.responsible) == ("+15550003333", colleague)
    [kept] = versions(client_of(cast.spine), case)
    assert (kept["version"], kept["amended_by"]) == (1, str(colleague))
    assert kept["before"] == {
        "/call_back": "+15550001111", "/clinical_question": "Is this urgent?",
        "/reason_code": "RED_FLAG", "/responsible": str(cast.pain.clinician),
        "/patient/family_name": "DEMO", "/patient/given_name": "Kim", "/patient/birth_date": None,
        "/patient/sex": "unknown", "/patient/phone": "+15550002222", "/patient/payer": "",
    }  # fmt: skip


def test_each_amendment_keeps_its_own_version_and_no_text_is_ever_changed(cast, client_of, case):
    client = client_of(cast.pain)
    for question in ("Second?", "Third?"):
        assert client.amend(here(case), {"clinical_question": question}).status_code == 200
    kept = [(one["version"], one["before"]) for one in versions(client, case)]
    assert kept == [
        (2, {"/clinical_question": "Second?"}), (1, {"/clinical_question": "Is this urgent?"})
    ]  # fmt: skip
    texts = Note.objects.filter(referral=case).order_by("id").values_list("text", flat=True)
    assert list(texts) == ["Is this urgent?", "Second?", "Third?"]
    assert client.get(here(case)).json()["clinical_question"] == "Third?"


def test_an_answered_question_is_not_asked_any_more(cast, client_of, elective):
    client = client_of(cast.pain)
    asked = {question["field"] for question in client.get(here(elective)).json()["questions"]}
    assert {"/call_back", "/clinical_question", "/patient/phone"} <= asked
    shown = client.amend(here(elective), routes.AMENDED, If_Match='"v1"').json()
    still = {question["field"] for question in shown["questions"]}
    assert not still & {"/call_back", "/clinical_question", "/patient/phone"}


def test_what_is_the_same_is_no_amendment(cast, client_of, case):
    same = {"call_back": "+15550001111", "patient": {"given_name": "Kim"}}
    answer = client_of(cast.pain).amend(here(case), same)
    assert answer["ETag"] == '"v1"'
    assert not Amendment.objects.exists()
    assert not Event.objects.filter(kind="referral.amended").exists()


def test_the_event_names_the_fields_and_never_the_values(cast, client_of, case):
    client_of(cast.pain).amend(here(case), {"patient": {"family_name": "Canary"}})
    event = Event.objects.get(referral=case, kind="referral.amended")
    assert event.data["fields"] == ["/patient/family_name"]
    assert "Canary" not in str(event.data)


def test_an_elective_amendment_says_which_version_was_read(cast, client_of, elective):
    client, body = client_of(cast.pain), {"call_back": "+15550009999"}
    problem_of(client.amend(here(elective), body), 428)
    assert problem_of(client.amend(here(elective), body, If_Match='"v9"'), 412)["version"] == 1
    assert client.amend(here(elective), body, If_Match='"v1"')["ETag"] == '"v2"'
    assert problem_of(client.amend(here(elective), body, If_Match='"v1"'), 412)["version"] == 2


def test_nobody_but_the_sender_amends(cast, client_of, case):
    told = problem_of(client_of(cast.spine).amend(here(case), routes.AMENDED), 409)
    assert "amend" not in told["actions"]
    problem_of(client_of(cast.outsider).amend(here(case), routes.AMENDED), 404)


def test_a_repeated_amendment_is_done_once(cast, client_of, case):
    client, headers = client_of(cast.pain), {"Idempotency_Key": "the-same-key"}
    first = client.amend(here(case), {"call_back": "+15550009999"}, **headers)
    again = client.amend(here(case), {"call_back": "+15550009999"}, **headers)
    assert again.content == first.content
    assert again["Idempotent-Replayed"] == "true"
    assert Amendment.objects.count() == 1


def test_all_referrals_of_a_patient_show_what_was_corrected(cast, client_of):
    cases = [
        make.make_referral(cast.pain.practice, patient={"mrn": "M-1", "family_name": "DEMO"})
        for _ in range(2)
    ]
    body = {"patient": {"phone": "+15550009999"}}
    client_of(cast.pain).amend(here(cases[0]), body)
    assert Patient.objects.get().phone == "+15550009999"
    assert client_of(cast.pain).get(here(cases[1])).json()["patient"]["phone"] == "+15550009999"


def test_a_wrong_type_anywhere_is_refused_by_its_pointer(cast, client_of, case):
    whole = routes.AMENDED | {
        "by": str(cast.pain.clinician.uuid), "responsible": str(cast.pain.clinician.uuid)
    }  # fmt: skip
    before = rows_of_all_tables()
    for pointer, value in list(places(whole))[1:]:
        for wrong in WRONG[type(value)]:
            answer = client_of(cast.pain).amend(here(case), replaced(whole, pointer, wrong))
            told = pointers(problem_of(answer, 400))
            assert any(p == pointer or p.startswith(pointer + "/") for p in told), (pointer, wrong)
    assert rows_of_all_tables() == before


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, ""),
        ({"tier": "ROUTINE"}, "/tier"),
        ({"findings": {"foot_drop": "absent"}}, "/findings"),
        ({"patient": {"mrn": "M-2"}}, "/patient/mrn"),
        ({"patient": {"demo": False}}, "/patient/demo"),
        ({"patient": {"birth_date": "2999-01-01"}}, "/patient/birth_date"),
        ({"call_back": "555"}, "/call_back"),
        ({"responsible": "e7fd8fc2-40a5-4ee5-8b46-0a5d2c0f6c39"}, "/responsible"),
        ({"reason_code": "NO_SUCH"}, "/reason_code"),
    ],
)
def test_what_cannot_be_amended_is_named(cast, client_of, case, body, pointer):
    answer = client_of(cast.pain).amend(here(case), body)
    assert pointers(problem_of(answer, 400)) == [pointer]


def test_a_body_that_is_not_one_clear_object_is_refused(cast, client_of, case):
    client = client_of(cast.pain)
    for name, (raw, pointer, code) in RAW.items():
        answer = client.patch(
            here(case), raw, content_type="application/json",
            headers={"Idempotency-Key": "key-of-a-test"},
        )  # fmt: skip
        told = problem_of(answer, 400)["errors"]
        assert [(error["pointer"], error["code"]) for error in told] == [(pointer, code)], name


def test_the_engine_reads_no_version(cast, client_of, case):
    client_of(cast.pain).amend(here(case), {"call_back": "+15550009999"})
    for table in ("referrals_amendment", "referrals_lowering"):
        with (
            role("engine"),
            connection.cursor() as cursor,
            pytest.raises(ProgrammingError, match="permission denied"),
            transaction.atomic(),
        ):
            cursor.execute(f"SELECT 1 FROM {table}")
