"""What the stateful test looks for is found: each offence, written past every service, is seen."""

from datetime import timedelta

import pytest
from django.db.models import F
from django.utils import timezone

from coordination.escalation import CALLED
from coordination.models import Delivery, Obligation
from coordination.services import climb
from referrals.models import Ask, Referral
from tests import factories as make
from tests.cast import role
from tests.coordination import stories as s
from tests.flows import kept

LATER = timedelta(days=2)


@pytest.fixture
def told(cast, run_engine):
    """An emergency that both sides were told of, that the surgeon has taken, and what was seen."""
    case = s.send(cast.pain, receiver=cast.spine.practice)
    run_engine()
    Obligation.objects.running().update(next_due_at=timezone.now())
    with role("engine"):
        climb()
    s.act("accept", case, cast.spine)
    seen = kept.Kept()
    seen.look()
    return seen


def one(state):
    found = Delivery.objects.filter(state=state).exclude(channel__in=CALLED)
    return Delivery.objects.filter(pk=found.first().pk)


def a_ring_too_far_away():
    Obligation.objects.running().update(next_due_at=timezone.now() + LATER)


def a_message_sent_that_nobody_took():
    one("pending").update(state="sent", sent_at=timezone.now(), attempts=1)


def a_call_after_the_answer():
    calls = Delivery.objects.filter(obligation__state="answered")
    calls.update(created_at=timezone.now() + LATER)


def a_call_that_waits_after_the_answer():
    Obligation.objects.running().update(
        state="answered", next_due_at=None, answered_at=timezone.now() + LATER,
        answered_by="Dr DEMO", answered_via="api",
    )  # fmt: skip


def a_claim_without_its_attempt():
    one("sent").update(attempts=F("attempts") + 1)


def a_withdrawn_message_that_was_sent():
    one("cancelled").update(sent_at=timezone.now())


def a_taker_who_was_not_asked():
    Ask.objects.filter(answer="accepted").update(practice=make.make_practice("spine"))


def a_ladder_that_goes_back():
    Obligation.objects.filter(rung__gt=0).update(rung=0)


def a_withdrawn_message_that_waits_again():
    one("cancelled").update(state="pending")


def a_withdrawn_message_that_is_claimed_again():
    one("cancelled").update(attempts=F("attempts") + 1)


def an_urgency_that_falls_by_itself():
    Referral.objects.update(tier=F("tier") - 1)


OFFENCES = {
    a_ring_too_far_away: kept.whoever_is_owed_an_answer_is_rung_again,
    a_message_sent_that_nobody_took: kept.what_is_sent_was_taken,
    a_call_after_the_answer: kept.nothing_is_written_or_waits_after_an_answer,
    a_call_that_waits_after_the_answer: kept.nothing_is_written_or_waits_after_an_answer,
    a_claim_without_its_attempt: kept.every_claim_is_an_attempt_on_record,
    a_withdrawn_message_that_was_sent: kept.what_was_withdrawn_was_not_sent,
    a_taker_who_was_not_asked: kept.whoever_took_a_patient_was_asked,
    a_ladder_that_goes_back: kept.Kept.no_ladder_goes_back,
    a_withdrawn_message_that_waits_again: kept.Kept.what_ended_stays_so,
    a_withdrawn_message_that_is_claimed_again: kept.Kept.what_ended_stays_so,
    an_urgency_that_falls_by_itself: kept.Kept.urgency_falls_only_by_two_people,
}


@pytest.mark.parametrize("offence", OFFENCES, ids=lambda offence: offence.__name__)
def test_an_offence_is_found_by_its_own_question_and_by_looking_at_all(told, offence):
    offence()
    question = OFFENCES[offence]
    with pytest.raises(AssertionError):
        question(*[told] * question.__code__.co_argcount)
    with pytest.raises(AssertionError):
        told.look()


def ended(cast, case, run_engine):
    for act, office, given in (
        ("acknowledge", cast.pain, ()), ("record_patient_contact", cast.pain, (s.REACHED,)),
        ("record_plan", cast.spine, (s.PLAN,)),
    ):  # fmt: skip
        s.act(act, case, office, *given)
    s.hand_over(case, cast.pain)
    run_engine()
    assert s.again(case).safe_at


def test_somebody_who_was_told_and_does_not_hear_of_the_end_is_found(cast, told, run_engine):
    ended(cast, Referral.objects.get(), run_engine)
    kept.everybody_told_hears_of_the_end()
    Delivery.objects.filter(message="safe", contact_point__practice=cast.spine.practice).update(
        message="taken", round=99
    )
    with pytest.raises(AssertionError):
        kept.everybody_told_hears_of_the_end()


def test_something_seen_for_ever_is_found(cast, run_engine):
    case = s.send(cast.pain, receiver=cast.spine.practice)
    run_engine()
    s.act("acknowledge", case, cast.spine)
    kept.what_was_seen_and_led_to_nothing_lapses()
    Obligation.objects.filter(state="answered").update(next_due_at=None)
    with pytest.raises(AssertionError):
        kept.what_was_seen_and_led_to_nothing_lapses()


def test_a_house_in_order_is_looked_at_as_often_as_one_likes(told, run_engine):
    run_engine()
    told.look()
    told.look()
    kept.every_chain_is_whole()


def test_a_patient_who_was_sent_and_whom_nobody_asks_after_is_found(cast, run_engine):
    case = s.send(cast.pain, receiver=cast.spine.practice)
    run_engine()
    s.act("record_patient_contact", case, cast.pain, s.SENT_TO_THE_ED)
    kept.whoever_was_sent_is_asked_after()
    Obligation.objects.filter(kind="arrival").update(state="closed", next_due_at=None)
    with pytest.raises(AssertionError):
        kept.whoever_was_sent_is_asked_after()
