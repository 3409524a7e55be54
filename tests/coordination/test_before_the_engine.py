"""What people do before the engine turns: nobody is rung for it, and everybody is told."""

import pytest

from coordination.models import Obligation
from coordination.services import keep_step, open_obligations
from referrals import services
from referrals.clinical import Tier
from referrals.models import Event
from tests import factories as make
from tests.cast import behind_the_wall, role
from tests.coordination import stories as s
from tests.referrals.services import life
from tests.referrals.services.by_hand import person, raise_to


def ringing(referral):
    return Obligation.objects.running().filter(referral=referral)


def react(act, referral, kind):
    with role("engine"):
        act(Event.objects.get(referral=referral, kind=f"referral.{kind}"))


def declined_and_reopened(cast, run_engine):
    """An elective referral whose receiver is rung, declined, and sent anew before the engine."""
    referral = life.send(cast)
    run_engine()
    life.act("decline", referral, cast.spine)
    life.act("reopen", referral, cast.pain)
    return referral


def test_a_reopened_referral_that_nobody_can_take_is_rung_for_all_the_same(cast, run_engine):
    referral = life.send(cast)
    run_engine()
    for office in (cast.spine, cast.other_spine, cast.outsider):
        life.act("decline", referral, office)
        life.act("reopen", referral, cast.pain)
        run_engine()
    assert life.again(referral).next_action == "find_receiver"
    owed = ringing(referral).get()
    assert (owed.kind, owed.practice) == ("decide", cast.pain.practice)


def test_a_referral_that_was_reopened_at_once_rings_the_next_and_not_who_declined(cast, run_engine):
    referral = declined_and_reopened(cast, run_engine)
    run_engine()
    assert ringing(referral).get().practice == cast.other_spine.practice
    assert s.told(referral, "new_referral")[cast.other_spine.practice.pk]


def test_a_decline_that_is_handed_on_late_ends_nothing_that_was_opened_since(cast, run_engine):
    referral = declined_and_reopened(cast, run_engine)
    run_engine()
    before = ringing(referral).get().round
    for act, kind in (
        (open_obligations, "reopened"),
        (keep_step, "declined"),
        (open_obligations, "reopened"),
    ):
        react(act, referral, kind)
    owed = ringing(referral).get()
    assert (owed.practice, owed.round) == (cast.other_spine.practice, before)


def test_what_was_reopened_and_called_off_again_at_once_is_not_rung_for(cast, run_engine):
    referral = declined_and_reopened(cast, run_engine)
    life.act("request_cancellation", referral, cast.pain)
    run_engine()
    assert not ringing(referral).filter(kind="acknowledge").exists()


def test_the_sender_hears_of_the_course_although_the_office_was_faster_than_the_engine(
    cast, run_engine
):
    referral = life.send(cast)
    s.act("accept", referral, cast.spine, if_version=1)
    run_engine()
    life.act("schedule", referral, cast.spine)
    life.act("report", referral, cast.spine)
    run_engine()
    for message in ("taken", "scheduled", "reported"):
        assert set(s.told(referral, message)) == {cast.pain.practice.pk}
    assert not s.told(referral, "new_referral")


@pytest.mark.parametrize(
    ("act", "given"),
    [("acknowledge", {}), ("request_information", {"wanted": "DEMO", "if_version": 1})],
)
def test_who_has_seen_it_before_the_engine_is_not_rung(cast, run_engine, act, given):
    referral = life.send(cast)
    s.act(act, referral, cast.spine, **given)
    run_engine()
    assert not ringing(referral).filter(kind="acknowledge").exists()
    assert not s.told(referral, "new_referral")


def to_the_pain_office(cast, findings):
    by = person(cast.spine)
    given = make.make_intake(findings, sought="pain", receiver=cast.pain.practice)
    with behind_the_wall(by):
        return services.submit(given, by=by)


def test_the_pain_side_that_took_the_case_before_the_alert_is_not_paged(cast, run_engine):
    referral = to_the_pain_office(cast, make.CAUDA_EQUINA)
    s.act("accept", referral, cast.pain)
    run_engine()
    owed = set(ringing(referral).values_list("kind", "specialty"))
    assert ("acknowledge", "pain") not in owed
    assert ("acknowledge", "spine") in owed


def test_a_case_whose_people_all_answered_before_the_engine_is_safe_and_they_are_told(
    cast, run_engine
):
    referral = life.send(cast)
    raise_to(referral, person(cast.pain), Tier.SAME_DAY, "24h")
    s.act("accept", referral, cast.spine, plan=s.PLAN)
    s.act("acknowledge", referral, cast.pain)
    run_engine()
    assert not ringing(referral).filter(alert__isnull=False).exists()
    assert life.again(referral).safe_at
    for message in ("taken", "safe"):
        assert set(s.told(referral, message)) == {cast.pain.practice.pk}


def test_opening_what_is_owed_twice_rings_once(cast, run_engine):
    referral = life.send(cast)
    run_engine()
    react(open_obligations, referral, "submitted")
    assert ringing(referral).get().round == 0
