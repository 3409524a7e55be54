"""No referral ends while an urgent case is open, or leaves a red flag of its patient alone."""

import pytest
from django.utils import timezone

from coordination import engine
from coordination import services as coordination
from referrals import services
from referrals.clinical import Tier
from referrals.models import RedFlag
from referrals.services.ending import RedFlagOpen
from referrals.workflow import Status, TransitionRefused, UrgentCaseOpen
from tests import factories as make
from tests.cast import behind_the_wall, role
from tests.referrals.services import life
from tests.referrals.services.by_hand import person, raise_to, resolve_all

PLAN = coordination.ReceivingPlan("clinic_visit", "Dr DEMO", "DEMO Clinic", timezone.now())
REACHED = {"reached": True, "understood": True, "transport": "driven", "destination": "clinic"}
ENDINGS = {
    "request_cancellation": "pain", "redirect": "pain", "enter_in_error": "pain",
    "record_failure": "spine",
}  # fmt: skip


def coordinate(name, referral, office, *takes, **given):
    by = person(office)
    with behind_the_wall(by):
        return getattr(coordination, name)(referral.pk, *takes, by=by, **given)


def run_the_engine():
    with role("engine"):
        engine.work_until_idle()


def pressing(cast):
    """An urgent case that was accepted and has no plan yet."""
    referral = life.send(cast, make.FOOT_DROP_TODAY)
    run_the_engine()
    coordinate("accept", referral, cast.spine, via="api")
    return referral


def safe(cast):
    """An urgent case that everybody answered, with a plan."""
    referral = pressing(cast)
    coordinate("record_plan", referral, cast.spine, PLAN, via="api")
    coordinate("acknowledge", referral, cast.pain, via="api")
    coordinate("record_patient_contact", referral, cast.pain, REACHED, via="api")
    assert life.again(referral).safe_at
    return referral


@pytest.mark.parametrize("act", ENDINGS)
def test_nothing_ends_while_people_must_answer(cast, act):
    referral = pressing(cast)
    with pytest.raises(UrgentCaseOpen, match="emergency department"):
        life.act(act, referral, getattr(cast, ENDINGS[act]))
    assert life.again(referral).status == "accepted"


@pytest.mark.parametrize("act", ENDINGS)
def test_nothing_ends_while_a_red_flag_would_be_left_alone(cast, act):
    referral = safe(cast)
    with pytest.raises(RedFlagOpen) as refused:
        life.act(act, referral, getattr(cast, ENDINGS[act]))
    for rule in RedFlag.objects.values_list("rule_id", flat=True):
        assert rule in str(refused.value)
    assert life.again(referral).status == "accepted"
    resolve_all(referral, person(cast.spine))
    life.act(act, referral, getattr(cast, ENDINGS[act]))
    assert life.again(referral).status != "accepted"


def test_a_red_flag_that_an_emergency_department_has_taken_is_not_left_alone(cast):
    referral = pressing(cast)
    coordinate("hand_over_to_ed", referral, cast.pain, PLAN, via="api", call_back="+15550001111")
    coordinate("acknowledge", referral, cast.pain, via="api")
    coordinate("record_patient_contact", referral, cast.pain, REACHED, via="api")
    life.act("request_cancellation", referral, cast.pain)
    life.act("confirm_cancellation", referral, cast.spine)
    assert life.again(referral).status == "cancelled"


def test_a_red_flag_rising_while_a_cancellation_waits_holds_it_up(cast):
    referral = life.brought_to(Status.CANCEL_REQUESTED, cast)
    by = person(cast.pain)
    with behind_the_wall(by):
        services.add_findings(
            referral.pk, by=by, findings=make.CAUDA_EQUINA, codes=[], stated_by_clinician=False
        )
    with pytest.raises(UrgentCaseOpen):
        life.act("confirm_cancellation", referral, cast.spine)
    assert life.turn(referral) == ("receiver", "acknowledge")
    life.act("withdraw_cancellation", referral, cast.pain)
    assert life.again(referral).status == "accepted"
    assert life.turn(referral) == ("receiver", "acknowledge")


def test_an_urgent_case_that_is_safe_is_reported_and_closed(cast):
    referral = safe(cast)
    life.act("schedule", referral, cast.spine)
    life.act("report", referral, cast.spine)
    life.act("close", referral, cast.pain)
    assert life.again(referral).status == "closed"


def test_a_report_with_a_new_red_flag_is_not_closed(cast):
    referral = life.brought_to(Status.REPORTED, cast)
    by = person(cast.pain)
    with behind_the_wall(by):
        services.add_findings(
            referral.pk, by=by, findings=make.CAUDA_EQUINA, codes=[], stated_by_clinician=False
        )
    with pytest.raises(UrgentCaseOpen):
        life.act("close", referral, cast.pain)
    run_the_engine()
    assert life.again(referral).alert_open


def test_a_red_flag_of_another_referral_that_nobody_has_taken_holds_up_the_end(cast):
    patient = {"patient": {"family_name": "DEMO", "mrn": "MRN-7", "is_demo": True}}
    urgent = life.send(cast, make.FOOT_DROP_TODAY, **patient)
    other = life.send(cast, receiver=cast.other_spine.practice, **patient)
    with pytest.raises(RedFlagOpen):
        life.act("request_cancellation", other, cast.pain)
    life.act("accept", urgent, cast.spine)
    life.act("request_cancellation", other, cast.pain)
    assert life.again(other).status == "cancelled"


@pytest.mark.parametrize("status", ["scheduled", "no_show", "visit_cancelled", "seen", "reported"])
def test_who_had_taken_the_patient_may_pass_an_urgent_case_from_any_status(cast, status):
    referral = life.brought_to(Status(status), cast)
    with behind_the_wall(person(cast.pain)):
        services.add_findings(
            referral.pk,
            by=person(cast.pain),
            findings=make.CAUDA_EQUINA,
            codes=[],
            stated_by_clinician=False,
        )
    run_the_engine()
    coordinate("pass_on", referral, cast.spine, reason_code="NO_CAPACITY")
    found = life.again(referral)
    assert (found.status, found.receiver, found.owner_side) == ("received", None, "receiver")
    assert not found.visits.booked().exists()
    run_the_engine()
    assert found.asks.filter(practice=cast.other_spine.practice, answer="").exists()


def test_an_urgent_case_is_answered_while_it_waits_for_information(cast):
    referral = life.send(cast, make.FOOT_DROP_TODAY)
    run_the_engine()
    coordinate("request_information", referral, cast.spine, "DEMO: which level?", via="api")
    assert life.turn(referral) == ("receiver", "accept")
    life.act("answer_information", referral, cast.pain)
    assert life.turn(referral) == ("receiver", "accept")
    coordinate("accept", referral, cast.spine, via="api")
    assert life.turn(referral) == ("receiver", "record_plan")
    life.act("request_information", referral, cast.spine)
    assert life.turn(referral) == ("receiver", "record_plan")


def test_what_was_raised_by_hand_stays_as_urgent_when_it_is_sent_on(cast):
    referral = life.brought_to(Status.ACCEPTED, cast)
    raise_to(referral, person(cast.pain), Tier.URGENT)
    new = life.act("redirect", referral, cast.pain)
    assert (new.tier, life.again(referral).tier) == (Tier.URGENT, Tier.URGENT)
    assert new.assessments.get().tier == Tier.URGENT


def test_a_red_flag_that_is_still_open_is_not_raised_twice_when_the_case_is_sent_on(cast):
    referral = safe(cast)
    coordinate("hand_over_to_ed", referral, cast.pain, PLAN, via="api", call_back="+15550001111")
    assert not referral.patient.mrn
    new = life.act("redirect", referral, cast.pain)
    assert new.is_urgent
    assert RedFlag.objects.unresolved(referral.patient_id).count() == 1


def test_an_urgent_case_that_is_sent_on_rings_everybody_anew(cast):
    referral = safe(cast)
    resolve_all(referral, person(cast.spine))
    new = life.act("redirect", referral, cast.pain)
    assert (new.tier, new.within) == (life.again(referral).tier, life.again(referral).within)
    run_the_engine()
    assert life.again(new).alert_open


def test_an_outsider_learns_nothing_from_the_gate(cast):
    referral = pressing(cast)
    with pytest.raises(type(referral).DoesNotExist):
        life.act("request_cancellation", referral, cast.outsider)
    with pytest.raises(TransitionRefused):
        life.act("decline", referral, cast.spine)
