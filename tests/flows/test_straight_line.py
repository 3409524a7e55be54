"""One emergency, from the sender's system to "safe", through the real API and real sockets."""

import re
from datetime import UTC, date, datetime, timedelta

import pytest

from referrals.services.practices import register_emergency_department
from tests import factories as make

BODY = {
    "to": {"specialty": "spine"},
    "patient": {"family_name": "DEMO Canary", "demo": True},
    "findings": make.CAUDA_EQUINA,
    "reason_code": "RED_FLAG",
}
PLAN = {
    "disposition": "emergency_department", "clinician": "Dr DEMO", "place": "DEMO Hospital",
    "at": (datetime.now(UTC) + timedelta(minutes=30)).isoformat(timespec="seconds"),
}  # fmt: skip
REACHED = {
    "reached": True, "understood": True, "transport": "ambulance",
    "destination": "emergency_department",
}  # fmt: skip
HANDOVER = {"ed_name": "DEMO Hospital", "spoke_to": "RN DEMO", "call_back": "+15550001111"}


def by(office):
    return {"by": str(office.clinician.uuid)}


@pytest.fixture
def emergency(cast, client_of, run_engine):
    created = client_of(cast.pain).send("/api/v1/referrals", BODY)
    assert created.status_code == 201, created.content
    run_engine()
    return created.json()


def test_the_answer_begins_with_what_to_do_and_says_why(emergency):
    assert next(iter(emergency)) == "emergency_instruction"
    assert "emergency department" in emergency["emergency_instruction"]
    assert emergency["tier"] == "EMERGENCY"
    flag = emergency["red_flags"][0]
    assert flag["rule"] == "RF-CES-1"
    assert flag["sources"]
    assert "No clinician" in emergency["ruleset"]["notice"]
    assert "/patient/payer" in {question["field"] for question in emergency["questions"]}


def test_both_sides_are_told_over_the_network_without_patient_facts(cast, emergency, sandbox):
    told = sandbox.record.after(0)
    assert {message.channel for message in told} == {"email", "sms"}
    everything = " ".join(message.body + str(message.details) for message in told)
    assert emergency["reference"] in everything
    assert "Canary" not in everything
    assert "cauda" not in everything.lower()


def test_a_red_flag_is_routed_with_a_reason_and_its_obligations_stand(cast, client_of, emergency):
    standing = client_of(cast.pain).get(f"{emergency['links']['self']}/coordination").json()
    assert standing["asks"][0]["practice"] == cast.spine.practice.name
    assert "on call" in standing["asks"][0]["reason"]
    owed = {(o["kind"], o["specialty"]) for o in standing["obligations"]}
    assert owed == {
        ("acknowledge", "pain"), ("acknowledge", "spine"), ("plan", "spine"),
        ("patient", "pain"), ("ed_handover", "pain"),
    }  # fmt: skip


def test_a_case_is_safe_only_when_both_acknowledged_and_the_plan_is_on_record(
    cast, client_of, emergency, run_engine
):
    pain, spine = client_of(cast.pain), client_of(cast.spine)
    here = emergency["links"]["self"]
    acts = (
        (pain, "acknowledgement", by(cast.pain)),
        (spine, "acceptance", by(cast.spine) | {"plan": PLAN}),
        (pain, "patient-contact", by(cast.pain) | REACHED),
        (pain, "ed-handover", by(cast.pain) | HANDOVER),
        (pain, "arrival", by(cast.pain) | {"outcome": "arrived"}),
    )
    for client, act, body in acts:
        assert pain.get(here).json()["safe_at"] is None
        assert client.send(f"{here}/{act}", body).status_code == 200, act
    referral = pain.get(here).json()
    assert referral["safe_at"] is not None
    assert referral["to"]["name"] == cast.spine.practice.name

    run_engine()
    final = pain.get(f"{here}/coordination").json()
    # The next step, which can wait, has its clock from now on.
    (step,) = [o for o in final["obligations"] if o["state"] != "answered"]
    assert (step["kind"], step["state"]) == ("visit", "running")
    assert final["alert"]["closed_by"] == str(cast.pain.clinician)
    told = {event["kind"] for event in pain.get(f"{here}/timeline").json()["events"]}
    assert told >= {
        "referral.submitted", "referral.asked", "alert.opened", "obligation.rung_fired",
        "delivery.sent", "referral.acknowledged", "referral.accepted",
        "referral.patient_contacted", "referral.handed_over", "referral.arrival_recorded",
        "alert.closed",
    }  # fmt: skip


def test_the_link_of_a_message_acknowledges_and_opening_it_does_not(
    cast, client_of, emergency, sandbox
):
    text = next(m.body for m in sandbox.record.after(0) if m.channel == "sms")
    link = re.search(r"/a/[0-9A-Z]{16}", text).group()
    visitor = client_of(cast.pain).__class__()
    coordination = f"{emergency['links']['self']}/coordination"
    before = client_of(cast.pain).get(coordination).json()
    for _ in range(20):
        page = visitor.get(link)
        assert page.status_code == 200
    assert client_of(cast.pain).get(coordination).json() == before
    assert len(page.content) < 15_000
    answer_by = re.search(r"by (\w{3} \d\d:\d\d)", text).group(1)
    assert answer_by in page.content.decode()
    assert "Canary" not in page.content.decode()

    answered = visitor.post(link, {"answer": "seen"})
    assert answered.status_code == 200
    after = client_of(cast.pain).get(coordination).json()
    via = {o["answered_via"] for o in after["obligations"] if o["kind"] == "acknowledge"}
    assert "link" in via


def test_whoever_passes_has_the_next_practice_asked_at_once(
    cast, client_of, emergency, run_engine, sandbox
):
    here = emergency["links"]["self"]
    before = len(sandbox.record.after(0))
    passed = client_of(cast.spine).send(
        f"{here}/pass", by(cast.spine) | {"reason_code": "IN_THEATRE"}
    )
    assert passed.status_code == 200, passed.content
    run_engine()
    standing = client_of(cast.pain).get(f"{here}/coordination").json()
    assert [ask["practice"] for ask in standing["asks"]] == [
        cast.spine.practice.name, cast.other_spine.practice.name,
    ]  # fmt: skip
    assert len(sandbox.record.after(before)) >= 2
    assert client_of(cast.other_spine).get(here).status_code == 200


def test_an_outsider_sees_and_does_nothing(cast, client_of, emergency):
    outsider, here = client_of(cast.outsider), emergency["links"]["self"]
    for path in ("", "/timeline", "/assessments", "/coordination"):
        assert outsider.get(here + path).status_code == 404
    for act in ("acknowledgement", "acceptance", "findings"):
        assert outsider.send(f"{here}/{act}", by(cast.outsider)).status_code == 404
    assert outsider.get("/api/v1/referrals").json()["referrals"] == []


def test_milder_findings_later_leave_the_emergency_instruction_standing(cast, client_of, emergency):
    findings = {"urinary_retention": "absent", "saddle_sensory_change": "absent"}
    pain, here = client_of(cast.pain), emergency["links"]["self"]
    later = pain.send(f"{here}/findings", {"findings": findings}).json()
    assert later["tier"] == "EMERGENCY"
    assert later["emergency_instruction"] == emergency["emergency_instruction"]


def test_the_emergency_department_of_the_senders_directory_stands_in_the_answer(cast, client_of):
    register_emergency_department(
        cast.pain.practice, ed_name="DEMO Hospital", ed_phone="+15550001111",
        mri_around_the_clock=True, spine_cover="DEMO", transfer_agreement=True,
        reviewed_at=date(2026, 11, 1),
    )  # fmt: skip
    referral = client_of(cast.pain).send("/api/v1/referrals", BODY).json()
    assert referral["emergency_department"]["phone"] == "+15550001111"
    mild = client_of(cast.pain).send("/api/v1/referrals", BODY | {"findings": {}}).json()
    assert mild["emergency_department"] is None


def test_a_rule_that_cannot_be_written_is_not_found(cast, client_of, emergency):
    body = by(cast.pain) | {"resolution": "treated", "basis": "MRI", "on": "2026-11-24"}
    path = f"{emergency['links']['self']}/red-flags/%00/resolution"
    assert client_of(cast.pain).send(path, body).status_code == 404


def test_the_timeline_begins_with_the_submission(cast, client_of):
    named = BODY | {"to": {"practice": str(cast.spine.practice.uuid)}}
    here = client_of(cast.pain).send("/api/v1/referrals", named).json()["links"]["self"]
    events = client_of(cast.pain).get(f"{here}/timeline").json()["events"]
    assert [event["kind"] for event in events] == ["referral.submitted", "referral.asked"]
