"""A patient who was sent is asked after until they are there; one who does not go is rung for."""

import pytest

from coordination.models import Obligation
from coordination.services import Arrival, Said
from referrals import clock
from referrals.clinical import Tier
from referrals.models import Event, Note
from tests import factories as make
from tests.coordination import stories as s
from tests.desk.people import at_the_desk, page_of, press, text
from tests.referrals.services import life
from tests.referrals.services.by_hand import person, raise_to, resolve_all

ARRIVAL, PHYSICIAN, PATIENT = "arrival", "physician", "patient"
AWAY = [Arrival.ELSEWHERE, Arrival.REFUSED, Arrival.LEFT]


def contact(referral, office, outcome, **given):
    return s.act("record_patient_contact", referral, office, outcome, **given)


def arrival(referral, office, outcome, **given):
    return s.act("record_arrival", referral, office, outcome, **given)


def running(referral):
    return set(referral.obligations.filter(state="running").values_list("kind", flat=True))


@pytest.fixture
def sent(cast, emergency):
    contact(emergency, cast.pain, s.SENT_TO_THE_ED)
    return s.again(emergency)


def test_a_patient_sent_to_the_ed_is_asked_after_an_hour_later(sent):
    owed = s.owed(sent, ARRIVAL, "pain")
    assert (owed.state, owed.practice) == ("running", sent.sender)
    left = sent.patient_whereabouts_at
    assert (owed.next_due_at - left).total_seconds() == 3600
    assert (owed.due_at - left).total_seconds() == 4500
    assert s.owed(sent, PATIENT, "pain").state == "answered"


def test_the_question_reaches_the_pain_side_and_rings_until_it_is_answered(
    cast, sent, run_engine, sandbox
):
    for _ in range(4):
        assert s.fire_next_rung(sent, ARRIVAL, "pain") == 1
    assert cast.pain.practice.pk in s.told(sent, "arrival_task")
    assert cast.network.practice.pk in s.told(sent, "arrival_task")
    run_engine()
    assert any("has the patient arrived" in one.body for one in sandbox.messages())


@pytest.mark.parametrize("there", [Arrival.ARRIVED, Arrival.IN_HOSPITAL])
def test_a_patient_who_is_there_is_asked_after_no_more(cast, sent, there):
    arrival(sent, cast.pain, there)
    owed = s.owed(sent, ARRIVAL, "pain")
    assert (owed.state, owed.outcome) == ("answered", {"outcome": there})
    assert s.again(sent).patient_whereabouts == "there"


def test_a_patient_who_is_found_in_hospital_need_not_be_called_first(cast, emergency):
    arrival(emergency, cast.pain, Arrival.IN_HOSPITAL)
    assert s.owed(emergency, PATIENT, "pain").state == "answered"
    assert ARRIVAL not in running(emergency)


@pytest.mark.parametrize("outcome", [s.REACHED, s.REACHED | {"destination": "hospital_already"}])
def test_who_goes_to_a_clinic_or_is_there_already_is_not_asked_after(cast, emergency, outcome):
    contact(emergency, cast.pain, outcome)
    assert ARRIVAL not in running(emergency)


def test_the_case_is_not_safe_before_the_patient_arrived(cast, sent, run_engine):
    s.act("acknowledge", sent, cast.pain)
    s.act("accept", sent, cast.spine, plan=s.PLAN)
    s.hand_over(sent, cast.pain)
    run_engine()
    now = s.again(sent)
    assert now.safe_at is None
    assert (now.owner_side, now.next_action) == ("sender", "confirm_arrival")
    assert now.due_at == s.owed(sent, ARRIVAL, "pain").due_at
    arrival(sent, cast.pain, Arrival.ARRIVED)
    assert s.again(sent).safe_at


def test_a_patient_who_refuses_on_the_telephone_is_the_physicians_at_once(
    cast, emergency, run_engine, sandbox
):
    contact(emergency, cast.pain, s.REFUSES)
    run_engine()
    assert {PATIENT, PHYSICIAN} <= running(emergency)
    assert ARRIVAL not in running(emergency)
    assert cast.pain.practice.pk in s.told(emergency, "physician_task")
    assert any("Physician: call now" in one.body for one in sandbox.messages())


def test_nobody_asks_whether_somebody_arrived_who_does_not_go(cast, sent, run_engine):
    contact(sent, cast.pain, s.REFUSES)
    run_engine()
    assert s.owed(sent, ARRIVAL, "pain").state == "closed"
    Obligation.objects.running().update(next_due_at="2020-01-01T00:00Z")
    run_engine()
    assert not s.told(sent, "arrival_task")
    assert s.told(sent, "physician_task")


@pytest.mark.parametrize("away", AWAY)
def test_who_is_not_there_is_the_physicians_and_everybody_is_asked_anew(
    cast, sent, run_engine, away
):
    s.act("acknowledge", sent, cast.pain)
    s.hand_over(sent, cast.pain)
    arrival(sent, cast.pain, away, said=Said("CANNOT_DECIDE"))
    run_engine()
    now = s.again(sent)
    assert (now.handed_over_at, now.pain_acknowledged_at) == (None, None)
    assert PHYSICIAN in running(sent)
    assert ARRIVAL not in running(sent)
    assert s.told(sent, "physician_task")


def test_who_cannot_be_found_is_asked_after_on_and_the_physician_has_a_welfare_check_made(
    cast, sent, run_engine, sandbox
):
    arrival(sent, cast.pain, Arrival.NOT_FOUND)
    run_engine()
    assert {ARRIVAL, PHYSICIAN} <= running(sent)
    assert any("welfare check" in one.body for one in sandbox.messages())


def test_going_after_all_ends_the_physicians_task_and_asks_for_the_arrival_again(
    cast, emergency, run_engine
):
    contact(emergency, cast.pain, s.REFUSES)
    run_engine()
    contact(emergency, cast.pain, s.SENT_TO_THE_ED)
    assert s.owed(emergency, PHYSICIAN, "pain").state == "answered"
    assert ARRIVAL in running(emergency)
    contact(emergency, cast.pain, s.REFUSES)
    assert s.owed(emergency, PHYSICIAN, "pain").state == "running"


def test_who_was_sent_or_refused_before_the_alert_opened_is_not_forgotten(cast, run_engine):
    for outcome, kind in ((s.SENT_TO_THE_ED, ARRIVAL), (s.REFUSES, PHYSICIAN)):
        referral = s.send(cast.pain, receiver=cast.spine.practice)
        contact(referral, cast.pain, outcome)
        run_engine()
        assert kind in running(referral)
        assert (PATIENT in running(referral)) == (kind == PHYSICIAN)


def test_a_patient_of_a_case_that_was_safe_who_refuses_is_the_physicians_too(cast, run_engine):
    referral = s.send(cast.pain, findings=make.FOOT_DROP_TODAY)
    run_engine()
    s.act("acknowledge", referral, cast.pain)
    s.act("accept", referral, cast.spine, plan=s.PLAN)
    contact(referral, cast.pain, s.REACHED)
    assert s.again(referral).safe_at
    contact(referral, cast.pain, s.REFUSES)
    run_engine()
    assert PHYSICIAN in running(referral)


def test_what_is_noted_in_words_is_kept_for_people_and_in_no_event(cast, sent):
    arrival(sent, cast.pain, Arrival.REFUSED, said=Said("CAN_DECIDE", "Canary at home"))
    (note,) = Note.objects.filter(referral=sent, kind="comment")
    assert note.text == "The patient can decide this for themselves. Canary at home"
    said = Event.objects.filter(referral=sent).values_list("data", flat=True)
    assert "Canary" not in str(list(said))
    outcomes = Obligation.objects.filter(referral=sent).values_list("outcome", flat=True)
    assert "decide" not in str(list(outcomes))


def by(office):
    return {"by": str(office.clinician.uuid)}


@pytest.mark.parametrize("outcome", ["refused", "left_before_seen"])
def test_the_api_wants_a_word_on_capacity_of_who_goes_nowhere(cast, sent, client_of, outcome):
    here = f"/api/v1/referrals/{sent.uuid}/arrival"
    refused = client_of(cast.pain).send(here, by(cast.pain) | {"outcome": outcome})
    assert refused.status_code == 400
    assert refused.json()["errors"][0]["pointer"] == "/capacity"
    body = by(cast.pain) | {"outcome": outcome, "capacity": "NOT_ASSESSED"}
    assert client_of(cast.pain).send(here, body).status_code == 200


def test_an_outsider_records_nothing(cast, sent, client_of):
    here = f"/api/v1/referrals/{sent.uuid}/arrival"
    body = by(cast.outsider) | {"outcome": "arrived"}
    assert client_of(cast.outsider).send(here, body).status_code == 404


def test_the_desk_puts_the_arrival_first_and_takes_it(cast, sent):
    s.act("acknowledge", sent, cast.pain)
    s.hand_over(sent, cast.pain)
    nurse = at_the_desk(cast.pain.clinician)
    page = text(nurse.get(page_of(sent)))
    assert "Record whether the patient arrived" in page
    press(nurse, sent, "record_arrival", outcome="arrived")
    assert s.owed(sent, ARRIVAL, "pain").state == "answered"


@pytest.fixture
def safe(cast, emergency, run_engine):
    """An emergency that is safe: the surgeon sees the patient, who comes to the clinic."""
    s.act("acknowledge", emergency, cast.pain)
    s.act("record_patient_contact", emergency, cast.pain, s.REACHED)
    s.act("accept", emergency, cast.spine, plan=s.PLAN)
    s.hand_over(emergency, cast.pain)
    run_engine()
    assert s.again(emergency).safe_at
    return s.again(emergency)


def test_who_is_sent_to_an_ed_after_the_case_was_safe_is_asked_after_as_well(
    cast, safe, run_engine
):
    s.act("record_patient_contact", safe, cast.pain, s.SENT_TO_THE_ED)
    run_engine()
    now = s.again(safe)
    assert now.safe_at is None
    assert running(safe) == {ARRIVAL}
    assert (now.owner_side, now.next_action) == ("sender", "confirm_arrival")
    s.act("record_arrival", safe, cast.pain, Arrival.ARRIVED)
    run_engine()
    assert s.again(safe).safe_at


def test_who_is_not_found_after_the_case_was_safe_is_the_physicians(cast, safe, run_engine):
    s.act("record_arrival", safe, cast.pain, Arrival.NOT_FOUND)
    run_engine()
    now = s.again(safe)
    assert PHYSICIAN in running(safe)
    assert (now.safe_at, now.next_action) == (None, "reach_patient")
    assert now.due_at > clock.now()
    assert now.pain_acknowledged_at == safe.pain_acknowledged_at


@pytest.mark.parametrize("act", ["contact", "arrival"])
def test_who_never_left_and_refuses_after_the_case_was_safe_is_the_physicians(
    cast, run_engine, act
):
    referral = s.send(cast.pain, findings={})
    run_engine()
    raise_to(referral, person(cast.pain), Tier.SAME_DAY, "24h")
    run_engine()
    s.act("acknowledge", referral, cast.pain)
    s.act("accept", referral, cast.spine, plan=s.PLAN)
    run_engine()
    assert s.again(referral).safe_at
    if act == "contact":
        s.act("record_patient_contact", referral, cast.pain, s.REFUSES)
    else:
        s.act("record_arrival", referral, cast.pain, Arrival.REFUSED)
    run_engine()
    assert running(referral) == {PHYSICIAN}
    s.act("record_patient_contact", referral, cast.pain, s.REACHED)
    run_engine()
    assert s.again(referral).safe_at


def test_who_was_treated_and_does_not_come_any_more_rings_nobody(cast, safe, run_engine):
    resolve_all(safe, person(cast.pain))
    s.act("record_arrival", safe, cast.pain, Arrival.NOT_FOUND)
    run_engine()
    assert s.again(safe).safe_at == safe.safe_at


def test_who_is_not_found_before_the_engine_has_turned_is_the_physicians(cast, run_engine):
    referral = s.send(cast.pain)
    s.act("record_patient_contact", referral, cast.pain, s.SENT_TO_THE_ED)
    s.act("record_arrival", referral, cast.pain, Arrival.NOT_FOUND)
    run_engine()
    assert PHYSICIAN in running(referral)


def test_a_case_that_begins_anew_asks_anew_where_its_patient_is(cast, safe, run_engine):
    resolve_all(safe, person(cast.pain))
    life.act("request_cancellation", safe, cast.pain)
    life.act("confirm_cancellation", safe, cast.spine)
    life.act("reopen", safe, cast.pain)
    run_engine()
    now = s.again(safe)
    assert now.is_pressing
    assert now.patient_whereabouts == ""
    assert PATIENT in running(safe)


@pytest.mark.parametrize(
    ("act", "outcome", "words"),
    [
        (contact, s.REFUSES, "refuses to go"),
        (arrival, Arrival.LEFT, "left before being seen"),
    ],
    ids=["called", "asked"],
)
def test_the_desk_says_on_the_timeline_what_came_of_the_patient(cast, sent, act, outcome, words):
    act(sent, cast.pain, outcome)
    page = text(at_the_desk(cast.spine.clinician).get(page_of(sent)))
    assert words in page.partition("Timeline")[2]
