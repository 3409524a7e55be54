"""Somebody acknowledges for a clinician who cannot: recorded, not accepted, and rung again."""

from datetime import timedelta

import pytest

from coordination.escalation import HOLDS
from coordination.models import Delivery, Obligation
from coordination.services import Proxy, ProxyRefused
from referrals import clock
from referrals.deadlines import Pace
from referrals.models import Event
from referrals.models.practice import Role
from tests import factories as make
from tests.coordination import stories as s
from tests.coordination.links import desk, link, pain, surgeon, text
from tests.desk import people
from tests.referrals.services.by_hand import person

ACK = "acknowledge"


@pytest.fixture
def nurse(cast):
    return make.make_person(cast.spine.practice, Role.NURSE, channels=())


def spine(referral):
    return s.owed(referral, ACK, "spine")


def for_the_surgeon(cast, referral, nurse, until=None):
    proxy = Proxy(cast.spine.clinician, until)
    return s.act(ACK, referral, cast.spine, by=person(cast.spine, nurse), proxy=proxy)


def soon():
    return clock.now() + timedelta(minutes=7)


def test_the_side_is_quiet_until_the_time_that_was_given_and_then_rung_again(
    cast, emergency, nurse, run_engine
):
    until = soon()
    for_the_surgeon(cast, emergency, nurse, until)
    owed = spine(emergency)
    assert (owed.state, owed.answered_by) == ("answered", str(nurse))
    assert (owed.answered_for, owed.lapses_at) == (cast.spine.clinician, until)
    assert s.again(emergency).status == "received"
    Obligation.objects.filter(pk=owed.pk).update(next_due_at=clock.NOW)
    run_engine()
    assert spine(emergency).state == "running"
    assert spine(emergency).answered_for is None


def test_without_a_time_it_holds_as_long_as_seen_does(cast, emergency, nurse):
    for_the_surgeon(cast, emergency, nurse)
    owed = spine(emergency)
    assert owed.lapses_at == owed.answered_at + HOLDS[Pace.EMERGENCY]


@pytest.mark.parametrize(("minutes", "words"), [(-1, "lies ahead"), (16, "cannot wait longer")])
def test_a_time_that_is_over_or_longer_than_the_patient_can_wait_is_refused(
    cast, emergency, nurse, minutes, words
):
    with pytest.raises(ProxyRefused, match=words) as refused:
        for_the_surgeon(cast, emergency, nurse, clock.now() + timedelta(minutes=minutes))
    assert refused.value.field == "until"
    assert spine(emergency).state == "running"
    assert s.kinds(emergency)["referral.acknowledged"] == 0


def test_a_pain_clinic_that_sent_the_patient_needs_nobody_to_answer_for_another(cast, emergency):
    with pytest.raises(ProxyRefused, match="in your own name"):
        s.act(ACK, emergency, cast.pain, proxy=Proxy(cast.pain.clinician))


def test_for_whom_stands_in_no_event_and_no_message(cast, emergency, nurse, run_engine, sandbox):
    before = len(sandbox.messages())
    for_the_surgeon(cast, emergency, nurse)
    (said,) = Event.objects.filter(referral=emergency, kind="referral.acknowledged")
    assert said.data["by_proxy"] is True
    assert said.actor_name == str(nurse)
    assert cast.spine.clinician.name not in str((said.data, said.actor_name))
    run_engine()
    for one in sandbox.messages()[before:]:
        assert cast.spine.clinician.name not in one.body
        assert nurse.name not in one.body


def test_the_clinician_may_still_accept_and_then_nothing_lapses(cast, emergency, nurse):
    for_the_surgeon(cast, emergency, nurse)
    s.act("accept", emergency, cast.spine)
    assert spine(emergency).lapses_at is None


def acknowledge(client, referral, **body):
    return client.send(f"/api/v1/referrals/{referral.uuid}/acknowledgement", body)


def test_the_api_takes_it_and_shows_for_whom(cast, emergency, nurse, client_of):
    client, until = client_of(cast.spine), soon().isoformat()
    body = {"by": str(nurse.uuid), "on_behalf_of": str(cast.spine.clinician.uuid), "until": until}
    assert acknowledge(client, emergency, **body).status_code == 200
    shown = client.get(f"/api/v1/referrals/{emergency.uuid}/coordination").json()["obligations"]
    assert str(cast.spine.clinician) in {one["answered_for"] for one in shown}


@pytest.mark.parametrize(
    ("given", "pointer"),
    [
        ({"until": "2020-01-01T00:00:00Z", "on_behalf_of": "clinician"}, "/until"),
        ({"until": "2030-01-01T00:00:00Z", "on_behalf_of": "clinician"}, "/until"),
        ({"until": "2030-01-01T00:00:00Z"}, "/on_behalf_of"),
        ({"on_behalf_of": "nurse"}, "/on_behalf_of"),
        ({"on_behalf_of": "stranger"}, "/on_behalf_of"),
    ],
)
def test_the_api_names_the_field_that_is_wrong(cast, emergency, nurse, client_of, given, pointer):
    people_ = {
        "clinician": cast.spine.clinician, "nurse": nurse, "stranger": cast.outsider.clinician,
    }  # fmt: skip
    body = {"by": str(nurse.uuid)} | given
    if "on_behalf_of" in given:
        body["on_behalf_of"] = str(people_[given["on_behalf_of"]].uuid)
    refused = acknowledge(client_of(cast.spine), emergency, **body)
    assert refused.status_code == 400
    assert refused.json()["errors"][0]["pointer"] == pointer
    assert spine(emergency).state == "running"


def form(cast, **given):
    return {"answer": "seen_for", "name": "RN Demo", "for": str(cast.spine.clinician.uuid)} | given


@pytest.mark.parametrize("point", [surgeon, desk])
def test_from_the_link_a_nurse_answers_by_her_own_name(cast, emergency, visitor, point):
    page = visitor.post(link(emergency, point(cast)), form(cast))
    assert page.status_code == 200, text(page)
    owed = spine(emergency)
    assert owed.answered_by.startswith("RN Demo (")
    assert owed.answered_for == cast.spine.clinician
    hour = f"{owed.lapses_at.astimezone(cast.spine.practice.zone):%H:%M}"
    assert f"we ring again at {hour}" in text(page)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"name": ""}, "type your name"),
        ({"for": ""}, "Choose for whom"),
        ({"for": "not-one-of-them"}, "Choose for whom"),
        ({"until": "soon"}, "as a time"),
        ({"until": "2020-01-01T10:00"}, "lies ahead"),
        ({"until": "2030-01-01T10:00"}, "cannot wait longer"),
    ],
)
def test_the_page_says_what_is_wrong_and_nothing_is_recorded(
    cast, emergency, visitor, given, words
):
    page = visitor.post(link(emergency, surgeon(cast)), form(cast, **given))
    assert page.status_code == 400
    assert words in text(page)
    assert spine(emergency).state == "running"
    assert s.kinds(emergency)["referral.acknowledged"] == 0


def test_the_page_offers_it_to_the_surgeons_side_alone(cast, emergency, visitor):
    assert "I answer for somebody" in text(visitor.get(link(emergency, surgeon(cast))))
    assert "I answer for somebody" not in text(visitor.get(link(emergency, pain(cast), "pain")))


def test_the_desk_takes_it(cast, emergency, nurse):
    at = people.at_the_desk(nurse)
    page = people.press(at, emergency, ACK, on_behalf_of=str(cast.spine.clinician.uuid))
    assert page.status_code == 200
    assert spine(emergency).answered_for == cast.spine.clinician
    shown = people.text(at.get(people.page_of(emergency)))
    assert f"by {nurse} for {cast.spine.clinician}" in shown


def test_nobody_is_rung_while_it_holds(cast, emergency, nurse, run_engine):
    for_the_surgeon(cast, emergency, nurse, soon())
    before = Delivery.objects.filter(message="emergency_surgeon").count()
    run_engine()
    assert Delivery.objects.filter(message="emergency_surgeon").count() == before


def test_nobody_answers_for_another_before_anybody_was_asked(cast, nurse):
    referral = s.send(cast.pain, receiver=cast.spine.practice)
    with pytest.raises(ProxyRefused) as refused:
        for_the_surgeon(cast, referral, nurse, soon())
    assert refused.value.field == "on_behalf_of"
    assert s.again(referral).spine_acknowledged_at is None


def test_who_comes_after_somebody_else_is_told_whose_answer_stands_and_until_when(
    cast, emergency, nurse, visitor
):
    until = soon()
    for_the_surgeon(cast, emergency, nurse, until)
    hour = f"we ring again at {until.astimezone(cast.spine.practice.zone):%H:%M}"
    for said in ({"answer": "seen"}, form(cast)):
        page = text(visitor.post(link(emergency, surgeon(cast)), said))
        assert f"Answered by {nurse} for {cast.spine.clinician}" in page
        assert hour in page
        assert "Thank you" not in page


def test_who_answers_for_another_after_the_surgeon_is_not_told_that_it_was_for_nobody(
    cast, emergency, visitor
):
    s.act(ACK, emergency, cast.spine)
    page = text(visitor.post(link(emergency, surgeon(cast)), form(cast)))
    assert "for None" not in page
    assert f"Answered by {cast.spine.clinician}" in page
