"""Links between referrals: a possible duplicate is said and never blocks; a reply says to what."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from referrals import services
from referrals.models import Patient, Referral
from referrals.models.api_key import Scope
from tests import factories as make
from tests.referrals.api.problems import problem_of

PATH = "/api/v1/referrals"
KNOWN = {"mrn": "M-1", "family_name": "DEMO", "birth_date": "1970-02-28"}


def body(specialty="spine", **more):
    return {"to": {"specialty": specialty}, "patient": KNOWN} | more


def links(card, name):
    return [one["reference"] for one in card[name]]


def sent(client, given):
    answer = client.send(PATH, given)
    assert answer.status_code == 201, answer.content
    return answer.json()


def test_a_possible_duplicate_is_said_in_the_answer_and_on_both_cards(cast, client_of):
    client = client_of(cast.pain)
    first = sent(client, body())
    assert first["possible_duplicates"] == []
    second = sent(client, body(findings=make.CAUDA_EQUINA))
    assert links(second, "possible_duplicates") == [first["reference"]]
    assert second["tier"] == "EMERGENCY"
    assert any("Nothing was merged" in notice for notice in second["notices"])
    [shown] = client.get(first["links"]["self"]).json()["possible_duplicates"]
    assert shown == {
        name: second[name] for name in ("id", "reference", "status", "sent_at")
    }  # fmt: skip
    assert client.get(second["links"]["self"]).json() == second
    assert Referral.objects.count() == 2
    assert Patient.objects.count() == 1


def test_a_third_one_names_the_latest(cast, client_of):
    cards = [sent(client_of(cast.pain), body()) for _ in range(3)]
    assert links(cards[2], "possible_duplicates") == [cards[1]["reference"]]


@pytest.mark.parametrize(
    "other",
    [
        {"patient": KNOWN | {"mrn": "M-2"}},
        {"patient": {"family_name": "DEMO", "birth_date": "1970-02-28"}},
        {"patient": KNOWN | {"family_name": "DEMO Somebody Else"}},
    ],
    ids=["another number", "no number", "a disputed number"],
)
def test_somebody_else_is_no_duplicate(cast, client_of, other):
    sent(client_of(cast.pain), body())
    assert sent(client_of(cast.pain), body() | other)["possible_duplicates"] == []


def test_what_is_over_is_no_duplicate(cast, client_of):
    first = sent(client_of(cast.pain), body() | {"to": {"practice": str(cast.spine.practice.uuid)}})
    case = Referral.objects.get(uuid=first["id"])
    services.decline(case.pk, services.Reason("NO_CAPACITY"), by=cast.spine.actor, if_version=1)
    assert sent(client_of(cast.pain), body())["possible_duplicates"] == []


def test_another_practices_referral_of_the_same_number_is_no_duplicate(cast, client_of):
    sent(client_of(cast.pain), body())
    assert sent(client_of(cast.spine), body("pain"))["possible_duplicates"] == []


def test_a_receiver_is_told_of_a_duplicate_only_if_it_may_see_it(cast, client_of):
    to = lambda office: {"to": {"practice": str(office.practice.uuid)}}  # noqa: E731
    first = sent(client_of(cast.pain), body() | to(cast.spine))
    second = sent(client_of(cast.pain), body() | to(cast.other_spine))
    for office, card in ((cast.spine, first), (cast.other_spine, second)):
        shown = client_of(office).get(card["links"]["self"]).json()
        assert shown["possible_duplicates"] == []
        assert not any("Nothing was merged" in notice for notice in shown["notices"])


def test_only_a_known_patient_costs_one_question_more(cast, client_of):
    def questions(given):
        with CaptureQueriesContext(connection) as asked:
            sent(client_of(cast.pain), given)
        return [one["sql"] for one in asked.captured_queries if 'sought_specialty" =' in one["sql"]]

    assert questions(body()) == []
    assert len(questions(body())) == 1
    assert questions({"to": {"specialty": "spine"}}) == []


@pytest.fixture
def asked(cast, client_of):
    """A referral of the pain clinic that came to the spine office."""
    return sent(client_of(cast.pain), body() | {"to": {"practice": str(cast.spine.practice.uuid)}})


def test_an_answer_in_the_other_direction_is_linked_on_both_cards(cast, client_of, asked):
    back = {"to": {"practice": str(cast.pain.practice.uuid)}, "based_on": asked["id"],
            "reason_code": "NOT_SURGICAL_CANDIDATE"}  # fmt: skip
    reply = sent(client_of(cast.spine), back)
    assert reply["based_on"]["reference"] == asked["reference"]
    for office in (cast.pain, cast.spine):
        shown = client_of(office).get(reply["links"]["self"]).json()
        assert shown["based_on"]["id"] == asked["id"]
        before = client_of(office).get(asked["links"]["self"]).json()
        assert links(before, "replies") == [reply["reference"]]
        assert before["based_on"] is None
    assert client_of(cast.spine).get(reply["links"]["self"]).json() == reply


def test_who_sees_only_one_of_the_two_is_shown_no_link(cast, client_of, asked):
    back = {"to": {"specialty": "pain"}, "based_on": asked["id"]}
    reply = Referral.objects.get(uuid=sent(client_of(cast.spine), back)["id"])
    other = make.make_practice("pain")
    services.ask(reply, other.pk, reason="x", by=cast.spine.actor, at=reply.sent_at)
    key = services.issue_api_key(other, name="x", scopes=[Scope.READ])
    shown = type(client_of(cast.pain))(key).get(f"{PATH}/{reply.uuid}").json()
    assert shown["based_on"] is None


@pytest.mark.parametrize("who", ["pain", "other_spine", "outsider"])
def test_what_did_not_come_to_the_practice_cannot_be_answered(cast, client_of, asked, who):
    office = getattr(cast, who)
    to = "spine" if who == "pain" else "pain"
    given = {"to": {"specialty": to}, "based_on": asked["id"]}
    told = problem_of(client_of(office).send(PATH, given), 400)
    assert [(e["pointer"], e["code"]) for e in told["errors"]] == [("/based_on", "not_visible")]


@pytest.mark.parametrize("wrong", [1, True, [], {}, "x", None])
def test_an_odd_based_on_is_named(cast, client_of, wrong):
    given = {"to": {"specialty": "pain"}, "based_on": wrong}
    told = problem_of(client_of(cast.spine).send(PATH, given), 400)
    assert {error["pointer"] for error in told["errors"]} == {"/based_on"}


def test_a_card_with_links_costs_one_question_whatever_their_number(cast, client_of):
    client = client_of(cast.pain)
    first = sent(client, body())

    def questions():
        with CaptureQueriesContext(connection) as found:
            client.get(first["links"]["self"])
        return len(found)

    alone = questions()
    for _ in range(3):
        sent(client, body())
    assert questions() == alone
