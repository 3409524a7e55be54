"""What follows when urgency is raised or lowered by hand: who is rung, who not, and who is told."""

import pytest

from coordination.models import Alert, Delivery
from referrals import services as referrals
from referrals.clinical import Tier
from referrals.services.lowering import LoweringRefused
from referrals.services.moves import StaleVersion
from tests import factories as make
from tests.coordination import stories as s
from tests.coordination.threads import at_once
from tests.referrals.services import by_hand as by
from tests.referrals.services.by_hand import person

RACES = 8


def alerts(referral):
    found = Alert.objects.filter(referral=referral).order_by("id")
    return [(Tier(one.tier).name, one.close_reason) for one in found]


def running(referral):
    return set(
        referral.obligations.filter(state="running").values_list("kind", "specialty", "alert")
    )


@pytest.fixture
def safe(cast, emergency, run_engine):
    s.act("acknowledge", emergency, cast.pain)
    s.act("accept", emergency, cast.spine, plan=s.PLAN)
    s.act("record_patient_contact", emergency, cast.pain, s.REACHED)
    s.hand_over(emergency, cast.pain)
    run_engine()
    assert s.again(emergency).safe_at
    return emergency


def test_a_raise_by_hand_opens_the_alert_and_rings_both_sides(cast, run_engine):
    mild = s.send(cast.pain, findings={}, receiver=cast.spine.practice)
    run_engine()
    by.raise_to(mild, person(cast.pain), Tier.EMERGENCY)
    run_engine()
    assert alerts(mild) == [("EMERGENCY", "")]
    assert s.told(mild, "emergency_surgeon")[cast.spine.practice.pk]
    assert s.told(mild, "emergency_pain")[cast.pain.practice.pk]
    again = s.again(mild)
    assert again.alert_open


def test_a_raise_by_hand_raises_the_open_alert(cast, run_engine):
    urgent = s.send(cast.pain, findings=make.FOOT_DROP_TODAY)
    run_engine()
    assert alerts(urgent) == [("SAME_DAY", "")]
    by.raise_to(urgent, person(cast.pain), Tier.EMERGENCY)
    run_engine()
    assert alerts(urgent) == [("EMERGENCY", "")]
    assert s.kinds(urgent)["alert.raised"] == 1


def test_a_safe_case_that_is_raised_is_rung_again(cast, run_engine):
    mild = s.send(cast.pain, findings={}, receiver=cast.spine.practice)
    by.raise_to(mild, person(cast.pain), Tier.SAME_DAY)
    run_engine()
    s.act("acknowledge", mild, cast.pain)
    s.act("accept", mild, cast.spine, plan=s.PLAN)
    s.act("record_patient_contact", mild, cast.pain, s.REACHED)
    assert s.again(mild).safe_at
    by.raise_to(mild, person(cast.spine), Tier.EMERGENCY)
    run_engine()
    assert alerts(mild) == [("SAME_DAY", "safe"), ("EMERGENCY", "")]
    assert s.again(mild).safe_at is None


def test_the_alert_rings_on_until_a_second_person_has_confirmed(cast, emergency, run_engine):
    by.resolve_all(emergency, person(cast.pain))
    by.propose(emergency, person(cast.pain), Tier.ROUTINE)
    run_engine()
    assert alerts(emergency) == [("EMERGENCY", "")]
    assert len(running(emergency)) == 5


def test_a_lowering_closes_the_alert_withdraws_the_calls_and_tells_everybody(
    cast, emergency, run_engine, sandbox
):
    s.fire_next_rung(emergency, "acknowledge", "pain")
    by.lower(emergency, person(cast.pain), person(cast.spine), Tier.ROUTINE)
    heard = len(sandbox.record.after(0))
    run_engine()
    assert alerts(emergency) == [("EMERGENCY", "lowered")]
    assert Alert.objects.get(referral=emergency).closed_by == str(cast.spine.clinician)
    after = s.again(emergency)
    assert (after.alert_open, after.safe_at) == (False, None)
    assert s.kinds(emergency)["alert.lowered"] == 1
    told = s.told(emergency, "lowered")
    assert told[cast.pain.practice.pk]
    assert told[cast.spine.practice.pk]
    urgent = Delivery.objects.filter(
        obligation__referral=emergency, obligation__alert__isnull=False
    ).exclude(message="lowered")
    assert not urgent.open().exists()
    assert len(sandbox.record.after(0)) > heard
    # Nobody is told that it is safe.
    assert s.told(emergency, "safe") == {}


def test_a_lowered_case_that_nobody_has_seen_rings_as_an_elective_one(cast, emergency, run_engine):
    by.lower(emergency, person(cast.pain), person(cast.spine), Tier.ROUTINE)
    run_engine()
    assert running(emergency) == {("acknowledge", "spine", None)}
    assert s.told(emergency, "new_referral")


def test_a_lowered_case_that_the_surgeon_has_seen_only_owes_an_answer(cast, emergency, run_engine):
    s.act("acknowledge", emergency, cast.spine)
    by.lower(emergency, person(cast.pain), person(cast.spine), Tier.URGENT)
    run_engine()
    assert running(emergency) == {("plan", "spine", None)}
    assert s.told(emergency, "answer_due") == {}


def test_a_case_that_rose_from_elective_rings_its_first_ladder_again(cast, run_engine):
    mild = s.send(cast.pain, findings={}, receiver=cast.spine.practice)
    run_engine()
    by.raise_to(mild, person(cast.pain), Tier.SAME_DAY)
    run_engine()
    by.lower(mild, person(cast.pain), person(cast.spine), Tier.ROUTINE)
    run_engine()
    assert running(mild) == {("acknowledge", "spine", None)}
    assert len(Delivery.objects.filter(obligation__referral=mild, message="new_referral")) == 2


def test_an_emergency_lowered_to_same_day_owes_no_handover_and_rings_on(
    cast, emergency, run_engine
):
    by.lower(emergency, person(cast.pain), person(cast.spine), Tier.SAME_DAY)
    run_engine()
    assert alerts(emergency) == [("SAME_DAY", "")]
    assert {kind for kind, _, _ in running(emergency)} == {"acknowledge", "plan", "patient"}
    assert s.again(emergency).alert_open
    assert s.told(emergency, "lowered")


def test_a_case_that_waited_for_the_handover_alone_is_safe_once_it_owes_none(
    cast, emergency, run_engine
):
    s.act("acknowledge", emergency, cast.pain)
    s.act("accept", emergency, cast.spine, plan=s.PLAN)
    s.act("record_patient_contact", emergency, cast.pain, s.REACHED)
    assert s.again(emergency).safe_at is None
    by.lower(emergency, person(cast.pain), person(cast.spine), Tier.SAME_DAY)
    run_engine()
    assert alerts(emergency) == [("SAME_DAY", "safe")]
    assert s.again(emergency).safe_at


def test_lowering_a_safe_case_leaves_its_alert_as_it_ended(cast, safe, run_engine):
    by.lower(safe, person(cast.pain), person(cast.spine), Tier.ROUTINE)
    run_engine()
    assert alerts(safe) == [("EMERGENCY", "safe")]
    assert s.again(safe).safe_at


def test_a_rise_right_after_the_lowering_keeps_the_alert_open(cast, emergency, run_engine):
    by.lower(emergency, person(cast.pain), person(cast.spine), Tier.ROUTINE)
    s.add_findings(emergency, cast.pain, make.CAUDA_EQUINA)
    run_engine()
    assert alerts(emergency) == [("EMERGENCY", "")]
    assert s.again(emergency).alert_open
    assert len(running(emergency)) == 5


def test_a_lowered_case_rises_with_a_new_alert(cast, emergency, run_engine):
    by.lower(emergency, person(cast.pain), person(cast.spine), Tier.ROUTINE)
    run_engine()
    s.add_findings(emergency, cast.pain, {"current_location": "at home"})
    run_engine()
    assert alerts(emergency) == [("EMERGENCY", "lowered")]
    s.add_findings(emergency, cast.pain, make.CAUDA_EQUINA)
    run_engine()
    assert alerts(emergency) == [("EMERGENCY", "lowered"), ("EMERGENCY", "")]


@pytest.mark.parametrize("race", range(RACES))
def test_of_a_confirmation_and_a_rise_at_once_the_rise_wins(town, race):
    referral = s.send(town.pain, receiver=town.spine.practice)
    target = (Tier.SAME_DAY, Tier.ROUTINE)[race % 2]
    if target < Tier.SAME_DAY:
        by.resolve_all(referral, person(town.pain))
    by.propose(referral, person(town.pain), target)
    version, second, first = s.again(referral).version, person(town.spine), person(town.pain)

    def confirm():
        with s.acting_as(second):
            referrals.confirm_lowering(referral.pk, by=second, if_version=version)
        return "lowered"

    def rise():
        with s.acting_as(first):
            referrals.add_findings(
                referral.pk, by=first, findings=make.CAUDA_EQUINA, codes=[],
                stated_by_clinician=False,
            )  # fmt: skip
        return "risen"

    results = at_once(*((confirm, rise) if race % 4 < 2 else (rise, confirm)), role_name="app")
    after = s.again(referral)
    assert after.tier == Tier.EMERGENCY
    assert after.version == version + len([one for one in results if isinstance(one, str)])
    assert "risen" in results
    refused = [one for one in results if one not in ("risen", "lowered")]
    assert all(isinstance(one, StaleVersion | LoweringRefused) for one in refused)
    by_now = s.kinds(referral)
    assert by_now["referral.urgency_lowered"] == (0 if refused else 1)
