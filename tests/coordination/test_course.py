"""The engine and the life of a referral: who is told of an act, who is rung no more, or anew."""

import pytest
from django.db.models import Q

from coordination.course_texts import COURSE
from coordination.models import Delivery, Obligation
from coordination.relay import REACTIONS, relay
from coordination.services import add_contact_point, tell_the_other_side
from referrals import clock
from referrals import services as referrals
from referrals.clinical import Tier
from referrals.models import Event
from referrals.walls import ENGINE
from referrals.workflow import Status
from tests import factories as make
from tests.cast import Office, make_office, role
from tests.coordination import stories as s
from tests.referrals.services import by_hand, life
from tests.referrals.services.by_hand import person

# By message: a status in which it has gone out, and which office it went to.
TOLD = {
    "information_requested": (Status.AWAITING_INFORMATION, "pain"),
    "scheduled": (Status.SCHEDULED, "pain"),
    "no_show": (Status.NO_SHOW, "pain"),
    "visit_cancelled": (Status.VISIT_CANCELLED, "pain"),
    "reported": (Status.REPORTED, "pain"),
    "closed": (Status.CLOSED, "spine"),
    "cancellation_requested": (Status.CANCEL_REQUESTED, "spine"),
    "cancelled": (Status.CANCELLED, "spine"),
    "redirected": (Status.REDIRECTED, "spine"),
    "failed": (Status.FAILED, "pain"),
    "entered_in_error": (Status.ENTERED_IN_ERROR, "spine"),
}
ENDED = (
    Status.DECLINED, Status.CANCELLED, Status.REDIRECTED, Status.FAILED, Status.ENTERED_IN_ERROR,
    Status.CANCEL_REQUESTED, Status.CLOSED,
)  # fmt: skip


def sent(cast, run_engine, **given):
    """An elective referral whose receiver is rung."""
    referral = life.send(cast, **given)
    run_engine()
    return referral


def brought_to(status, cast, run_engine):
    referral = sent(cast, run_engine)
    for step in life.WAYS[status]:
        name = step.removeprefix("sender ")
        life.act(name, referral, cast.spine if name == step else cast.pain)
    run_engine()
    return referral


def relay_all():
    with role("engine"):
        while relay():
            pass


def ringing(referral):
    """What rings, or asks for the first answer; of steps people are only reminded."""
    asked = Q(alert__isnull=False) | Q(kind="acknowledge")
    return Obligation.objects.running().filter(asked, referral=referral)


def test_every_text_of_the_course_is_told_here():
    assert set(TOLD) | {"information_given", "cancellation_withdrawn"} == set(COURSE)
    assert all(f"referral.{message}" in REACTIONS for message in COURSE)


@pytest.mark.parametrize("message", TOLD)
def test_the_other_side_is_told_and_nobody_else(cast, run_engine, message):
    status, office = TOLD[message]
    referral = brought_to(status, cast, run_engine)
    told = s.told(referral, message)
    assert set(told) == {getattr(cast, office).practice.pk}
    for delivery in Delivery.objects.filter(message=message):
        assert (delivery.channel, delivery.state) == ("email", "sent")


def test_the_receiver_is_told_that_the_sender_has_answered(cast, run_engine):
    referral = brought_to(Status.AWAITING_INFORMATION, cast, run_engine)
    life.act("answer_information", referral, cast.pain)
    run_engine()
    assert set(s.told(referral, "information_given")) == {cast.spine.practice.pk}


def test_the_receiver_is_told_that_a_cancellation_is_withdrawn(cast, run_engine):
    referral = brought_to(Status.CANCEL_REQUESTED, cast, run_engine)
    life.act("withdraw_cancellation", referral, cast.pain)
    run_engine()
    assert set(s.told(referral, "cancellation_withdrawn")) == {cast.spine.practice.pk}
    assert not ringing(referral).exists()


def test_what_nobody_had_seen_is_rung_for_again_once_the_cancellation_is_withdrawn(
    cast, run_engine
):
    referral = brought_to(Status.RECEIVED, cast, run_engine)
    by_hand.raise_to(referral, person(cast.pain), Tier.SAME_DAY)
    run_engine()
    s.act("pass_on", referral, cast.spine, reason_code="NO_CAPACITY")
    run_engine()
    by_hand.lower(referral, person(cast.pain), person(cast.other_spine), Tier.ROUTINE)
    run_engine()
    assert life.turn(referral) == ("receiver", "acknowledge")
    life.act("request_cancellation", referral, cast.pain)
    run_engine()
    assert not ringing(referral).exists()
    life.act("withdraw_cancellation", referral, cast.pain)
    run_engine()
    assert life.turn(referral) == ("receiver", "acknowledge")
    assert ringing(referral).get().practice == cast.other_spine.practice


def test_a_second_visit_is_told_as_well_as_the_first(cast, run_engine):
    referral = brought_to(Status.SCHEDULED, cast, run_engine)
    once = s.told(referral, "scheduled").total()
    life.act("schedule", referral, cast.spine)
    run_engine()
    assert s.told(referral, "scheduled").total() == 2 * once


def test_no_text_of_the_course_leaves_out_the_reference_or_names_a_patient(cast):
    for text in COURSE.values():
        assert "{reference}" in text.subject
        assert "{reference}" in text.sms
        assert not text.keys


@pytest.mark.parametrize("status", ENDED)
def test_nobody_is_rung_for_a_referral_that_has_ended(cast, run_engine, status):
    assert not ringing(brought_to(status, cast, run_engine)).exists()


def ends(cast, referral):
    life.act("decline", referral, cast.spine)


def becomes_urgent(cast, referral):
    s.add_findings(referral, cast.pain, make.FOOT_DROP_TODAY)


def is_lowered(cast, referral):
    by_hand.lower(referral, person(cast.pain), person(cast.spine), Tier.ROUTINE)


def is_handed_over(cast, referral):
    s.hand_over(referral, cast.pain)


@pytest.mark.parametrize(
    ("findings", "then"),
    [
        (make.STABLE_CLAUDICATION, ends),
        (make.STABLE_CLAUDICATION, becomes_urgent),
        (make.CAUDA_EQUINA, is_lowered),
        (make.CAUDA_EQUINA, is_handed_over),
    ],
)
def test_what_was_not_sent_is_withdrawn_with_what_is_not_owed_any_more(cast, findings, then):
    referral = life.send(cast, findings)
    relay_all()
    written = list(s.owed(referral, "acknowledge", "spine").deliveries.open())
    assert written
    then(cast, referral)
    relay_all()
    kept = Delivery.objects.filter(pk__in=[one.pk for one in written])
    assert set(kept.values_list("state", "obligation__state")) == {("cancelled", "closed")}


def test_a_reopened_referral_is_routed_and_rung_for_anew(cast, run_engine):
    referral = brought_to(Status.DECLINED, cast, run_engine)
    life.act("reopen", referral, cast.pain)
    run_engine()
    asked = s.again(referral).asks.get(answer="")
    assert asked.practice == cast.other_spine.practice
    obligation = ringing(referral).get()
    assert (obligation.kind, obligation.practice) == ("acknowledge", cast.other_spine.practice)
    life.act("accept", referral, cast.other_spine)


def test_a_reopened_referral_that_was_called_off_goes_back_to_who_had_it(cast, run_engine):
    referral = brought_to(Status.CANCEL_REQUESTED, cast, run_engine)
    life.act("confirm_cancellation", referral, cast.spine)
    life.act("reopen", referral, cast.pain)
    run_engine()
    assert ringing(referral).get().practice == cast.spine.practice
    assert not s.again(referral).asks.filter(practice=cast.other_spine.practice).exists()


def test_a_patient_sent_on_is_asked_of_nobody_who_had_them(cast, run_engine):
    third = make_office("spine")
    referral = sent(cast, run_engine)
    first = life.act("redirect", referral, cast.pain)
    run_engine()
    asked = s.again(first).asks.get()
    assert asked.practice in (cast.other_spine.practice, third.practice)
    assert ringing(first).get().practice == asked.practice


def test_a_patient_sent_on_twice_comes_back_to_nobody(cast, run_engine):
    third = make_office("spine")
    case = sent(cast, run_engine)
    for _ in range(2):
        case = life.act("redirect", case, cast.pain)
        run_engine()
    before = s.again(case).redirected_from
    had = {cast.spine.practice, *(ask.practice for ask in before.asks.all())}
    [asked] = s.again(case).asks.filter(answer="")
    assert asked.practice not in had
    assert had | {asked.practice} == {
        cast.spine.practice, cast.other_spine.practice, third.practice,
    }  # fmt: skip


def test_who_asks_for_information_is_not_rung_any_more(cast, run_engine):
    referral = sent(cast, run_engine)
    s.act("request_information", referral, cast.spine, "DEMO: which level?", if_version=1)
    assert s.owed(referral, "acknowledge", "spine").state == "answered"


def test_an_urgent_case_that_is_reopened_rings_both_sides_anew(cast, run_engine):
    referral = life.send(cast, make.CAUDA_EQUINA)
    run_engine()
    s.hand_over(referral, cast.pain)
    s.act("acknowledge", referral, cast.pain)
    s.act("record_patient_contact", referral, cast.pain, s.REACHED)
    assert s.again(referral).safe_at
    life.act("request_cancellation", referral, cast.pain)
    run_engine()
    life.act("reopen", referral, cast.pain)
    run_engine()
    found = s.again(referral)
    assert (found.alert_open, found.safe_at, found.handed_over_at) == (True, None, None)
    assert {one.specialty for one in ringing(referral).filter(kind="acknowledge")} == {
        "pain", "spine",
    }  # fmt: skip


def test_what_happened_is_never_taken_back(cast, run_engine):
    referral = brought_to(Status.DECLINED, cast, run_engine)
    before = list(Event.objects.filter(referral=referral).order_by("id").values_list("id", "kind"))
    life.act("reopen", referral, cast.pain)
    after = list(Event.objects.filter(referral=referral).order_by("id").values_list("id", "kind"))
    assert after[: len(before)] == before
    assert after[-1][1] == "referral.reopened"


def test_a_pass_wakes_no_ladder_of_when_the_case_was_not_urgent(cast, run_engine):
    referral = sent(cast, run_engine)
    s.act("acknowledge", referral, cast.spine)
    by_hand.raise_to(referral, person(cast.pain), Tier.EMERGENCY)
    run_engine()
    s.pass_on(referral, cast.spine)
    run_engine()
    assert not ringing(referral).filter(alert=None).exists()
    surgeon = ringing(referral).get(kind="acknowledge", specialty="spine")
    assert surgeon.practice == cast.other_spine.practice


def solo(cast, run_engine, *channels):
    """A referral of a doctor who works alone, with these channels, brought to a report."""
    practice = make.make_practice("pain")
    doctor = make.make_person(practice, channels=channels)
    make.make_shift(doctor)
    referral = s.send(
        Office(practice, doctor, doctor, ""),
        findings=make.STABLE_CLAUDICATION,
        receiver=cast.spine.practice,
    )
    run_engine()
    s.act("accept", referral, cast.spine, if_version=1)
    life.act("schedule", referral, cast.spine)
    life.act("report", referral, cast.spine)
    run_engine()
    return referral


@pytest.mark.parametrize(
    ("channels", "channel"),
    [(("sms",), "sms"), (("sms", "voice"), "sms"), (("sms", "email"), "email")],
)
def test_a_doctor_who_works_alone_is_told_in_the_quietest_way_there_is(
    cast, run_engine, channels, channel
):
    referral = solo(cast, run_engine, *channels)
    for message in ("taken", "scheduled", "reported"):
        told = Delivery.objects.filter(obligation__referral=referral, message=message)
        [told] = told.filter(contact_point__practice=referral.sender)
        assert (told.channel, told.state) == (channel, "sent")


def test_what_a_practice_could_not_be_told_is_on_the_timeline_once(cast, run_engine):
    referral = solo(cast, run_engine, "voice")
    with role("engine"):
        tell_the_other_side(Event.objects.get(referral=referral, kind="referral.reported"))
    untold = Event.objects.filter(referral=referral, kind="notice.reached_nobody")
    name = referral.sender.name
    assert list(untold.order_by("id").values_list("data", flat=True)) == [
        {"message": "taken", "nth": 1, "practice": name},
        {"message": "scheduled", "nth": 1, "practice": name},
        {"message": "reported", "nth": 1, "practice": name},
    ]


def test_the_system_of_an_office_hears_of_the_report(cast, run_engine):
    url = "https://hooks.pain.example/tandem"
    add_contact_point(cast.pain.practice, channel="webhook", address=url)
    referral = brought_to(Status.REPORTED, cast, run_engine)
    told = Delivery.objects.filter(obligation__referral=referral, message="reported")
    assert set(told.values_list("channel", flat=True)) == {"email", "webhook"}


def asked_of_two(cast, run_engine):
    """A referral that the spine office has seen, and another was asked to take as well."""
    referral = sent(cast, run_engine)
    with role("engine"):
        referrals.ask(
            s.again(referral),
            cast.other_spine.practice.pk,
            reason="DEMO",
            by=ENGINE,
            at=clock.now(),
        )
    s.act("acknowledge", referral, cast.spine)
    return referral


def test_everybody_who_was_asked_learns_that_it_was_cancelled(cast, run_engine):
    referral = asked_of_two(cast, run_engine)
    life.act("request_cancellation", referral, cast.pain)
    life.act("confirm_cancellation", referral, cast.spine)
    run_engine()
    for message, offices in (
        ("cancellation_requested", (cast.spine, cast.other_spine)),
        ("cancelled", (cast.pain, cast.other_spine)),
    ):
        assert set(s.told(referral, message)) == {office.practice.pk for office in offices}


def test_everybody_who_was_asked_learns_that_the_receiver_sent_the_patient_on(cast, run_engine):
    referral = asked_of_two(cast, run_engine)
    life.act("redirect", referral, cast.spine)
    run_engine()
    assert set(s.told(referral, "redirected")) == {
        cast.pain.practice.pk, cast.other_spine.practice.pk,
    }  # fmt: skip


def test_who_was_not_chosen_hears_nothing_of_how_it_goes_on(cast, run_engine):
    referral = asked_of_two(cast, run_engine)
    s.act("accept", referral, cast.spine, if_version=s.again(referral).version)
    life.act("request_cancellation", referral, cast.pain)
    life.act("confirm_cancellation", referral, cast.spine)
    run_engine()
    assert not s.told(referral)[cast.other_spine.practice.pk]
