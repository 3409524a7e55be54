"""A red flag has an owner for each referral that it fired for, whoever raised it first."""

import pytest

from referrals import clock, services
from referrals.models import RedFlag
from referrals.services.ending import RedFlagOpen
from referrals.walls import ENGINE
from referrals.workflow import TransitionRefused
from tests import factories as make
from tests.cast import behind_the_wall
from tests.referrals.services import life
from tests.referrals.services.by_hand import IMAGING, person, resolve_all
from tests.referrals.services.test_urgent_endings import (
    PLAN,
    REACHED,
    coordinate,
    run_the_engine,
    safe,
)

MRN = {"patient": {"family_name": "DEMO", "mrn": "MRN-7", "is_demo": True}}
ADVICE = services.Consult(
    recommendation_code="ADVICE_ONLY",
    red_flag_advice_given=False,
    items={"answer_to_question": "DEMO", "next_steps": "DEMO"},
)
ENDINGS = {
    "request_cancellation": "pain", "redirect": "pain", "enter_in_error": "pain",
    "record_failure": "spine",
}  # fmt: skip


def send_urgent(cast, findings=make.FOOT_DROP_TODAY):
    referral = life.send(cast, findings, **MRN)
    run_the_engine()
    return referral


def make_safe(referral, cast, **accepting):
    coordinate("accept", referral, cast.spine, via="api", **accepting)
    coordinate("record_plan", referral, cast.spine, PLAN, via="api")
    answer_as_sender(referral, cast)
    assert life.again(referral).safe_at


def answer_as_sender(referral, cast):
    coordinate("acknowledge", referral, cast.pain, via="api")
    coordinate("record_patient_contact", referral, cast.pain, REACHED, via="api")


def hand_over(referral, cast):
    coordinate("hand_over_to_ed", referral, cast.pain, PLAN, via="api", call_back="+15550001111")


@pytest.mark.parametrize("act", ENDINGS)
def test_a_second_referral_is_held_by_a_red_flag_that_fired_for_it_as_well(cast, act):
    first = send_urgent(cast)
    make_safe(first, cast)
    life.act("schedule", first, cast.spine)
    life.act("report", first, cast.spine)
    life.act("close", first, cast.pain)
    second = send_urgent(cast)
    assert RedFlag.objects.get(patient=second.patient_id).referral_id == first.pk
    make_safe(second, cast)
    with pytest.raises(RedFlagOpen):
        life.act(act, second, getattr(cast, ENDINGS[act]))
    resolve_all(second, person(cast.spine))
    life.act(act, second, getattr(cast, ENDINGS[act]))


def test_a_second_referral_ends_while_the_first_still_has_the_patient(cast):
    first, second = send_urgent(cast), send_urgent(cast)
    make_safe(first, cast)
    make_safe(second, cast)
    life.act("record_failure", second, cast.spine)
    with pytest.raises(RedFlagOpen):
        life.act("record_failure", first, cast.spine)


def test_a_handover_from_before_owns_no_red_flag_that_fired_again(cast):
    first = send_urgent(cast)
    hand_over(first, cast)
    answer_as_sender(first, cast)
    life.act("request_cancellation", first, cast.pain)
    second = send_urgent(cast)
    make_safe(second, cast)
    with pytest.raises(RedFlagOpen):
        life.act("record_failure", second, cast.spine)


def test_a_handover_of_the_same_patient_since_then_owns_the_red_flag(cast):
    first, second = send_urgent(cast), send_urgent(cast)
    make_safe(second, cast)
    hand_over(first, cast)
    life.act("record_failure", second, cast.spine)
    assert life.again(second).status == "failed"


def advise(referral, cast):
    by = person(cast.spine)
    with behind_the_wall(by):
        services.report(
            referral.pk,
            ADVICE,
            by=by,
            advice_only=True,
            if_version=life.again(referral).version,
        )


def test_advice_without_a_visit_ends_no_urgent_case_with_an_open_red_flag(cast):
    referral = safe(cast)
    advise(referral, cast)
    with pytest.raises(RedFlagOpen):
        life.act("close", referral, cast.pain)
    resolve_all(referral, person(cast.pain))
    life.act("close", referral, cast.pain)
    assert life.again(referral).status == "closed"


def test_advice_without_a_visit_is_closed_if_an_emergency_department_has_the_patient(cast):
    referral = safe(cast)
    hand_over(referral, cast)
    advise(referral, cast)
    life.act("close", referral, cast.pain)
    assert life.again(referral).status == "closed"


def resolve(office):
    by = person(office)
    with behind_the_wall(by):
        return services.resolve(RedFlag.objects.get().pk, IMAGING, by=by)


@pytest.mark.parametrize("office", ["spine", "network"])
def test_who_passed_or_only_coordinates_resolves_no_red_flag(cast, office):
    referral = send_urgent(cast)
    services.ask(referral, cast.network.practice.pk, reason="DEMO", by=ENGINE, at=clock.now())
    coordinate("pass_on", referral, cast.spine, reason_code="IN_THEATRE")
    run_the_engine()
    coordinate("accept", referral, cast.other_spine, via="api")
    with pytest.raises(TransitionRefused, match="resolve"):
        resolve(getattr(cast, office))
    resolve(cast.other_spine)


def test_who_was_only_asked_resolves_no_red_flag(cast):
    referral = send_urgent(cast)
    services.ask(referral, cast.other_spine.practice.pk, reason="DEMO", by=ENGINE, at=clock.now())
    with pytest.raises(TransitionRefused, match="resolve"):
        resolve(cast.other_spine)


def test_who_passed_once_and_has_the_patient_now_resolves_the_red_flag(cast):
    first = send_urgent(cast)
    coordinate("pass_on", first, cast.spine, reason_code="IN_THEATRE")
    make_safe(send_urgent(cast), cast)
    assert resolve(cast.spine).resolution


def test_a_red_flag_is_resolved_after_its_referral_was_closed(cast):
    referral = safe(cast)
    life.act("schedule", referral, cast.spine)
    life.act("report", referral, cast.spine)
    life.act("close", referral, cast.pain)
    assert resolve(cast.pain).resolution
