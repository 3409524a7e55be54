"""The letter to the emergency department: what it says, what it does not know, who may read it."""

import pytest

from coordination.api.ed_letter import ASSESSMENT, BACKGROUND, LEVELS, NOT_KNOWN, ONSET
from referrals.clinical.ruleset import RULESET
from referrals.models import Access
from tests import factories as make
from tests.coordination import stories as s
from tests.desk import people

FINDINGS = make.CAUDA_EQUINA | {
    "pvr_ml": {"value": 800, "unit": "mL"},
    "ces_onset_days": 1,
    "anticoagulant_or_antiplatelet": "present",
    "cancer_history": "absent",
    "anal_tone_reduced": "unknown",
    "pain_region": "lumbar",
    "mrc_myotomes": {"L5_R": [{"grade": 3, "date": "2026-11-20"}], "S1_L": {"grade": 4}},
}
PATIENT = {
    "family_name": "Canary", "given_name": "Kim", "mrn": "DEMO-1", "phone": "+15550002222",
    "is_demo": True,
}  # fmt: skip


@pytest.fixture
def case(cast, run_engine):
    referral = s.send(
        cast.pain, findings=FINDINGS, patient=PATIENT, call_back="+15550001111",
        receiver=cast.spine.practice,
    )  # fmt: skip
    run_engine()
    return referral


def letter(client, referral):
    answer = client.get(f"/api/v1/referrals/{referral.uuid}/ed-letter")
    assert answer.status_code == 200, answer.content
    return {
        line["what"]: line["value"]
        for section in answer.json()["sections"]
        for line in section["lines"]
    }


def test_it_says_what_is_known_in_words(cast, case, client_of):
    said = letter(client_of(cast.pain), case)
    assert "urinary retention" in said["Finding"]
    assert said["Patient"] == "Canary, Kim"
    assert said["Anticoagulant or antiplatelet"] == "yes"
    assert "800 mL" in said["Bladder, bowel, saddle"]
    assert "L5 R 3 (2026-11-20)" in said["Power, MRC grade by myotome, and when"]
    assert "lumbar" in said["MRI: levels that the findings point to"]
    assert said["Call: Who sent the patient"].startswith("+15550001111")
    mobile = cast.spine.clinician.contact_points.get(channel="sms").address
    assert mobile in said["Call: Spine surgeon"]
    assert ": 1 d" in said["Onset"]


def test_what_is_not_known_is_never_left_out_nor_read_as_no(cast, case, client_of):
    said = letter(client_of(cast.pain), case)
    for label in (
        "Last ate and drank", "Implant: model and MRI conditions",
        "Anticoagulant: which, and last dose", "Procedure, and when", "Born",
    ):  # fmt: skip
        assert said[label] == NOT_KNOWN
    assert "anal" not in said["Bladder, bowel, saddle"].lower()
    assert "S1 L 4 (time not known: ask)" in said["Power, MRC grade by myotome, and when"]
    assert "no" in said["Cancer"]


def test_an_empty_case_has_every_line_all_the_same(cast, run_engine, client_of):
    empty = s.send(cast.pain, findings=make.CAUDA_EQUINA)
    run_engine()
    said = letter(client_of(cast.pain), empty)
    assert {row.label for row in (*BACKGROUND, *ASSESSMENT, ONSET, LEVELS)} <= set(said)
    assert said["Cord"] == NOT_KNOWN


def test_every_finding_of_the_letter_exists():
    named = {name for row in (*BACKGROUND, *ASSESSMENT, ONSET, LEVELS) for name in row.findings}
    assert named <= set(RULESET.fields)


def test_whoever_reads_it_is_in_the_access_log_and_an_outsider_finds_nothing(cast, case, client_of):
    before = Access.objects.count()
    letter(client_of(cast.spine), case)
    assert Access.objects.count() == before + 1
    here = f"/api/v1/referrals/{case.uuid}/ed-letter"
    assert client_of(cast.outsider).get(here).status_code == 404


def test_the_desk_prints_it_and_links_to_it_from_the_handover(cast, case):
    nurse = people.at_the_desk(cast.pain.clinician)
    page = people.text(nurse.get(f"{people.page_of(case)}?act=hand_over_to_ed"))
    assert f"{people.page_of(case)}ed-letter/" in page
    before = Access.objects.count()
    printed = people.text(nurse.get(f"{people.page_of(case)}ed-letter/"))
    assert Access.objects.count() == before + 1
    for words in ("Situation", "Background", "Assessment", "Recommendation", "Canary", NOT_KNOWN):
        assert words in printed
    stranger = people.at_the_desk(cast.outsider.clinician)
    assert stranger.get(f"{people.page_of(case)}ed-letter/").status_code == 404
