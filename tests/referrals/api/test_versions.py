"""Which acts need If-Match, and what raises the version: people, never the engine."""

import pytest

from referrals.models import Referral
from tests import factories as make
from tests.referrals.api.problems import problem_of
from tests.walls import routes

HERE = routes.HERE
ELECTIVE = {"findings": make.STABLE_CLAUDICATION}


@pytest.fixture
def send(cast, client_of):
    def act(office, act, case, **headers):
        pattern = f"{HERE}/{act}"
        body = routes.valid_body(pattern, cast, office)
        body.pop("plan", None) if act == "acceptance" else None
        if act == "arrival":
            body = {"by": body["by"], "outcome": "arrived"}
        return client_of(office).send(routes.all_routes()[pattern].path(case), body, **headers)

    return act


@pytest.fixture
def elective(cast):
    return make.make_referral(cast.pain.practice, receiver=cast.spine.practice, findings={})


def version(case):
    return Referral.objects.get(pk=case.pk).version


@pytest.mark.parametrize("act", ["acceptance", "decline"])
def test_an_elective_answer_needs_the_version_it_was_decided_on(cast, send, elective, act):
    told = problem_of(send(cast.spine, act, elective), 428)
    assert "v1" in told["detail"]
    assert problem_of(send(cast.spine, act, elective, If_Match='"v7"'), 412)["version"] == 1
    answer = send(cast.spine, act, elective, If_Match='"v1"')
    assert answer.status_code == 200
    assert answer["ETag"] == '"v2"'


def test_a_version_that_was_overtaken_is_412_with_the_present_one(cast, send, elective):
    assert send(cast.spine, "acknowledgement", elective).status_code == 200
    told = problem_of(send(cast.spine, "acceptance", elective, If_Match='"v1"'), 412)
    assert told["version"] == version(elective) == 2


def test_a_weak_etag_is_as_good(cast, send, elective):
    assert send(cast.spine, "acceptance", elective, If_Match='W/"v1"').status_code == 200


@pytest.mark.parametrize("act", ["acknowledgement", "findings"])
def test_seeing_and_telling_never_need_a_version_nor_mind_an_old_one(cast, send, elective, act):
    assert send(cast.spine, act, elective, If_Match='"v9"').status_code == 200


@pytest.mark.parametrize("act", ["acceptance", "pass", "acknowledgement", "ed-handover"])
@pytest.mark.parametrize("alert_is_open", [True, False])
def test_an_emergency_needs_no_version_even_before_its_alert_is_open(
    cast, send, run_engine, act, alert_is_open
):
    case = routes.make_case(cast)
    if alert_is_open:
        run_engine()
    assert Referral.objects.get(pk=case.pk).alert_open is alert_is_open
    assert send(cast.spine, act, case).status_code == 200


@pytest.fixture
def safe(cast, send, run_engine):
    case = routes.make_case(cast)
    run_engine()
    for office, act in [
        (cast.pain, "acknowledgement"), (cast.spine, "acceptance"), (cast.spine, "plan"),
        (cast.pain, "ed-handover"), (cast.pain, "patient-contact"), (cast.pain, "arrival"),
    ]:  # fmt: skip
        assert send(office, act, case).status_code == 200, act
        run_engine()
    assert Referral.objects.get(pk=case.pk).safe_at
    return case


def test_the_plan_of_a_safe_case_is_changed_on_the_version_it_was_decided_on(cast, send, safe):
    problem_of(send(cast.spine, "plan", safe), 428)
    assert problem_of(send(cast.spine, "plan", safe, If_Match='"v1"'), 412)["version"] > 1
    present = f'"v{version(safe)}"'
    assert send(cast.spine, "plan", safe, If_Match=present).status_code == 200


@pytest.mark.parametrize("act", ["patient-contact", "ed-handover"])
def test_what_has_happened_is_told_of_a_safe_case_without_a_version(cast, send, safe, act):
    assert send(cast.pain, act, safe).status_code == 200


def test_an_emergency_cannot_be_declined_in_the_instant_before_its_alert_opens(cast, send):
    told = problem_of(send(cast.spine, "decline", routes.make_case(cast), If_Match='"v1"'), 409)
    assert "pass" in told["actions"]
    assert "decline" not in told["actions"]


def test_the_engine_raises_no_version(cast, run_engine):
    case = routes.make_case(cast)
    run_engine()
    assert version(case) == 1


def test_each_act_of_a_person_raises_the_version_by_one(cast, send, run_engine):
    case = routes.make_case(cast)
    run_engine()
    for number, act in enumerate(["acknowledgement", "findings", "acceptance", "plan"], 2):
        assert send(cast.spine, act, case)["ETag"] == f'"v{number}"', act
        run_engine()
    assert send(cast.spine, "acknowledgement", case)["ETag"] == f'"v{number}"'
