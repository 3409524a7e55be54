"""The services of the life of a referral: what each does, whose move is next, what is refused."""

import pytest

from referrals import services
from referrals.models import Ask, ConsultNote, Event, InformationRequest, Note, Visit
from referrals.services.clinicians import NotAClinician
from referrals.services.closing import ReasonMissing
from referrals.services.moves import StaleVersion, VersionRequired
from referrals.services.redirecting import NotElsewhere
from referrals.services.reporting import VisitMissing
from referrals.workflow import Status, TransitionRefused
from tests import factories as make
from tests.referrals.services import life
from tests.referrals.services.by_hand import person

# By status: whose move it is, what for, and within how many working days (None: no such time).
TURNS = {
    Status.SENT: ("receiver", "acknowledge", 2),
    Status.RECEIVED: ("receiver", "accept", None),
    Status.AWAITING_INFORMATION: ("sender", "answer_information", 5),
    Status.ACCEPTED: ("receiver", "schedule", None),
    Status.DECLINED: ("sender", "decide_next", 5),
    Status.SCHEDULED: ("receiver", "see_patient", None),
    Status.NO_SHOW: ("receiver", "schedule", 5),
    Status.VISIT_CANCELLED: ("receiver", "schedule", 5),
    Status.SEEN: ("receiver", "report", 5),
    Status.CANCEL_REQUESTED: ("receiver", "confirm_cancellation", 2),
    Status.CANCELLED: (None, "", None),
    Status.REPORTED: ("sender", "close", 5),
    Status.CLOSED: (None, "", None),
    Status.REDIRECTED: (None, "", None),
    Status.FAILED: ("sender", "decide_next", 5),
    Status.ENTERED_IN_ERROR: (None, "", None),
}


@pytest.mark.parametrize("status", Status)
def test_each_status_says_whose_move_it_is_what_for_and_until_when(cast, status):
    referral = life.brought_to(status, cast)
    owner, step, days = TURNS[status]
    assert referral.next_action == step
    assert (referral.due_at is None) == (step == "")
    if owner:
        assert referral.owner_side == owner
    if days:
        assert referral.due_at == life.working_days_later(referral, owner, days)


@pytest.mark.parametrize("status", sorted(set(life.WAYS) - {Status.SENT}))
def test_each_act_raises_the_version_and_says_before_and_after(cast, status):
    event = life.last_event(life.brought_to(status, cast))
    if status is Status.REDIRECTED:
        return
    before, after = event.data["changed"]["status"]
    assert (before, after) != (status, status)
    assert after == status
    assert event.data["changed"]["version"][1] == event.data["changed"]["version"][0] + 1


def test_no_event_of_the_life_of_a_referral_holds_what_somebody_wrote(cast):
    for status in Status:
        life.brought_to(status, cast)
    assert not [event for event in Event.objects.all() if "DEMO words" in str(event.data)]
    assert not [event for event in Event.objects.all() if "implant" in str(event.data)]
    assert Note.objects.filter(kind="comment", text=life.BECAUSE.comment).exists()


def test_an_answer_gives_the_referral_back_what_it_was_with_the_time_that_was_left(cast):
    # Who asked has received it.
    for status, goes_on_as, step in (
        ("sent", "received", "accept"),
        ("accepted", "accepted", "schedule"),
        ("scheduled", "scheduled", "see_patient"),
    ):
        referral = life.brought_to(Status(status), cast)
        due = referral.due_at
        life.act("request_information", referral, cast.spine)
        held = life.again(referral)
        assert (held.status, held.resumes_as) == ("awaiting_information", goes_on_as)
        life.act("answer_information", referral, cast.pain)
        found = life.again(referral)
        assert (found.status, found.resumes_as) == (goes_on_as, "")
        assert life.turn(referral) == ("receiver", step)
        assert found.due_at >= due
        asked = InformationRequest.objects.get(referral=referral)
        assert (asked.answer, asked.answered_by) == ("DEMO: none.", str(cast.pain.clinician))


def test_what_was_asked_about_is_not_called_off_behind_the_back_of_who_asked(cast):
    referral = life.send(cast)
    life.act("request_information", referral, cast.spine)
    life.act("answer_information", referral, cast.pain)
    life.act("request_cancellation", referral, cast.pain)
    assert life.again(referral).status == "cancel_requested"
    assert life.turn(referral) == ("receiver", "confirm_cancellation")


def test_who_asks_for_information_has_seen_the_referral(cast):
    referral = life.send(cast)
    life.act("request_information", referral, cast.spine)
    assert life.again(referral).spine_acknowledged_at


def test_who_waits_for_information_may_take_the_patient_without_it(cast):
    referral = life.send(cast)
    life.act("request_information", referral, cast.spine)
    life.act("accept", referral, cast.spine)
    assert life.again(referral).status == "accepted"
    assert life.turn(referral) == ("receiver", "schedule")


def test_a_new_red_flag_is_the_receivers_while_the_sender_is_asked_for_information(cast):
    referral = life.brought_to(Status.AWAITING_INFORMATION, cast)
    by = person(cast.pain)
    with life.behind_the_wall(by):
        services.add_findings(
            referral.pk, by=by, findings=make.CAUDA_EQUINA, codes=[], stated_by_clinician=False
        )
    assert life.turn(referral) == ("receiver", "acknowledge")
    life.act("answer_information", referral, cast.pain)
    assert life.turn(referral) == ("receiver", "acknowledge")


def test_a_visit_that_moves_is_a_new_row_and_the_old_one_stays_in_sight(cast):
    referral = life.brought_to(Status.SCHEDULED, cast)
    life.act("schedule", referral, cast.spine)
    states = list(Visit.objects.filter(referral=referral).order_by("id").values_list("status"))
    assert states == [("rescheduled",), ("booked",)]
    assert life.last_event(referral).data["moved"] is True
    assert life.again(referral).due_at == life.TOMORROW.starts_at


@pytest.mark.parametrize(
    ("status", "became"),
    [
        (Status.NO_SHOW, "noshow"),
        (Status.VISIT_CANCELLED, "cancelled"),
        (Status.SEEN, "fulfilled"),
        (Status.REPORTED, "fulfilled"),
    ],
)
def test_a_visit_says_what_came_of_it(cast, status, became):
    visit = Visit.objects.get(referral=life.brought_to(status, cast))
    assert (visit.status, visit.external_id) == (became, "A-1")
    assert visit.ended_at


@pytest.mark.parametrize("act", ["decline", "record_failure", "request_cancellation", "redirect"])
def test_a_booked_visit_is_called_off_with_its_referral(cast, act):
    referral = life.brought_to(Status.SCHEDULED, cast)
    life.act(act, referral, cast.pain if act == "request_cancellation" else cast.spine)
    if act == "request_cancellation":
        assert Visit.objects.get(referral=referral).status == "booked"
        life.act("confirm_cancellation", referral, cast.spine)
    assert Visit.objects.get(referral=referral).status == "cancelled"


def test_a_patient_who_came_without_an_appointment_has_a_visit(cast):
    referral = life.brought_to(Status.ACCEPTED, cast)
    life.act("record_visit", referral, cast.spine)
    life.act("record_visit", referral, cast.spine)
    assert Visit.objects.get(referral=referral).status == "fulfilled"
    assert ConsultNote.objects.filter(referral=referral, kind="interim").count() == 2


def test_a_report_needs_a_visit_unless_it_is_advice(cast):
    referral = life.brought_to(Status.ACCEPTED, cast)
    with pytest.raises(VisitMissing):
        life.act("report", referral, cast.spine)
    life.act("report", referral, cast.spine, advice_only=True)
    note = ConsultNote.objects.get(referral=referral)
    assert (note.kind, note.advice_only, note.items) == ("final", True, life.SEEN.items)
    assert life.last_event(referral).data["advice_only"] is True


def test_a_report_is_signed_by_a_clinician(cast):
    referral = life.brought_to(Status.SCHEDULED, cast)
    nobody = person(cast.spine, cast.spine.coordinator)
    with pytest.raises(NotAClinician):
        life.act("report", referral, cast.spine, by=nobody)
    assert not ConsultNote.objects.exists()


def test_a_report_overtakes_a_cancellation_that_was_asked_for(cast):
    referral = life.brought_to(Status.SCHEDULED, cast)
    life.act("request_cancellation", referral, cast.pain)
    life.act("report", referral, cast.spine)
    assert life.again(referral).status == "reported"
    assert life.turn(referral) == ("sender", "close")


def test_only_the_sender_closes_and_without_a_report_only_with_a_reason_in_words(cast):
    declined = life.brought_to(Status.DECLINED, cast)
    for reason in (
        services.Reason(""),
        services.Reason("NO_LONGER_NEEDED"),
        services.Reason("", "Words."),
    ):
        with pytest.raises(ReasonMissing):
            life.act("close", declined, cast.pain, reason)
    life.act("close", declined, cast.pain, services.Reason("NO_LONGER_NEEDED", "DEMO words."))
    assert life.again(declined).status == "closed"
    reported = life.brought_to(Status.REPORTED, cast)
    with pytest.raises(TransitionRefused):
        life.act("close", reported, cast.spine)
    life.act("close", reported, cast.pain)
    assert life.last_event(reported).data["after_report"] is True


def test_what_nobody_has_seen_is_cancelled_at_once_and_anything_else_once_confirmed(cast):
    assert life.brought_to(Status.CANCELLED, cast).status == "cancelled"
    referral = life.brought_to(Status.RECEIVED, cast)
    life.act("request_cancellation", referral, cast.pain)
    assert life.again(referral).status == "cancel_requested"
    life.act("confirm_cancellation", referral, cast.spine)
    assert life.again(referral).status == "cancelled"


@pytest.mark.parametrize(
    "status", ["received", "accepted", "scheduled", "no_show", "visit_cancelled", "seen"]
)
def test_a_cancellation_that_is_withdrawn_gives_the_referral_back_what_it_was(cast, status):
    referral = life.brought_to(Status(status), cast)
    owner, step, _ = TURNS[Status(status)]
    due = referral.due_at
    life.act("request_cancellation", referral, cast.pain)
    life.act("withdraw_cancellation", referral, cast.pain)
    found = life.again(referral)
    assert (found.status, found.resumes_as) == (status, "")
    assert life.turn(referral) == (owner, step)
    # As much time as was left, or as the step has from now.
    assert found.due_at >= due if status != "scheduled" else found.due_at == due
    assert life.last_event(referral).kind == "referral.cancellation_withdrawn"
    assert Visit.objects.filter(referral=referral, status="booked").exists() == (
        status == "scheduled"
    )


def test_what_was_called_off_while_information_was_awaited_goes_on_as_before_that(cast):
    referral = life.brought_to(Status.AWAITING_INFORMATION, cast)
    life.act("request_cancellation", referral, cast.pain)
    life.act("withdraw_cancellation", referral, cast.pain)
    assert life.again(referral).status == "accepted"
    assert life.turn(referral) == ("receiver", "schedule")
    life.act("request_information", referral, cast.spine)
    life.act("answer_information", referral, cast.pain)
    assert life.again(referral).status == "accepted"


def test_nobody_but_the_sender_withdraws_a_cancellation_and_not_once_it_is_confirmed(cast):
    referral = life.brought_to(Status.CANCEL_REQUESTED, cast)
    with pytest.raises(TransitionRefused):
        life.act("withdraw_cancellation", referral, cast.spine)
    life.act("confirm_cancellation", referral, cast.spine)
    with pytest.raises(TransitionRefused):
        life.act("withdraw_cancellation", referral, cast.pain)


def test_a_practice_that_was_only_asked_may_confirm_a_cancellation(cast):
    referral = life.send(cast, receiver=None)
    Ask.objects.create(
        referral=referral, practice=cast.spine.practice, asked_at=referral.sent_at, reason="x"
    )
    life.act("acknowledge", referral, cast.spine)
    life.act("request_cancellation", referral, cast.pain)
    life.act("confirm_cancellation", referral, cast.spine)
    assert life.again(referral).status == "cancelled"


def test_a_cancelled_referral_begins_anew_with_the_practice_that_had_it(cast):
    referral = life.brought_to(Status.CANCEL_REQUESTED, cast)
    life.act("confirm_cancellation", referral, cast.spine)
    life.act("reopen", referral, cast.pain)
    found = life.again(referral)
    assert (found.status, found.receiver, found.spine_acknowledged_at) == ("sent", None, None)
    assert found.sent_at == life.last_event(referral).at
    assert found.asks.get().answer == ""
    life.act("accept", referral, cast.spine)
    assert life.again(referral).receiver == cast.spine.practice


def test_who_declined_is_not_asked_again_when_it_is_reopened(cast):
    referral = life.brought_to(Status.DECLINED, cast)
    life.act("reopen", referral, cast.pain)
    assert life.again(referral).asks.get().answer == "declined"
    with pytest.raises(TransitionRefused):
        life.act("accept", referral, cast.spine)


@pytest.mark.parametrize("who", ["pain", "spine"])
def test_a_patient_sent_on_has_a_new_referral_with_all_that_was_known(cast, who):
    referral = life.send(cast, clinical_question="DEMO: fuse?", notes=("DEMO note.",))
    life.act("accept", referral, cast.spine)
    new = life.act(
        "redirect", referral, getattr(cast, who), life.BECAUSE, cast.other_spine.practice
    )
    new = life.again(new)
    assert (new.status, new.receiver, new.redirected_from) == (
        "sent", cast.other_spine.practice, referral,
    )  # fmt: skip
    assert (new.sender, new.patient, new.tier) == (referral.sender, referral.patient, referral.tier)
    assert new.assessments.get().findings == referral.assessments.get().findings
    assert [note.text for note in new.notes.order_by("id")] == ["DEMO: fuse?", "DEMO note."]
    assert new.asks.filter(practice=cast.other_spine.practice, answer="").exists()
    assert new.events.filter(kind="referral.submitted").get().data["redirected_from"] == (
        referral.reference
    )
    assert life.again(referral).status == "redirected"
    life.act("accept", new, cast.other_spine)


def test_the_old_receiver_may_read_the_new_referral_only_if_they_sent_it_on(cast):
    for who, sight in (("pain", set()), ("spine", {"accepted"})):
        referral = life.brought_to(Status.ACCEPTED, cast)
        new = life.act("redirect", referral, getattr(cast, who), life.BECAUSE, None)
        with life.behind_the_wall(person(cast.spine)):
            seen = type(new).objects.visible_to(person(cast.spine)).filter(pk=new.pk)
            assert seen.exists() == bool(sight)
        with pytest.raises((TransitionRefused, type(new).DoesNotExist)):
            life.act("accept", new, cast.spine)


def test_a_patient_is_not_sent_on_to_where_they_are(cast):
    referral = life.brought_to(Status.ACCEPTED, cast)
    with pytest.raises(NotElsewhere):
        life.act("redirect", referral, cast.pain, life.BECAUSE, cast.spine.practice)
    assert life.again(referral).status == "accepted"


@pytest.mark.parametrize("status", [Status.ACCEPTED, Status.DECLINED])
def test_the_version_is_wanted_and_an_old_one_is_refused(cast, status):
    referral = life.brought_to(status, cast)
    act = "schedule" if status is Status.ACCEPTED else "reopen"
    office = cast.spine if status is Status.ACCEPTED else cast.pain
    with pytest.raises(VersionRequired):
        life.act(act, referral, office, if_version=None)
    with pytest.raises(StaleVersion):
        life.act(act, referral, office, if_version=1)
    assert life.again(referral).status == status


def test_an_outsider_does_not_find_it(cast):
    referral = life.brought_to(Status.REPORTED, cast)
    for name in life.TAKES:
        with pytest.raises(type(referral).DoesNotExist):
            life.act(name, referral, cast.outsider)
