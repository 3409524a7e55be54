"""What people write with an act is kept, shown to who needs it, and refused when it cannot be."""

import pytest

from referrals import services
from referrals.models.api_key import Scope
from referrals.services.keys import issue_api_key
from referrals.workflow import Status
from tests.cast import OfficeClient, behind_the_wall
from tests.flows.walking import Story
from tests.referrals.api.problems import problem_of
from tests.referrals.services import life
from tests.referrals.services.by_hand import person


@pytest.fixture
def story(cast):
    return Story(cast, cast.pain, cast.spine)


def test_words_and_a_reason_said_on_closing_are_kept(story):
    story.walk("reported")
    body = {"comment": "Patient told by phone.", "reason_code": "TREATED_ELSEWHERE"}
    answer = story.act("sender", "closure", **body)
    assert "Patient told by phone." in str(answer.json()["comments"])
    assert story.events()[-1]["data"]["reason_code"] == "TREATED_ELSEWHERE"


def test_advice_without_a_visit_names_nobody_who_saw_the_patient(story):
    story.walk("accepted")
    words = {"answer_to_question": "x", "next_steps": "y", "recommendation_code": "ADVICE_ONLY"}
    body = {"by": str(story.cast.spine.clinician.uuid), "advice_only": True, **words}
    version = story.card()["version"]
    answer = story.clients["receiver"].send(
        f"{story.here}/report", body | {"red_flag_advice_given": False}, If_Match=f'"v{version}"'
    )
    assert [note["seen_by"] for note in answer.json()["consult_notes"]] == [None]


@pytest.mark.parametrize("day", ["0001-01-01", "1066-10-14", "9999-12-31"])
def test_a_day_that_nobody_means_is_refused_by_name(story, day):
    story.walk("scheduled")
    problem = problem_of(story.act("receiver", "visit", seen_on=day), 400)
    assert problem["errors"][0]["pointer"] == "/seen_on"


def test_a_report_by_somebody_who_is_no_clinician_names_the_field(story):
    story.walk("seen")
    answer = story.act("receiver", "report", by=str(story.cast.spine.coordinator.uuid))
    assert problem_of(answer, 400)["errors"][0]["pointer"] == "/by"


def test_whoever_may_answer_a_referral_may_raise_its_urgency(cast, story):
    story.walk("accepted")
    scopes = [scope.value for scope in Scope if scope is not Scope.WRITE]
    key = issue_api_key(cast.spine.practice, name="respond", scopes=scopes)
    by = str(cast.spine.clinician.uuid)
    raised = {"tier": "EMERGENCY", "reason_code": "GETTING_WORSE", "by": by}
    assert OfficeClient(key).send(f"{story.here}/urgency", raised).json()["tier"] == "EMERGENCY"


def test_what_the_sender_answered_goes_along_when_the_patient_is_sent_on(cast, client_of):
    referral = life.brought_to(Status.AWAITING_INFORMATION, cast)
    life.act("answer_information", referral, cast.pain, "DEMO: pacemaker, no MRI.")
    by = person(cast.spine)
    with behind_the_wall(by):
        new = services.redirect(
            referral.pk,
            life.BECAUSE,
            cast.other_spine.practice,
            by=by,
            if_version=life.again(referral).version,
        )
    card = client_of(cast.other_spine).get(f"/api/v1/referrals/{new.uuid}").json()
    assert "DEMO: pacemaker, no MRI." in str(card["notes"])


def test_a_forward_stands_in_the_log_of_what_was_ended_as_well(story):
    story.walk("accepted")
    assert story.act("receiver", "forward").status_code == 200
    log = story.clients["receiver"].get(f"{story.here}/access").json()["accesses"]
    assert [one for one in log if one["route"].endswith("forward")]
