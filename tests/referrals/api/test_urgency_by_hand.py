"""Urgency by hand over the API: what is asked for, what is refused and why, and what is shown."""

import pytest

from referrals.models import Referral
from tests import factories as make
from tests.referrals.api.problems import pointers, problem_of
from tests.referrals.services import by_hand as by
from tests.referrals.services.by_hand import person
from tests.walls import routes


@pytest.fixture
def case(cast):
    return routes.make_case(cast)


@pytest.fixture
def mild(cast):
    return make.make_referral(cast.pain.practice, findings={}, receiver=cast.spine.practice)


def here(case, rest=""):
    return f"/api/v1/referrals/{case.uuid}{rest}"


def raising(**more):
    return {"tier": "SAME_DAY", "reason_code": "CANNOT_WAIT"} | more


def lowering(office, **more):
    body = {"tier": "SAME_DAY", "reason_code": "EXAMINED", "comment": "Seen at 10:00."}
    return body | {"by": str(office.clinician.uuid)} | more


def test_a_system_raises_without_a_name_without_a_version_and_is_told_what_to_do(
    cast, client_of, mild
):
    shown = client_of(cast.spine).send(here(mild, "/urgency"), raising()).json()
    assert (shown["tier"], shown["within"]) == ("SAME_DAY", "now")
    assert shown["emergency_instruction"]
    [flag] = shown["red_flags"]
    assert (flag["rule"], flag["state"]) == ("BY-HAND", "open")
    assert "judged not to be able to wait" in flag["reason"]
    assert shown["version"] == 2
    ended = client_of(cast.pain).send(
        here(mild, "/red-flags/BY-HAND/resolution"),
        {"by": str(cast.pain.clinician.uuid), "resolution": "ruled_out_by_examination",
         "basis": "Examined", "on": "2026-11-24"},
    )  # fmt: skip
    assert [flag["state"] for flag in ended.json()["red_flags"]] == ["resolved"]


def test_both_steps_of_a_lowering_and_what_stands_on_the_card_between(cast, client_of, case):
    pain, spine = client_of(cast.pain), client_of(cast.spine)
    proposed = pain.send(here(case, "/urgency"), lowering(cast.pain), If_Match='"v1"')
    assert proposed.status_code == 200
    waiting = spine.get(here(case)).json()
    assert waiting["tier"] == "EMERGENCY"
    assert waiting["lowering_proposed"] == {
        "tier": "SAME_DAY", "within": "now", "reason_code": "EXAMINED",
        "comment": "Seen at 10:00.", "proposed_by": str(cast.pain.clinician),
        "by_practice": cast.pain.practice.name,
        "proposed_at": waiting["lowering_proposed"]["proposed_at"],
    }  # fmt: skip
    second = {"by": str(cast.spine.clinician.uuid)}
    done = spine.send(here(case, "/urgency/confirmation"), second, If_Match=proposed["ETag"])
    shown = done.json()
    assert (shown["tier"], shown["lowering_proposed"]) == ("SAME_DAY", None)
    # What was set aside stays in sight, open until a clinician resolves it.
    assert ("RF-CES-1", "open") in {(f["rule"], f["state"]) for f in shown["red_flags"]}
    latest = spine.get(here(case, "/assessments")).json()["assessments"][0]
    assert "RF-CES-1" in latest["set_aside"]
    assert any("Seen at 10:00." in reason for reason in latest["reasons"])
    kinds = [e["kind"] for e in spine.get(here(case, "/timeline")).json()["events"]]
    assert kinds[-2:] == ["referral.lowering_proposed", "referral.urgency_lowered"]


def test_a_proposal_that_was_overtaken_is_not_shown_and_not_confirmed(cast, client_of, case):
    client_of(cast.pain).send(here(case, "/urgency"), lowering(cast.pain), If_Match='"v1"')
    findings = {"findings": {"foot_drop": "present"}}
    later = client_of(cast.spine).send(here(case, "/findings"), findings)
    assert later.json()["lowering_proposed"] is None
    second = {"by": str(cast.spine.clinician.uuid)}
    path, client = here(case, "/urgency/confirmation"), client_of(cast.spine)
    told = problem_of(client.send(path, second, If_Match=later["ETag"]), 409)
    assert told["type"].endswith("lowering_refused")
    assert "propose again" in told["detail"]
    problem_of(client.send(path, second, If_Match='"v2"'), 412)


def test_a_withdrawn_proposal_is_gone(cast, client_of, case):
    client, second = client_of(cast.spine), {"by": str(cast.spine.coordinator.uuid)}
    client_of(cast.pain).send(here(case, "/urgency"), lowering(cast.pain), If_Match='"v1"')
    withdrawn = client.send(here(case, "/urgency/withdrawal"), second)
    assert withdrawn.json()["lowering_proposed"] is None
    told = problem_of(client.send(here(case, "/urgency/withdrawal"), second), 409)
    assert "Nobody has proposed" in told["detail"]


@pytest.mark.parametrize(
    ("change", "pointer", "code"),
    [
        ({"by": None}, "/by", "required"),
        ({"by": "coordinator"}, "/by", "not_a_clinician"),
        ({"by": "foreign"}, "/by", "invalid"),
        ({"comment": None}, "/comment", "required"),
        ({"comment": ""}, "/comment", "required"),
        ({"comment": "x" * 301}, "/comment", "max_length"),
        ({"tier": "NONE"}, "/tier", "invalid_choice"),
        ({"tier": "URGENT", "within": "now"}, "/within", "invalid"),
        ({"reason_code": "RED_FLAG"}, "/reason_code", "invalid_choice"),
    ],
)
def test_what_a_lowering_lacks_is_named(cast, client_of, case, change, pointer, code):
    people = {"coordinator": cast.pain.coordinator, "foreign": cast.spine.clinician}
    body = lowering(cast.pain) | change
    if change.get("by"):
        body["by"] = str(people[change["by"]].uuid)
    body = {name: value for name, value in body.items() if value is not None}
    told = problem_of(client_of(cast.pain).send(here(case, "/urgency"), body), 400)
    assert [(e["pointer"], e["code"]) for e in told["errors"]] == [(pointer, code)]


def test_the_second_person_is_named_and_can_judge_it(cast, client_of, case):
    path = here(case, "/urgency/confirmation")
    assert pointers(problem_of(client_of(cast.spine).send(path, {}), 400)) == ["/by"]
    front = {"by": str(cast.spine.coordinator.uuid)}
    told = problem_of(client_of(cast.spine).send(path, front), 400)
    assert told["errors"][0]["code"] == "not_a_clinician"


def test_a_reason_to_raise_never_lowers_and_one_to_lower_never_raises(cast, client_of, case, mild):
    client = client_of(cast.pain)
    told = problem_of(client.send(here(case, "/urgency"), raising()), 409)
    assert told["type"].endswith("not_a_change")
    assert "EMERGENCY already" in told["detail"]
    told = problem_of(
        client.send(here(mild, "/urgency"), lowering(cast.pain), If_Match='"v1"'), 409
    )
    assert "ROUTINE already" in told["detail"]
    assert Referral.objects.get(pk=case.pk).version == 1


def test_an_open_red_flag_is_named_when_it_keeps_the_tier_up(cast, client_of, case):
    body = lowering(cast.pain, tier="ROUTINE")
    told = problem_of(client_of(cast.pain).send(here(case, "/urgency"), body, If_Match='"v1"'), 409)
    assert "RF-CES-1" in told["detail"]
    by.resolve_all(case, person(cast.pain))
    etag = client_of(cast.pain).get(here(case))["ETag"]
    done = client_of(cast.pain).send(here(case, "/urgency"), body, If_Match=etag)
    assert done.json()["lowering_proposed"]["tier"] == "ROUTINE"
