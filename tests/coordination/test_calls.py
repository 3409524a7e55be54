"""Calls that a person has to make: on a list, with words to say, and an outcome that is typed."""

from functools import partial
from string import Formatter

import pytest

from coordination import services
from coordination.call_script import CALL_SCRIPT, Call, lines_of
from coordination.channels.codes import in_words
from coordination.models import CallTask, ContactPoint, Delivery
from coordination.services import CallAlreadyRecorded, CallResult
from referrals.models import Referral
from referrals.workflow import TransitionRefused
from tests import factories as make
from tests.cast import make_office, role
from tests.coordination import stories as s
from tests.coordination.threads import at_once

ACK = "acknowledge"
REACHED = CallResult("reached", "Dr DEMO")


@pytest.fixture
def service(cast):
    return make.make_answering_service(cast.spine.practice)


@pytest.fixture
def emergency(cast, service, run_engine):
    """The second rung has been fired: the surgeon's answering service has to be called."""
    referral = s.send(cast.pain)
    run_engine()
    s.fire_next_rung(referral, ACK, "spine")
    run_engine()
    return s.again(referral)


def waiting(office):
    return CallTask.objects.waiting().for_caller(office.practice.pk)


def the_call(referral):
    return CallTask.objects.get(delivery__obligation__referral=referral)


def record(referral, office, result=REACHED, task=None):
    call = task or the_call(referral)
    with s.behind_the_wall(office.actor):
        return services.record_call(referral.pk, call.pk, result, by=office.actor)


def shown(client, referral):
    return client.get(f"/api/v1/referrals/{referral.uuid}/coordination").json()["calls"]


def test_the_network_has_to_call_and_its_people_are_told(cast, emergency, service, sandbox):
    task = the_call(emergency)
    assert task.caller == cast.network.practice
    assert list(waiting(cast.network)) == [task]
    assert (task.delivery.state, task.delivery.contact_point) == ("sent", service)
    theirs = ContactPoint.objects.filter(practice=cast.network.practice, channel="email")
    told = {one.to: one for one in sandbox.messages() if "call list" in one.body}
    assert {point.address for point in theirs} & set(told)
    assert all(emergency.reference in one.body for one in told.values())
    assert all(cast.spine.practice.short_name in one.body for one in told.values())
    assert Referral.objects.visible_to(cast.network.actor).filter(pk=emergency.pk).exists()


def test_nobody_is_dialled_and_the_timeline_says_that_it_is_on_the_list(
    emergency, service, sandbox
):
    assert service.address not in {one.to for one in sandbox.messages()}
    events = emergency.events.filter(data__channel="answering_service")
    assert list(events.values_list("kind", flat=True)) == ["call.listed"]


@pytest.mark.parametrize("without", ["a network", "people in the network"])
def test_without_a_network_to_call_the_senders_own_people_do(
    cast, service, run_engine, sandbox, without
):
    if without == "a network":
        cast.network.practice.is_active = False
        cast.network.practice.save()
    else:
        ContactPoint.objects.filter(practice=cast.network.practice).update(is_active=False)
    referral = s.send(cast.pain)
    run_engine()
    s.fire_next_rung(referral, ACK, "spine")
    run_engine()
    assert the_call(referral).caller == cast.pain.practice
    theirs = ContactPoint.objects.get(practitioner=cast.pain.clinician, channel="sms").address
    assert any("please call" in one.body for one in sandbox.messages() if one.to == theirs)


def test_an_office_without_a_rota_is_reached_through_its_service_at_night(
    cast, run_engine, client_of
):
    office = make_office("spine", on_call=False)
    ContactPoint.objects.filter(practice=office.practice).update(is_active=False)
    service = make.make_answering_service(office.practice)
    referral = s.send(cast.pain, receiver=office.practice)
    run_engine()
    # Nobody can be written to, so the step that calls comes at once.
    task = the_call(referral)
    assert task.delivery.contact_point == service
    client, path = client_of(cast.network), f"/api/v1/referrals/{referral.uuid}"
    (call,) = shown(client, referral)
    assert (call["state"], call["number"]) == ("waiting", service.address)
    assert call["script"][0].startswith(f"Say: “This is {cast.network.practice.name}")
    answer = client.send(
        f"{path}/calls/{call['delivery']}/outcome",
        {
            "outcome": "message_taken", "spoke_to": "Operator DEMO",
            "by": str(cast.network.coordinator.uuid),
        },
    )  # fmt: skip
    assert answer.status_code == 200, answer.content
    (call,) = shown(client, referral)
    assert (call["state"], call["outcome"]) == ("recorded", "message_taken")
    assert call["done_by"] == str(cast.network.coordinator)
    # Reached is not acknowledged: the ladder goes on.
    assert s.owed(referral, ACK, "spine").state == "running"
    assert client_of(office).send(
        f"{path}/acknowledgement", {"by": str(office.clinician.uuid)}
    ).status_code == 200  # fmt: skip
    assert s.owed(referral, ACK, "spine").state == "answered"


@pytest.mark.parametrize("outcome", ["reached", "message_taken"])
def test_a_call_that_reached_somebody_is_delivered_and_pulls_nothing(cast, emergency, outcome):
    due = s.owed(emergency, ACK, "spine").next_due_at
    record(emergency, cast.network, CallResult(outcome, "Operator DEMO"))
    delivery = the_call(emergency).delivery
    assert (delivery.state, bool(delivery.delivered_at)) == ("delivered", True)
    assert s.owed(emergency, ACK, "spine").next_due_at == due
    assert s.owed(emergency, ACK, "spine").state == "running"
    assert not waiting(cast.network).exists()


@pytest.mark.parametrize("outcome", ["no_answer", "wrong_number", "refused"])
def test_a_call_that_reached_nobody_is_dead_and_fires_the_next_rung(cast, emergency, outcome):
    rung = s.owed(emergency, ACK, "spine").rung
    record(emergency, cast.network, CallResult(outcome))
    delivery = the_call(emergency).delivery
    assert (delivery.state, delivery.error_code) == ("dead", f"call_{outcome}")
    assert "no words for" not in in_words(delivery.error_code)
    with role("engine"):
        assert services.climb() == 1
    assert s.owed(emergency, ACK, "spine").rung > rung


@pytest.mark.parametrize(
    ("outcome", "failing"), [("wrong_number", True), ("no_answer", False), ("refused", False)]
)
def test_only_a_wrong_number_is_the_fault_of_the_number(cast, emergency, service, outcome, failing):
    record(emergency, cast.network, CallResult(outcome))
    assert bool(ContactPoint.objects.get(pk=service.pk).failing_since) is failing


def test_what_came_of_a_call_is_on_the_timeline_without_the_name_that_was_typed(cast, emergency):
    record(emergency, cast.network, CallResult("reached", "DEMO-TYPED"))
    event = emergency.events.get(kind="call.recorded")
    assert event.actor_name == cast.network.actor.name
    assert event.data["outcome"] == "reached"
    assert "DEMO-TYPED" not in str(event.data)
    assert the_call(emergency).spoke_to == "DEMO-TYPED"


def test_a_call_is_taken_off_the_list_when_the_surgeon_answers(cast, emergency):
    s.act("acknowledge", emergency, cast.spine)
    assert not waiting(cast.network).exists()
    assert the_call(emergency).state == "withdrawn"
    event = emergency.events.get(kind="call.withdrawn")
    assert [call["delivery"] for call in event.data["calls"]] == [str(the_call(emergency).pk)]


def test_a_number_that_is_retired_while_it_stands_on_the_list_leaves_it(
    cast, emergency, service, client_of
):
    with s.behind_the_wall(cast.spine.actor):
        services.retire_contact_point(service.pk, by=cast.spine.actor)
    assert not waiting(cast.network).exists()
    (call,) = shown(client_of(cast.network), emergency)
    assert call["state"] == "withdrawn"


def test_a_call_to_a_number_that_was_retired_before_it_was_listed_never_stands_on_the_list(
    cast, service, run_engine
):
    referral = s.send(cast.pain)
    run_engine()
    s.fire_next_rung(referral, ACK, "spine")
    with s.behind_the_wall(cast.spine.actor):
        services.retire_contact_point(service.pk, by=cast.spine.actor)
    run_engine()
    assert the_call(referral).delivery.state == "dead"
    assert the_call(referral).state == "withdrawn"
    assert not waiting(cast.network).exists()
    # What is dead stays dead, also when the side answers.
    s.act("acknowledge", referral, cast.spine)
    assert the_call(referral).delivery.state == "dead"


def test_a_call_recorded_after_the_surgeon_answered_is_kept_and_rings_nobody(cast, emergency):
    s.act("acknowledge", emergency, cast.spine)
    record(emergency, cast.network, CallResult("no_answer"))
    task = the_call(emergency)
    assert (task.state, task.outcome, task.delivery.state) == ("recorded", "no_answer", "cancelled")
    assert s.owed(emergency, ACK, "spine").state == "answered"
    assert emergency.events.filter(kind="call.recorded").exists()


def test_a_call_recorded_before_the_worker_listed_it_counts(cast, service, run_engine):
    referral = s.send(cast.pain)
    run_engine()
    s.fire_next_rung(referral, ACK, "spine")
    assert the_call(referral).delivery.state == "pending"
    record(referral, cast.network)
    run_engine()
    assert the_call(referral).delivery.state == "delivered"


def test_the_same_number_stands_on_the_list_once_although_the_ladder_goes_round(
    cast, emergency, run_engine
):
    first = the_call(emergency)
    for _ in range(5):
        s.fire_next_rung(emergency, ACK, "spine")
    run_engine()
    (task,) = waiting(cast.network)
    assert task.pk != first.pk
    assert CallTask.objects.get(pk=first.pk).state == "withdrawn"


def test_a_call_is_recorded_once_and_the_second_is_told_who_was_first(cast, emergency):
    record(emergency, cast.network)
    with pytest.raises(CallAlreadyRecorded, match=str(cast.network.clinician)):
        record(emergency, cast.pain, CallResult("no_answer"))
    assert the_call(emergency).outcome == "reached"


def test_notices_of_the_outcome_make_nobody_call(cast, emergency, run_engine):
    record(emergency, cast.network)
    s.act("accept", emergency, cast.spine, plan=s.PLAN)
    run_engine()
    assert CallTask.objects.count() == 1
    assert s.told(emergency, "taken")


def test_a_task_of_an_elective_referral_does_not_exist(cast, service, run_engine):
    referral = s.send(cast.pain, findings={})
    run_engine()
    s.fire_next_rung(referral, ACK, "spine")
    assert not CallTask.objects.exists()
    with pytest.raises(TransitionRefused), s.behind_the_wall(cast.pain.actor):
        services.record_call(referral.pk, referral.uuid, REACHED, by=cast.pain.actor)


@pytest.mark.parametrize("office", ["pain", "spine", "outsider"])
def test_number_and_words_are_for_the_caller_alone(cast, emergency, client_of, office, service):
    answer = client_of(getattr(cast, office)).get(
        f"/api/v1/referrals/{emergency.uuid}/coordination"
    )
    assert service.address.encode() not in answer.content
    if office == "outsider":
        assert answer.status_code == 404
    else:
        (call,) = answer.json()["calls"]
        assert (call["number"], call["script"]) == (None, [])


def test_the_api_refuses_what_cannot_be_and_says_why(cast, emergency, client_of):
    client, by = client_of(cast.network), {"by": str(cast.network.coordinator.uuid)}
    here = f"/api/v1/referrals/{emergency.uuid}/calls"
    path = f"{here}/{the_call(emergency).pk}/outcome"
    nameless = client.send(path, by | {"outcome": "reached"})
    assert nameless.status_code == 400
    assert nameless.json()["errors"][0]["pointer"] == "/spoke_to"
    assert client.send(path, by | {"outcome": "voicemail"}).status_code == 400
    assert client.send(path, {"outcome": "no_answer"}).status_code == 400
    other = Delivery.objects.filter(channel="sms").first()
    assert client.send(f"{here}/{other.pk}/outcome", by | {"outcome": "refused"}).status_code == 404
    assert client.send(path, by | {"outcome": "no_answer"}).status_code == 200
    late = client.send(path, by | {"outcome": "no_answer"})
    assert late.status_code == 409
    assert str(cast.network.coordinator) in late.json()["detail"]


def test_a_call_of_one_referral_cannot_be_recorded_at_another(cast, emergency, run_engine):
    other = s.send(cast.pain)
    with pytest.raises(CallTask.DoesNotExist):
        record(other, cast.pain, task=the_call(emergency))


def test_a_line_of_the_script_uses_only_facts_that_are_no_patient_facts():
    allowed = set(Call.__dataclass_fields__) - {"zone", "specialty"} | {"whom"}
    used = {name for line in CALL_SCRIPT for _, name, _, _ in Formatter().parse(line) if name}
    assert used == allowed


@pytest.mark.parametrize("call_back", ["+15550001111", ""])
def test_the_script_says_who_whom_how_urgent_by_when_and_what_it_is_not(cast, emergency, call_back):
    Referral.objects.filter(pk=emergency.pk).update(call_back=call_back)
    text = "\n".join(services.script_of(CallTask.objects.with_all().get()))
    for words in (
        cast.network.practice.name, cast.spine.practice.name, "spine surgeon on call",
        emergency.reference, "EMERGENCY", "If they hesitate", "does not replace 911",
        call_back or "your own number",
    ):  # fmt: skip
        assert words in text
    patient = emergency.patient
    assert patient.family_name not in text.replace(cast.spine.practice.name, "").replace(
        cast.network.practice.name, ""
    )


def test_the_script_speaks_of_the_pain_physician_where_the_pain_side_owes():
    facts = {name: "x" for name in Call.__dataclass_fields__}
    owed = s.timezone.now()
    call = Call(**facts | {"specialty": "pain", "answer_by": owed, "zone": owed.tzinfo})
    assert "pain physician on call" in "\n".join(lines_of(call))


@pytest.mark.django_db(transaction=True)
def test_two_coordinators_record_one_call_at_once_and_one_wins(town, sandbox):
    make.make_answering_service(town.spine.practice)
    referral = s.send(town.pain)
    with role("engine"):
        while s.relay() or services.climb():
            pass
    s.fire_next_rung(referral, ACK, "spine")
    call = the_call(referral)

    def recorded(office, outcome):
        with s.acting_as(office.actor):
            return services.record_call(referral.pk, call.pk, outcome, by=office.actor)

    results = at_once(
        partial(recorded, town.network, REACHED),
        partial(recorded, town.pain, CallResult("no_answer")),
        role_name="app",
    )
    refused = [one for one in results if isinstance(one, Exception)]
    (won,) = [one for one in results if not isinstance(one, Exception)]
    assert [type(one) for one in refused] == [CallAlreadyRecorded]
    assert the_call(referral).outcome == won.outcome
    assert referral.events.filter(kind="call.recorded").count() == 1
