"""Ways in which an urgent case could fall silent, or look safe, and does not."""

import pytest

from coordination.models import Alert, Obligation
from coordination.relay import REACTIONS
from coordination.services import links
from referrals import services as referrals
from referrals import workflow
from tests import factories as make
from tests.cast import make_office
from tests.coordination import stories as s

ACK, PLAN, PATIENT = "acknowledge", "plan", "patient"
ANOTHER_FLAG = {"bowel_incontinence_new": "present"}


@pytest.fixture
def emergency(cast, run_engine):
    referral = s.send(cast.pain)
    run_engine()
    return s.again(referral)


@pytest.fixture
def safe(cast, emergency, run_engine):
    s.act("acknowledge", emergency, cast.pain)
    s.act("accept", emergency, cast.spine, plan=s.PLAN)
    s.act("record_patient_contact", emergency, cast.pain, s.REACHED)
    Obligation.objects.filter(referral=emergency, kind="ed_handover").update(
        state="closed", next_due_at=None
    )
    s.act("record_plan", emergency, cast.spine, s.PLAN)
    run_engine()
    assert s.again(emergency).safe_at
    return s.again(emergency)


def running(referral):
    return {
        (one.kind, one.specialty)
        for one in Obligation.objects.filter(referral=referral, state="running")
    }


def test_a_safe_emergency_cannot_be_declined(cast, safe):
    actor = cast.spine.actor
    with s.behind_the_wall(actor), pytest.raises(workflow.TransitionRefused):
        referrals.decline(safe.pk, referrals.Reason("NO_CAPACITY"), by=actor)


def test_whoever_made_it_safe_may_give_it_back_and_everyone_is_rung_anew(cast, safe, run_engine):
    s.pass_on(safe, cast.spine)
    run_engine()
    again = s.again(safe)
    assert again.safe_at is None
    assert again.receiver is None
    alert = Alert.objects.get(referral=safe, closed_at__isnull=True)
    rung = {(one.kind, one.specialty): one.practice for one in alert.obligations.running()}
    assert rung[(ACK, "spine")] == cast.other_spine.practice
    assert rung[(ACK, "pain")] == cast.pain.practice
    assert (PLAN, "spine") in rung


def test_no_plan_counts_before_somebody_has_accepted(cast, emergency):
    s.act("acknowledge", emergency, cast.spine)
    with pytest.raises(workflow.TransitionRefused):
        s.act("record_plan", emergency, cast.pain, s.PLAN)


@pytest.mark.parametrize(
    "change",
    [{"understood": False}, {"destination": "refused"}, {"transport": "none"}],
)
def test_a_patient_who_did_not_understand_or_refuses_keeps_the_task_ringing(
    cast, emergency, change
):
    s.act("record_patient_contact", emergency, cast.pain, s.REACHED | change)
    assert s.states(emergency)[(PATIENT, "pain")] == "running"


def test_an_ed_handover_stands_when_whoever_recorded_it_passes(cast, emergency, run_engine):
    s.hand_over(emergency, cast.spine)
    s.pass_on(emergency, cast.spine)
    run_engine()
    assert s.again(emergency).plan_recorded_at
    assert emergency.asks.filter(practice=cast.other_spine.practice).count() == 0


def test_people_are_rung_even_if_choosing_a_practice_fails(cast, run_engine, monkeypatch):
    def failing(event):
        raise RuntimeError

    submitted = REACTIONS["referral.submitted"]
    monkeypatch.setitem(REACTIONS, "referral.submitted", (failing, *submitted[1:]))
    referral = s.send(cast.pain)
    run_engine()
    told = s.told(referral)
    assert told[cast.pain.practice.pk]
    assert told[cast.network.practice.pk]
    monkeypatch.undo()
    referral.events.filter(kind="referral.submitted").update(retry_at=None)
    run_engine()
    assert s.owed(referral, ACK, "spine").practice == cast.spine.practice
    assert s.told(referral)[cast.spine.practice.pk]


def test_another_flag_does_not_postpone_a_ladder_that_rings(cast, emergency, run_engine):
    for _ in range(4):
        s.fire_next_rung(emergency, ACK, "spine")
    before = s.owed(emergency, ACK, "spine")
    s.add_findings(emergency, cast.pain, ANOTHER_FLAG)
    run_engine()
    after = s.owed(emergency, ACK, "spine")
    assert (after.rung, after.round) == (before.rung, before.round)
    assert after.next_due_at <= before.next_due_at
    assert after.due_at == before.due_at


def test_a_later_assessment_never_takes_the_surgeon_out(cast, run_engine):
    referral = s.send(cast.pain, findings=make.FOOT_DROP_TODAY)
    run_engine()
    findings = {"stroke_signs": "present", "foot_drop": "absent"}
    s.add_findings(referral, cast.pain, findings)
    run_engine()
    assert s.again(referral).route == "call_911_and_spine_surgery"
    assert (ACK, "spine") in running(referral)


def test_who_was_asked_and_not_chosen_answers_for_nobody(cast, emergency, run_engine):
    for _ in range(5):
        s.fire_next_rung(emergency, ACK, "spine")
    assert emergency.asks.filter(practice=cast.other_spine.practice).exists()
    s.act("accept", emergency, cast.spine)
    with pytest.raises(workflow.TransitionRefused):
        s.act("acknowledge", emergency, cast.other_spine)


def test_an_alternate_that_passes_has_another_asked_at_once(cast, emergency, run_engine):
    third = make_office("spine", capabilities=["emergency"])
    for _ in range(3):
        s.fire_next_rung(emergency, ACK, "spine")
    alternate = emergency.asks.exclude(practice=cast.spine.practice).get(
        answer="", practice__specialty="spine"
    )
    offices = {one.practice.pk: one for one in (cast.other_spine, third)}
    s.pass_on(emergency, offices[alternate.practice_id])
    run_engine()
    (other,) = set(offices) - {alternate.practice_id}
    assert emergency.asks.filter(practice=other, answer="").exists()
    assert s.told(emergency)[other]


def test_who_accepted_before_the_alert_opened_is_not_paged(cast, run_engine):
    referral = s.send(cast.pain, receiver=cast.spine.practice)
    s.act("accept", referral, cast.spine, plan=s.PLAN)
    run_engine()
    assert (ACK, "spine") not in s.states(referral)
    assert not s.told(referral, "emergency_surgeon")
    assert (ACK, "pain") in running(referral)


def test_a_person_who_left_is_neither_rung_nor_let_in_by_an_old_link(cast, emergency):
    theirs = s.Delivery.objects.filter(contact_point__practitioner=cast.spine.clinician)
    before = theirs.count()
    secret = links.secret_for(theirs[0].obligation_id, theirs[0].contact_point_id)
    assert links.find(secret)
    type(cast.spine.clinician).objects.update(is_active=False)
    with pytest.raises(links.LinkUnknown):
        links.find(secret)
    s.fire_next_rung(emergency, ACK, "spine")
    assert theirs.count() == before


def test_an_alternate_is_rung_by_its_own_name_and_again_until_it_answers(
    cast, emergency, run_engine, sandbox
):
    for _ in range(3):
        s.fire_next_rung(emergency, ACK, "spine")
    other = cast.other_spine.practice
    once = s.told(emergency)[other.pk]
    assert once
    s.fire_next_rung(emergency, ACK, "spine")
    assert s.told(emergency)[other.pk] > once
    run_engine()
    theirs = {point.address for point in other.contact_points.exclude(practitioner=None)}
    texts = [message.body for message in sandbox.messages() if message.to in theirs]
    assert texts
    assert all(other.short_name in text for text in texts)


def test_who_accepted_before_the_alert_opened_and_passes_leaves_nothing_silent(cast, run_engine):
    referral = s.send(cast.pain, receiver=cast.spine.practice)
    s.act("accept", referral, cast.spine, plan=s.PLAN)
    run_engine()
    s.pass_on(referral, cast.spine)
    run_engine()
    assert s.owed(referral, ACK, "spine").practice == cast.other_spine.practice
    assert {(ACK, "spine"), (PLAN, "spine")} <= running(referral)
    assert s.told(referral, "emergency_surgeon")[cast.other_spine.practice.pk]
