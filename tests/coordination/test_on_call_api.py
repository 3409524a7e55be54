"""Who is on call, over the API: our own by name, of others only that somebody is; overrides."""

from datetime import timedelta

import pytest

from coordination.models import ContactPoint, OnCallChange, OnCallShift
from referrals import clock
from referrals.models.practice import Role
from tests import factories as make
from tests.referrals.api.problems import pointers, problem_of
from tests.walls import routes

NOW, OVERRIDES = "/api/v1/on-call", "/api/v1/on-call/overrides"


def rows(answer):
    assert answer.status_code == 200, answer.content
    return {row["name"]: row for row in answer.json()["practices"]}


def body(cast, **given):
    return routes.valid_body("on-call/overrides", cast, cast.spine) | given


def test_our_own_is_named_and_of_others_only_that_somebody_is(cast, client_of):
    found = rows(client_of(cast.pain).get(NOW))
    assert found[cast.pain.practice.name]["primary"] == {
        "covered": True, "person": str(cast.pain.clinician),
    }  # fmt: skip
    assert found[cast.spine.practice.name]["primary"] == {"covered": True, "person": None}
    assert found[cast.spine.practice.name]["backup"] == {"covered": False, "person": None}
    # It takes no red flag: nobody is on call, and nobody has to be.
    assert cast.outsider.practice.name not in found
    assert cast.outsider.practice.name in rows(client_of(cast.outsider).get(NOW))


def test_who_cannot_be_reached_covers_nothing(cast, client_of):
    ContactPoint.objects.filter(practitioner=cast.spine.clinician).update(is_active=False)
    found = rows(client_of(cast.spine).get(NOW))
    assert found[cast.spine.practice.name]["primary"] == {"covered": False, "person": None}


def test_another_instant_is_answered_for_that_instant(cast, client_of):
    tomorrow = clock.now() + timedelta(days=2)
    answer = client_of(cast.spine).get(NOW, {"at": tomorrow.isoformat()})
    assert not rows(answer)[cast.spine.practice.name]["primary"]["covered"]


@pytest.mark.parametrize(
    "at", ["", "now", "2026-12-25T03:00:00", "9999-12-31T23:59:59.999999Z", "0001-01-01T00:00:00Z"]
)
def test_an_instant_that_is_none_or_too_far_is_refused_by_name(cast, client_of, at):
    problem = problem_of(client_of(cast.spine).get(NOW, {"at": at}), 400)
    assert problem["errors"][0]["parameter"] == "at"


def test_an_override_is_entered_listed_and_in_force(cast, client_of):
    client, second = client_of(cast.spine), make.make_person(cast.spine.practice)
    answer = client.send(OVERRIDES, body(cast, practitioner=str(second.uuid)))
    assert answer.status_code == 201, answer.content
    entered = answer.json()
    assert (entered["name"], entered["instead_of"]) == (str(second), [str(cast.spine.clinician)])
    assert entered["entered_by"] == str(cast.spine.clinician)
    assert client.get(OVERRIDES).json()["overrides"] == [entered]
    at = clock.now() + timedelta(hours=2)
    found = rows(client.get(NOW, {"at": at.isoformat()}))
    assert found[cast.spine.practice.name]["primary"]["person"] == str(second)


def test_the_overrides_of_others_are_not_shown(cast, client_of):
    client_of(cast.spine).send(OVERRIDES, body(cast))
    assert client_of(cast.pain).get(OVERRIDES).json() == {"overrides": []}


def test_the_same_key_is_the_same_override_once(cast, client_of):
    client, given = client_of(cast.spine), body(cast)
    first, second = (
        client.send(OVERRIDES, given, Idempotency_Key="override-once") for _ in range(2)
    )
    assert first.content == second.content
    assert OnCallChange.objects.filter(kind="override").count() == 1


def wrong(cast):
    now = clock.now()
    silent = make.make_person(cast.spine.practice, channels=())
    return {
        "/ends_at": {
            "starts_at": (now - timedelta(days=2)).isoformat(),
            "ends_at": (now - timedelta(days=1)).isoformat(),
        },
        "/reason": {"reason": " "},
        "/practitioner": {"practitioner": str(silent.uuid)},
        "/level": {"level": "third"},
        "": {"ends_at": (now + timedelta(days=90)).isoformat()},
    }


@pytest.mark.parametrize("pointer", ["/ends_at", "/reason", "/practitioner", "/level", ""])
def test_what_nobody_can_mean_is_refused_by_its_field_and_changes_nothing(cast, client_of, pointer):
    before = list(OnCallShift.objects.values("pk", "practitioner", "period", "taken_back_at"))
    answer = client_of(cast.spine).send(OVERRIDES, body(cast, **wrong(cast)[pointer]))
    assert pointers(problem_of(answer, 400)) == [pointer]
    after = list(OnCallShift.objects.values("pk", "practitioner", "period", "taken_back_at"))
    assert after == before
    assert not OnCallChange.objects.filter(kind="override").exists()


def test_nobody_of_another_practice_is_put_on_call(cast, client_of):
    stranger = str(cast.other_spine.clinician.uuid)
    answer = client_of(cast.spine).send(OVERRIDES, body(cast, practitioner=stranger))
    assert pointers(problem_of(answer, 400)) == ["/practitioner"]


def test_who_could_not_take_a_patient_is_not_put_on_call(cast, client_of):
    nurse = make.make_person(cast.spine.practice, Role.NURSE)
    problem = problem_of(
        client_of(cast.spine).send(OVERRIDES, body(cast, practitioner=str(nurse.uuid))), 400
    )
    assert pointers(problem) == ["/practitioner"]
    assert not OnCallShift.objects.filter(practitioner=nurse).exists()
