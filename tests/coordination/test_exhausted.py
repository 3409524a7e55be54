"""A ladder that came to its end: said once, those who decide are told, and it goes on ringing."""

import pytest

from coordination.escalation import CALLED
from coordination.models import Delivery
from referrals.models import Event, Referral
from referrals.models.practice import Role
from tests import factories as make
from tests.coordination import stories as s
from tests.desk.people import at_the_desk, page_of, text

ACK, PLAN = "acknowledge", "plan"
EXHAUSTED = "obligation.exhausted"


def climb_to_the_end(referral, kind=ACK, specialty="spine"):
    last = len(s.owed(referral, kind, specialty).ladder["steps"]) - 1
    while s.owed(referral, kind, specialty).rung < last:
        s.fire_next_rung(referral, kind, specialty)
    s.fire_next_rung(referral, kind, specialty)


def spine(referral):
    return s.owed(referral, ACK, "spine")


def warned(referral, message):
    found = Delivery.objects.filter(obligation__referral=referral, message=message)
    return {
        point.owner_name
        for one in found.select_related("contact_point__practice", "contact_point__practitioner")
        for point in [one.contact_point]
    }


@pytest.fixture
def director(cast):
    return make.make_person(cast.spine.practice, Role.MEDICAL_DIRECTOR)


def test_the_end_is_said_once_however_often_it_repeats(emergency):
    climb_to_the_end(emergency)
    assert spine(emergency).exhausted_at
    for _ in range(3):
        assert s.fire_next_rung(emergency, ACK, "spine") == 1
    assert s.kinds(emergency)[EXHAUSTED] == 1
    said = Event.objects.get(referral=emergency, kind=EXHAUSTED).data
    assert (said["kind"], said["specialty"]) == (ACK, "spine")


def test_nothing_is_said_before_the_last_rung(emergency):
    # On the next but one there is a backup to be rung, who is not there.
    for _ in range(3):
        s.fire_next_rung(emergency, ACK, "spine")
    assert spine(emergency).rung == 5
    assert spine(emergency).exhausted_at is None
    assert s.kinds(emergency)[EXHAUSTED] == 0


def test_who_decides_is_told_to_send_the_patient_and_told_again_each_time(
    cast, emergency, director, run_engine, sandbox
):
    climb_to_the_end(emergency)
    run_engine()
    told = warned(emergency, "no_surgeon_ed")
    assert {str(director), str(cast.pain.clinician), str(cast.network.clinician)} <= told
    texts = [one.body for one in sandbox.messages() if "no surgeon has answered" in one.body]
    assert any("Send the patient to the ED now" in text for text in texts)
    before = Delivery.objects.filter(message="no_surgeon_ed").count()
    s.fire_next_rung(emergency, ACK, "spine")
    assert Delivery.objects.filter(message="no_surgeon_ed").count() == 2 * before


def test_the_surgeons_are_rung_on_beside_the_warning(cast, emergency):
    climb_to_the_end(emergency)
    asked = spine(emergency).deliveries.filter(message="emergency_surgeon", rung=5)
    assert cast.spine.practice.pk in asked.values_list("contact_point__practice", flat=True)


def test_a_same_day_case_is_for_the_telephone_first_and_for_the_ed_when_the_plan_is_late(
    cast, run_engine
):
    referral = s.send(cast.pain, findings=make.FOOT_DROP_TODAY)
    run_engine()
    climb_to_the_end(referral)
    assert str(cast.pain.clinician) in warned(referral, "no_surgeon")
    assert not warned(referral, "no_plan_ed")
    climb_to_the_end(referral, PLAN)
    assert str(cast.pain.clinician) in warned(referral, "no_plan_ed")


def test_an_answer_withdraws_the_warnings_that_were_not_sent(cast, emergency):
    climb_to_the_end(emergency)
    s.act(ACK, emergency, cast.spine)
    waiting = Delivery.objects.filter(message="no_surgeon_ed")
    assert set(waiting.values_list("state", flat=True)) == {"cancelled"}


def test_a_new_round_may_come_to_its_end_again(cast, emergency, run_engine):
    climb_to_the_end(emergency)
    s.pass_on(emergency, cast.spine)
    run_engine()
    assert spine(emergency).exhausted_at is None
    climb_to_the_end(emergency)
    assert s.kinds(emergency)[EXHAUSTED] == 2


def test_an_elective_referral_is_never_at_its_end(cast, run_engine):
    referral = s.send(cast.pain, findings={}, receiver=cast.spine.practice)
    run_engine()
    climb_to_the_end(referral)
    assert s.kinds(referral)[EXHAUSTED] == 0


def silences(client, referral):
    return client.get(f"/api/v1/referrals/{referral.uuid}/coordination").json()["nobody_answers"]


def test_the_api_says_since_when_how_often_what_to_do_and_whom_to_telephone(
    cast, emergency, client_of
):
    assert silences(client_of(cast.pain), emergency) == []
    climb_to_the_end(emergency)
    (said,) = silences(client_of(cast.pain), emergency)
    assert said["repeats_every_seconds"] == 900
    assert "emergency department" in said["advice"]
    numbers = {one["number"] for one in said["telephone"]}
    mobile = cast.spine.clinician.contact_points.get(channel="sms").address
    assert mobile in numbers
    s.act(ACK, emergency, cast.spine)
    assert silences(client_of(cast.pain), emergency) == []


def test_numbers_are_for_those_who_take_part(cast, emergency, client_of, run_engine):
    climb_to_the_end(emergency)
    s.pass_on(emergency, cast.spine)
    run_engine()
    climb_to_the_end(emergency)
    assert silences(client_of(cast.spine), emergency) == []
    assert silences(client_of(cast.pain), emergency)


def test_the_desk_says_that_nobody_has_answered_and_whom_to_telephone(cast, emergency):
    climb_to_the_end(emergency)
    page = text(at_the_desk(cast.pain.clinician).get(page_of(emergency)))
    assert "Nobody has answered: Spine side" in page
    assert "It repeats every 15 min" in page
    assert cast.spine.clinician.contact_points.get(channel="sms").address in page


def test_a_warning_is_on_no_list_of_calls_that_nobody_was_given(cast, emergency):
    make.make_answering_service(cast.pain.practice)
    # Whoever is on call there is warned instead, and its answering service would find them.
    Referral.objects.filter(pk=emergency.pk).update(responsible=None)
    climb_to_the_end(emergency)
    assert warned(emergency, "no_surgeon_ed")
    calls = Delivery.objects.filter(message="no_surgeon_ed", channel__in=CALLED)
    assert not calls.filter(call_task=None).exists()
