"""The whole life of a referral at the desk: each act has its form, and each form its service."""

from datetime import timedelta

import pytest
from django.utils import timezone

from coordination.admin import words
from coordination.admin.acts import ACTS
from referrals.models import Event
from referrals.models.consult_note import ITEMS
from referrals.steps import DONE_BY
from referrals.workflow import TRANSITIONS, Status
from tests import factories as make
from tests.coordination import stories as s
from tests.desk import people as p

# Findings are typed in the office's own system; calls have a list of their own.
ELSEWHERE = {"add_findings", "record_call"}
REPORT = {
    "seen_on": "2026-11-23", "recommendation_code": "CONSERVATIVE_CARE",
    "red_flag_advice_given": "yes", "imaging_reviewed": "yes",
    **dict.fromkeys(ITEMS, "DEMO words."),
}  # fmt: skip


@pytest.fixture
def elective(cast, run_engine):
    referral = s.send(cast.pain, findings=make.STABLE_CLAUDICATION, receiver=cast.spine.practice)
    run_engine()
    return referral


@pytest.fixture
def surgeon(cast):
    return p.at_the_desk(cast.spine.clinician)


@pytest.fixture
def desk_of_surgeon(cast):
    return p.at_the_desk(cast.spine.coordinator)


@pytest.fixture
def sender(cast):
    return p.at_the_desk(cast.pain.coordinator)


def in_three_days():
    return (timezone.localtime() + timedelta(days=3)).strftime("%Y-%m-%dT%H:%M")


def press(client, referral, act, **typed):
    """Press a button on the page as it stands now."""
    return p.press(client, referral, act, version=s.again(referral).version, **typed)


def main_of(client, referral, query=""):
    shown = p.text(client.get(f"{p.page_of(referral)}{query}"))
    return shown[shown.index('id="content"') :]


def primary_of(client, referral):
    """The one button that stands first, by its act."""
    return client.get(p.page_of(referral)).context_data["primary"]


def more_of(client, referral):
    """What stands under "More acts", in order."""
    context = client.get(p.page_of(referral)).context_data
    return [name for name, _ in (*context["more_acts"], *context["grave_acts"])]


def test_every_act_of_the_law_has_a_form_and_every_form_its_act():
    assert set(ACTS) - {"resolve"} == {row.action for row in TRANSITIONS} - ELSEWHERE


def test_every_next_step_has_words_and_every_status_too():
    assert set(words.ACTIONS) == set(DONE_BY)
    assert set(words.STATUSES) == set(Status)


@pytest.mark.parametrize("name", sorted(ACTS))
def test_every_field_of_a_form_is_one_that_its_shape_knows(cast, elective, name):
    act = ACTS[name]
    shape = act.shape(context={"actor": cast.pain.actor})
    for entry in act.entries:
        fields, *path = shape.fields, *entry.name.split(".")
        for step in path[:-1]:
            fields = fields[step].fields
        assert path[-1] in fields, entry.name


def test_a_referral_lives_from_sent_to_closed_at_two_desks(
    cast, elective, surgeon, desk_of_surgeon, sender
):
    office = desk_of_surgeon
    assert primary_of(sender, elective) is None
    for client, act, typed in (
        (office, "acknowledge", {}),
        (office, "request_information", {"wanted": "The MRI report, please."}),
        (sender, "answer_information", {"answer": "Severe stenosis at L4."}),
        (office, "accept", {}),
        (office, "schedule", {"starts_at": in_three_days(), "place": "DEMO Clinic"}),
        (office, "record_no_show", {}),
        (office, "schedule", {"starts_at": in_three_days()}),
        (office, "record_visit", {"seen_on": "2026-11-23"}),
        (surgeon, "report", REPORT),
        (sender, "close", {}),
    ):
        if act not in ("request_information", "record_no_show"):
            assert primary_of(client, elective) == act
        answer = press(client, elective, act, **typed)
        assert (answer.status_code, act) == (200, act)
        assert ACTS[act].done in p.text(answer)
    assert s.again(elective).status == "closed"
    assert primary_of(sender, elective) is None
    assert more_of(sender, elective) == []


def test_what_has_happened_can_be_read(cast, elective, surgeon, sender):
    press(surgeon, elective, "request_information", wanted="The MRI report, please.")
    assert "Not answered. Due" in main_of(sender, elective)
    press(sender, elective, "answer_information", answer="Severe stenosis at L4.")
    press(surgeon, elective, "accept")
    press(surgeon, elective, "schedule", starts_at=in_three_days(), place="DEMO Clinic")
    press(surgeon, elective, "cancel_visit", reason_code="BY_PATIENT", comment="Ill, said so.")
    shown = main_of(sender, elective)
    for words_shown in (
        "The MRI report, please.", "Severe stenosis at L4.", "DEMO Clinic",
        "cancelled</strong> (cancelled by the patient)", "Ill, said so.",
    ):  # fmt: skip
        assert words_shown in shown


def test_the_button_that_closes_stands_under_the_report(cast, elective, surgeon, sender):
    press(surgeon, elective, "accept")
    press(surgeon, elective, "schedule", starts_at=in_three_days())
    press(surgeon, elective, "report", **REPORT)
    shown = main_of(sender, elective)
    assert shown.index("Read the report") < shown.index("The report</h2>")
    assert shown.index("conservative care") < shown.index(">Close the referral</button>")
    assert shown.count(">Close the referral</button>") == 1
    assert "close" not in more_of(sender, elective)


def test_a_report_says_beside_each_field_what_is_missing_and_keeps_what_was_typed(
    elective, surgeon
):
    press(surgeon, elective, "accept")
    typed = REPORT | {"diagnosis": "", "seen_on": "", "next_steps": "A letter follows."}
    answer = press(surgeon, elective, "report", **typed)
    assert answer.status_code == 400
    shown = p.text(answer)
    assert shown.count("A report has to say this.") == 4
    assert 'href="#report-diagnosis"' in shown
    assert (
        'id="report-diagnosis" rows="3" aria-describedby="report-diagnosis-help" aria-inv' in shown
    )
    assert "A letter follows." in shown
    assert s.again(elective).status == "accepted"


def test_advice_alone_needs_no_visit(elective, surgeon):
    press(surgeon, elective, "accept")
    answer = press(surgeon, elective, "report", **REPORT)
    assert answer.status_code == 409
    assert "tick “Advice alone”" in p.text(answer)
    press(surgeon, elective, "report", **REPORT | {"seen_on": "", "advice_only": "on"})
    assert s.again(elective).status == "reported"


def test_only_a_clinician_is_offered_the_report(elective, surgeon, desk_of_surgeon):
    press(surgeon, elective, "accept")
    assert "report" in more_of(surgeon, elective)
    assert "report" not in more_of(desk_of_surgeon, elective)
    assert "A clinician of your practice can do this: Send the report" in main_of(
        desk_of_surgeon, elective
    )
    answer = press(desk_of_surgeon, elective, "report", **REPORT | {"advice_only": "on"})
    assert answer.status_code == 400
    assert "Only a clinician may say this" in p.text(answer)


def test_a_decline_that_says_too_little_is_asked_for_words(cast, elective, surgeon, sender):
    answer = press(surgeon, elective, "decline", reason_code="OTHER")
    assert answer.status_code == 400
    assert "this code alone says too little" in p.text(answer)
    press(surgeon, elective, "decline", reason_code="OTHER", comment="Moving house.")
    assert primary_of(sender, elective) == "redirect"
    assert "Moving house." in main_of(sender, elective)
    press(
        sender, elective, "redirect", reason_code="PATIENT_CHOICE",
        to=str(cast.other_spine.practice.uuid),
    )  # fmt: skip
    new = s.again(elective).redirected_to.get()
    assert new.receiver == cast.other_spine.practice
    assert f"{new.reference}</a> carries on" in main_of(sender, elective)


def test_the_practice_that_declined_is_not_offered_again(cast, elective, surgeon, sender):
    press(surgeon, elective, "decline", reason_code="NO_CAPACITY")
    shown = main_of(sender, elective)
    assert cast.other_spine.practice.name in shown
    assert f'">{cast.spine.practice.name}</option>' not in shown


def test_a_cancellation_is_asked_for_withdrawn_and_confirmed(elective, surgeon, sender):
    press(surgeon, elective, "accept")
    press(sender, elective, "request_cancellation", reason_code="PATIENT_IMPROVED")
    assert primary_of(surgeon, elective) == "confirm_cancellation"
    press(sender, elective, "withdraw_cancellation")
    assert s.again(elective).status == "accepted"
    press(sender, elective, "request_cancellation", reason_code="PATIENT_IMPROVED")
    press(surgeon, elective, "confirm_cancellation")
    assert s.again(elective).status == "cancelled"
    press(sender, elective, "reopen")
    assert s.again(elective).status == "sent"


def test_a_failure_is_closed_without_a_report_in_words(elective, surgeon, sender):
    press(surgeon, elective, "accept")
    press(
        surgeon, elective, "record_failure", reason_code="CANNOT_REACH_PATIENT", comment="5 calls."
    )
    answer = press(sender, elective, "close")
    assert answer.status_code == 400
    press(sender, elective, "close", reason_code="LOST_CONTACT", comment="Moved away.")
    assert s.again(elective).status == "closed"


def test_a_page_that_is_too_old_says_so_and_keeps_what_was_typed(elective, surgeon, sender):
    old = s.again(elective).version
    press(surgeon, elective, "acknowledge")
    answer = p.press(
        surgeon, elective, "decline", version=old, reason_code="OTHER", comment="Moving house."
    )
    assert answer.status_code == 409
    shown = p.text(answer)
    assert "Somebody changed this referral after you opened the page" in shown
    assert "Moving house.</textarea>" in shown
    assert f'name="version" value="{s.again(elective).version}"' in shown
    assert s.again(elective).status == "received"


def test_of_two_people_at_once_the_second_learns_that_it_is_done(elective, surgeon, sender):
    page = s.again(elective).version
    assert p.press(surgeon, elective, "accept", version=page).status_code == 200
    answer = p.press(surgeon, elective, "request_information", version=page, wanted="The MRI.")
    assert answer.status_code == 409
    assert "The MRI.</textarea>" in p.text(answer)
    late = p.press(surgeon, elective, "accept", version=page)
    assert late.status_code == 409
    assert "not possible any more" in p.text(late)


def test_what_was_typed_into_a_form_that_is_gone_can_be_copied(elective, surgeon, sender):
    page = s.again(elective).version
    press(sender, elective, "enter_in_error", reason_code="SENT_BY_MISTAKE")
    answer = p.press(surgeon, elective, "request_information", version=page, wanted="The MRI.")
    assert answer.status_code == 409
    assert "What you had typed, to copy" in p.text(answer)
    assert "<dd>The MRI.</dd>" in p.text(answer)


def test_a_form_with_a_mistake_that_is_not_open_any_more_says_so(elective, surgeon, sender):
    press(sender, elective, "enter_in_error", reason_code="SENT_BY_MISTAKE")
    answer = press(surgeon, elective, "decline", reason_code="OTHER", comment="")
    assert answer.status_code == 400
    assert "not possible any more" in p.text(answer)


def test_an_urgent_case_is_not_ended_from_the_desk(cast, run_engine, sender):
    emergency = s.send(cast.pain)
    run_engine()
    assert not {"request_cancellation", "enter_in_error", "redirect"} & set(
        more_of(sender, emergency)
    )
    answer = press(sender, emergency, "enter_in_error", reason_code="SENT_BY_MISTAKE")
    assert answer.status_code == 409
    assert "an urgent case is open" in p.text(answer)


def test_the_hour_of_a_visit_is_read_in_the_time_of_the_practice(elective, surgeon):
    at = (timezone.now() + timedelta(days=3)).replace(second=0, microsecond=0)
    local = at.astimezone(timezone.zoneinfo.ZoneInfo("America/Chicago"))
    press(surgeon, elective, "accept")
    press(surgeon, elective, "schedule", starts_at=local.strftime("%Y-%m-%dT%H:%M"))
    assert elective.visits.get().starts_at == at


def test_a_correction_begins_with_what_stands_there_and_changes_the_rest_alone(elective, sender):
    shown = main_of(sender, elective, "?act=amend")
    assert 'name="patient.family_name" id="amend-patient-family_name" type="text" value="DEMO"' in (
        shown
    )
    stands = ACTS["amend"].before(s.again(elective))
    whole = {name.replace(".", "__"): value for name, value in stands.items()}
    assert press(sender, elective, "amend", **whole).status_code == 400
    press(sender, elective, "amend", **whole | {"patient__given_name": "Kim"})
    amended = elective.amendments.get()
    assert amended.before == {"/patient/given_name": ""}
    press(sender, elective, "amend", **whole)
    assert s.again(elective).patient.given_name == ""
    assert elective.amendments.count() == 2


def test_urgency_is_raised_by_anybody_and_lowered_by_two(cast, elective, surgeon, sender):
    pain_doctor = p.at_the_desk(cast.pain.clinician)
    assert not {"confirm_lowering", "withdraw_lowering"} & set(more_of(sender, elective))
    press(surgeon, elective, "accept")
    raised = {"tier": "URGENT", "reason_code": "GETTING_WORSE"}
    assert press(sender, elective, "raise_urgency", **raised).status_code == 200
    lower = {"tier": "ROUTINE", "reason_code": "EXAMINED", "comment": "Walks well today."}
    assert "propose_lowering" not in more_of(sender, elective)
    press(pain_doctor, elective, "propose_lowering", **lower)
    assert "confirm_lowering" not in more_of(pain_doctor, elective)
    assert "withdraw_lowering" in more_of(pain_doctor, elective)
    press(surgeon, elective, "confirm_lowering")
    assert s.again(elective).tier == 1


def test_a_reason_to_lower_raises_nothing(cast, elective):
    doctor = p.at_the_desk(cast.pain.clinician)
    typed = {"tier": "EMERGENCY", "reason_code": "EXAMINED", "comment": "Walks well today."}
    answer = press(doctor, elective, "raise_urgency", **typed)
    assert answer.status_code == 400
    assert s.again(elective).tier == 1


def test_what_is_done_at_the_desk_is_on_record_with_the_person(cast, elective, desk_of_surgeon):
    press(desk_of_surgeon, elective, "accept")
    press(desk_of_surgeon, elective, "schedule", starts_at=in_three_days())
    event = Event.objects.filter(referral=elective).latest("id")
    assert (event.kind, event.actor_name) == ("referral.scheduled", str(cast.spine.coordinator))


def test_grave_acts_stand_last_and_no_act_stands_twice(elective, surgeon):
    press(surgeon, elective, "accept")
    more = more_of(surgeon, elective)
    grave = [name for name in more if ACTS[name].is_grave]
    assert more[-len(grave) :] == grave == ["decline", "record_failure"]
    assert primary_of(surgeon, elective) == "schedule" not in more


def test_an_act_that_is_not_open_cannot_be_opened_by_its_address(elective, sender):
    for name in ("accept", "nothing", "resolve", "schedule%00"):
        assert sender.get(f"{p.page_of(elective)}?act={name}").status_code == 200
        assert f"{p.page_of(elective)}{name}/" not in main_of(sender, elective, f"?act={name}")
