"""The calls that people have to make, at the desk: list, number and words, what came of it."""

import pytest

from coordination.models import CallTask, ContactPoint
from tests import factories as make
from tests.coordination import stories as s
from tests.coordination.links import spoil
from tests.desk import people as p

LIST = "/admin/coordination/calltask/"


@pytest.fixture
def service(cast):
    return make.make_answering_service(cast.spine.practice)


@pytest.fixture
def task(cast, service, run_engine):
    referral = s.send(cast.pain, patient={"family_name": "Canary", "is_demo": True})
    run_engine()
    s.fire_next_rung(referral, "acknowledge", "spine")
    run_engine()
    return CallTask.objects.get()


@pytest.fixture
def coordinator(cast):
    return p.at_the_desk(cast.network.coordinator)


def page_of(task):
    return f"{LIST}{task.pk}/"


def test_the_caller_finds_number_and_words_and_no_patient(cast, task, service, coordinator):
    assert cast.spine.practice.name in p.text(coordinator.get(LIST))
    shown = p.text(coordinator.get(page_of(task)))
    assert f'href="tel:{service.address}"' in shown
    assert "What to say" in shown
    assert "Canary" not in shown


def test_a_recorded_call_is_off_the_list_and_on_record_with_the_person(cast, task, coordinator):
    typed = {"outcome": "message_taken", "spoke_to": "DEMO operator 7"}
    answer = coordinator.post(page_of(task), typed, follow=True)
    assert "Recorded: what came of the call" in p.text(answer)
    task.refresh_from_db()
    assert (task.outcome, task.spoke_to) == ("message_taken", "DEMO operator 7")
    assert task.done_by == str(cast.network.coordinator)
    assert "Nothing to do here" in p.text(coordinator.get(LIST))


def test_who_was_on_the_line_has_to_be_named(task, coordinator):
    answer = coordinator.post(page_of(task), {"outcome": "reached"})
    assert answer.status_code == 400
    assert "desk-wrong" in p.text(answer)
    task.refresh_from_db()
    assert task.outcome == ""


def test_the_second_person_is_told_who_was_first(cast, task, coordinator):
    coordinator.post(page_of(task), {"outcome": "no_answer"})
    again = coordinator.post(page_of(task), {"outcome": "refused"}, follow=True)
    assert f"{cast.network.coordinator} recorded this call before" in p.text(again)
    task.refresh_from_db()
    assert task.outcome == "no_answer"


def test_the_number_is_for_the_caller_alone(cast, task):
    for office in (cast.spine, cast.pain, cast.outsider):
        client = p.at_the_desk(office.clinician)
        assert client.get(page_of(task)).status_code == 404
        assert client.post(page_of(task), {"outcome": "no_answer"}).status_code == 404
    task.refresh_from_db()
    assert task.outcome == ""


def test_a_number_that_cannot_be_read_is_said_in_words_and_the_call_recorded(
    cast, task, service, coordinator, client_of
):
    spoil(ContactPoint.objects.filter(pk=service.pk))
    assert "cannot be read" in p.text(coordinator.get(page_of(task)))
    referral = task.delivery.obligation.referral
    card = client_of(cast.network).get(f"/api/v1/referrals/{referral.uuid}/coordination")
    assert [call["number"] for call in card.json()["calls"]] == [None]
