"""What people answer, and what stops, goes on or begins because of it."""

import pytest

from coordination.models import Alert, Delivery, Obligation
from coordination.relay import relay
from referrals import workflow
from referrals.models import Event
from tests import factories as make
from tests.cast import make_office
from tests.coordination import stories as s

ACK, PLAN = "acknowledge", "plan"


@pytest.fixture
def emergency(cast, run_engine):
    referral = s.send(cast.pain)
    run_engine()
    return s.again(referral)


def pending(referral, kind, specialty):
    return s.owed(referral, kind, specialty).deliveries.open().count()


def test_an_acknowledgement_stops_its_own_side_only(cast, emergency):
    s.act("acknowledge", emergency, cast.pain)
    assert s.owed(emergency, ACK, "pain").state == "answered"
    assert s.owed(emergency, ACK, "pain").answered_by == str(cast.pain.clinician)
    assert s.owed(emergency, ACK, "spine").state == "running"


def test_acknowledging_twice_is_acknowledging_once(cast, emergency):
    first = s.act("acknowledge", emergency, cast.pain)
    second = s.act("acknowledge", emergency, cast.pain)
    assert first.version == second.version
    assert s.kinds(emergency)["referral.acknowledged"] == 1


def test_accepting_is_acknowledging_and_needs_no_version_while_the_alert_is_open(cast, emergency):
    s.act("accept", emergency, cast.spine)
    assert s.owed(emergency, ACK, "spine").state == "answered"
    assert s.again(emergency).spine_acknowledged_at
    assert s.fire_next_rung(emergency, PLAN, "spine") == 1


def test_nobody_is_rung_for_an_acknowledgement_after_it(cast, emergency, run_engine):
    s.act("acknowledge", emergency, cast.spine)
    before = s.owed(emergency, ACK, "spine").deliveries.count()
    Obligation.objects.exclude(state="answered").update(next_due_at="2020-01-01T00:00Z")
    run_engine()
    assert s.owed(emergency, ACK, "spine").deliveries.count() == before


def test_who_accepts_owes_the_plan_also_if_another_was_asked_first(cast, emergency, run_engine):
    for _ in range(4):
        s.fire_next_rung(emergency, ACK, "spine")
    s.act("accept", emergency, cast.other_spine)
    assert s.owed(emergency, PLAN, "spine").practice == cast.other_spine.practice
    s.fire_next_rung(emergency, PLAN, "spine")
    assert cast.spine.practice.pk not in s.told(emergency, "plan_missing")


def test_the_alert_closes_when_all_have_answered_and_a_plan_is_on_record(cast, emergency):
    s.act("accept", emergency, cast.spine, plan=s.PLAN)
    s.act("record_patient_contact", emergency, cast.pain, s.REACHED)
    s.hand_over(emergency, cast.pain)
    alert = Alert.objects.get(referral=emergency)
    assert alert.closed_at is None
    s.act("acknowledge", emergency, cast.pain)
    alert.refresh_from_db()
    assert alert.closed_by == str(cast.pain.clinician)
    assert alert.close_reason == "safe"
    assert s.again(emergency).safe_at


def test_an_alert_stays_open_while_the_patient_has_to_be_called(cast, emergency):
    s.act("accept", emergency, cast.spine, plan=s.PLAN)
    s.act("acknowledge", emergency, cast.pain)
    s.hand_over(emergency, cast.pain)
    assert s.again(emergency).alert_open
    s.act("record_patient_contact", emergency, cast.pain, s.REACHED)
    assert s.again(emergency).safe_at


def test_a_patient_who_was_not_reached_is_still_to_be_called(cast, emergency):
    s.act("record_patient_contact", emergency, cast.pain, s.REACHED | {"reached": False})
    assert s.owed(emergency, "patient", "pain").state == "running"


def test_an_ed_handover_releases_the_surgeon_and_everyone_told_learns_it(
    cast, emergency, run_engine
):
    s.hand_over(emergency, cast.pain)
    assert s.states(emergency) == {
        (ACK, "pain"): "running", (ACK, "spine"): "closed", (PLAN, "spine"): "answered",
        ("patient", "pain"): "running", ("ed_handover", "pain"): "answered",
    }  # fmt: skip
    assert pending(emergency, ACK, "spine") == 0
    run_engine()
    assert set(s.told(emergency, "ed_took_over")) == {cast.pain.practice.pk, cast.spine.practice.pk}


def test_everyone_who_was_told_learns_the_outcome_though_their_obligation_ends(
    cast, emergency, run_engine, sandbox
):
    s.act("accept", emergency, cast.spine, plan=s.PLAN)
    with s.role("engine"):
        while s.services.climb() or relay():
            pass
    # The notice hangs on an obligation that is answered before the notice is sent.
    s.hand_over(emergency, cast.pain)
    run_engine()
    notices = Delivery.objects.filter(obligation__referral=emergency, message="taken")
    assert notices.count() >= 4
    assert {one.state for one in notices} == {"sent"}


def test_a_call_withdrawn_on_the_wire_is_followed_by_its_outcome(cast, emergency, run_engine):
    Delivery.objects.filter(contact_point__practitioner=cast.spine.clinician).update(
        state="cancelled", sent_at=None
    )
    s.act("accept", emergency, cast.spine)
    run_engine()
    assert cast.spine.practice.pk in s.told(emergency, "taken")


def test_a_pass_has_the_next_practice_rung_at_once(cast, emergency, run_engine):
    s.pass_on(emergency, cast.spine)
    run_engine()
    owed = s.owed(emergency, ACK, "spine")
    assert (owed.practice, owed.round) == (cast.other_spine.practice, 1)
    assert cast.other_spine.practice.pk in s.told(emergency, "emergency_surgeon")


def test_when_the_last_practice_passes_the_coordinators_are_rung_in_the_same_act(
    cast, emergency, run_engine
):
    s.pass_on(emergency, cast.spine)
    run_engine()
    s.pass_on(emergency, cast.other_spine)
    run_engine()
    assert s.owed(emergency, ACK, "spine").practice is None
    assert cast.network.practice.pk in s.told(emergency)
    assert s.again(emergency).owner_side == "coordinator"
    nobody = Event.objects.get(referral=emergency, kind="referral.nobody_available")
    assert "No practice" in nobody.data["reason"]


def test_a_pass_by_an_alternate_that_had_acknowledged_wakes_the_ladder_again(
    cast, emergency, run_engine
):
    for _ in range(4):
        s.fire_next_rung(emergency, ACK, "spine")
    s.act("acknowledge", emergency, cast.other_spine)
    assert s.owed(emergency, ACK, "spine").state == "answered"
    s.pass_on(emergency, cast.other_spine)
    run_engine()
    owed = s.owed(emergency, ACK, "spine")
    assert owed.state == "running"
    assert owed.practice == cast.spine.practice


def test_a_plan_leaves_with_the_practice_that_made_it(cast, emergency, run_engine):
    s.act("accept", emergency, cast.spine, plan=s.PLAN)
    s.pass_on(emergency, cast.spine)
    owed = s.owed(emergency, PLAN, "spine")
    assert owed.state == "running"
    assert owed.next_due_at
    assert s.again(emergency).plan_recorded_at is None


def test_a_surgeon_who_sends_a_patient_back_with_a_red_flag_answers_and_plans(cast, run_engine):
    referral = s.send(cast.spine, sought="pain", receiver=cast.pain.practice)
    run_engine()
    spine = s.owed(referral, ACK, "spine")
    assert spine.practice == cast.spine.practice
    assert cast.spine.practice.pk in s.told(referral, "emergency_surgeon")
    assert cast.pain.practice.pk in s.told(referral, "emergency_pain")
    s.act("acknowledge", referral, cast.spine)
    s.act("accept", referral, cast.pain)
    s.act("record_plan", referral, cast.spine, s.PLAN)
    assert s.states(referral)[(ACK, "spine")] == "answered"
    assert s.states(referral)[(PLAN, "spine")] == "answered"
    assert s.states(referral)[("patient", "pain")] == "running"


def test_the_surgeons_ladder_never_asks_a_pain_practice_instead(cast, run_engine):
    make_office("pain", capabilities=["emergency"])
    referral = s.send(cast.spine, sought="pain", receiver=cast.pain.practice)
    run_engine()
    for _ in range(7):
        s.fire_next_rung(referral, ACK, "spine")
    specialties = set(
        Delivery.objects.filter(obligation=s.owed(referral, ACK, "spine")).values_list(
            "contact_point__practice__specialty", flat=True
        )
    )
    assert specialties == {"spine", "coordination"}
    asked = referral.asks.filter(practice__specialty="pain")
    assert set(asked.values_list("practice", flat=True)) == {cast.pain.practice.pk}


def test_new_red_flags_have_everyone_acknowledge_anew(cast, run_engine):
    referral = s.send(cast.pain, findings=make.FOOT_DROP_TODAY)
    run_engine()
    s.act("acknowledge", referral, cast.pain)
    s.act("accept", referral, cast.spine, plan=s.PLAN)
    s.add_findings(referral, cast.pain, make.CAUDA_EQUINA)
    run_engine()
    assert set(s.states(referral).values()) == {"running"}
    assert Alert.objects.get(referral=referral).tier == 4
    assert cast.spine.practice.pk in s.told(referral, "emergency_surgeon")


def test_a_plan_recorded_before_a_rise_was_opened_does_not_close_the_alert(cast, run_engine):
    referral = s.send(cast.pain, findings=make.FOOT_DROP_TODAY)
    run_engine()
    s.act("acknowledge", referral, cast.pain)
    s.act("accept", referral, cast.spine)
    s.act("record_patient_contact", referral, cast.pain, s.REACHED)
    s.add_findings(referral, cast.pain, make.CAUDA_EQUINA)
    s.act("record_plan", referral, cast.spine, s.PLAN)
    assert s.again(referral).alert_open
    run_engine()
    assert s.owed(referral, ACK, "pain").state == "running"


def test_answers_given_anew_before_a_rise_was_opened_do_not_close_the_alert(cast, run_engine):
    referral = s.send(cast.pain, findings=make.FOOT_DROP_TODAY)
    run_engine()
    s.act("accept", referral, cast.spine)
    s.act("record_patient_contact", referral, cast.pain, s.REACHED)
    s.act("acknowledge", referral, cast.pain)
    s.add_findings(referral, cast.pain, make.CAUDA_EQUINA)
    for office in (cast.pain, cast.spine):
        s.act("acknowledge", referral, office)
    s.act("record_plan", referral, cast.spine, s.PLAN)
    assert s.again(referral).alert_open
    run_engine()
    assert s.owed(referral, "ed_handover", "pain").state == "running"


def test_a_second_alert_opens_after_the_first_was_safe(cast, run_engine):
    referral = s.send(cast.pain, findings=make.FOOT_DROP_TODAY)
    run_engine()
    s.act("acknowledge", referral, cast.pain)
    s.act("record_patient_contact", referral, cast.pain, s.REACHED)
    s.act("accept", referral, cast.spine, plan=s.PLAN)
    assert s.again(referral).safe_at
    s.add_findings(referral, cast.pain, make.CAUDA_EQUINA)
    run_engine()
    first, second = Alert.objects.filter(referral=referral).order_by("id")
    assert first.closed_at
    assert second.closed_at is None
    assert set(second.obligations.values_list("state", flat=True)) == {"running"}
    assert second.obligations.get(kind=ACK, specialty="spine").practice == cast.spine.practice


def test_a_case_for_911_informs_the_surgeon_and_rings_nobody_there(cast, run_engine):
    referral = s.send(cast.pain, findings=s.STROKE)
    run_engine()
    assert {key[1] for key in s.states(referral)} == {"pain"}
    written = Delivery.objects.filter(
        obligation__referral=referral, contact_point__practice=cast.spine.practice
    )
    assert {(one.message, one.channel) for one in written} == {("surgeon_informed", "email")}


def test_a_coordinators_acknowledgement_answers_for_neither_side(cast, emergency):
    for _ in range(5):
        s.fire_next_rung(emergency, ACK, "spine")
    with pytest.raises(workflow.TransitionRefused):
        s.act("acknowledge", emergency, cast.network)
    assert set(s.states(emergency).values()) == {"running"}


def test_only_acts_of_people_raise_the_version(cast, emergency, run_engine):
    assert emergency.version == 1
    for _ in range(6):
        s.fire_next_rung(emergency, ACK, "spine")
    run_engine()
    assert s.again(emergency).version == 1
    s.act("acknowledge", emergency, cast.pain)
    assert s.again(emergency).version == 2


@pytest.mark.parametrize("name", ["acknowledge", "accept"])
def test_an_outsider_is_not_even_told_that_it_exists(cast, emergency, name):
    with pytest.raises(type(emergency).DoesNotExist):
        s.act(name, emergency, cast.outsider)


def test_whoever_comes_second_is_told_that_it_was_taken(cast, emergency, run_engine):
    for _ in range(4):
        s.fire_next_rung(emergency, ACK, "spine")
    s.act("accept", emergency, cast.spine)
    with pytest.raises(workflow.TransitionRefused, match="is accepted"):
        s.act("accept", emergency, cast.other_spine)
