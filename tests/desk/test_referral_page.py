"""The referral page: what it says first, which button does what, and what cannot be typed over."""

from datetime import timedelta

import pytest
from django.utils import timezone

from config.reference import sources
from coordination.admin import words
from coordination.models import Plan
from referrals.models import Event, RedFlag, Referral
from referrals.services import moves
from tests import factories as make
from tests.coordination import stories as s
from tests.desk import people as p
from tests.walls import routes

IN_TWO_HOURS = {
    "plan__disposition": "admission",
    "plan__clinician": "Dr DEMO Who Operates",
    "plan__place": "DEMO Hospital",
}


@pytest.fixture
def emergency(cast, run_engine):
    referral = s.send(cast.pain, patient={"family_name": "Canary", "is_demo": True})
    run_engine()
    return referral


@pytest.fixture
def surgeon(cast):
    return p.at_the_desk(cast.spine.clinician)


@pytest.fixture
def sender(cast):
    return p.at_the_desk(cast.pain.clinician)


def elective(cast, run_engine):
    referral = s.send(cast.pain, findings=make.STABLE_CLAUDICATION, receiver=cast.spine.practice)
    run_engine()
    return referral


def plan(hours=2):
    at = timezone.localtime(timezone.now() + timedelta(hours=hours), s.PLAN.at.tzinfo)
    return IN_TWO_HOURS | {"plan__at": at.strftime("%Y-%m-%dT%H:%M")}


def latest(referral):
    return Event.objects.filter(referral=referral, actor_kind="practitioner").latest("id")


def test_the_first_words_of_an_emergency_are_what_to_do(emergency, sender):
    shown = p.text(sender.get(p.page_of(emergency)))
    main = shown[shown.index('id="content"') :]
    assert main.index("desk-instruction") < main.index("Canary")
    assert "emergency department" in main[: main.index("Canary")]


def test_acknowledging_is_one_press_and_on_record_with_the_person(cast, emergency, surgeon):
    shown = p.text(surgeon.get(p.page_of(emergency)))
    assert shown.index("I have seen this") < shown.index("Accept this patient")
    answer = p.press(surgeon, emergency, "acknowledge")
    assert "Recorded: your side has seen it." in p.text(answer)
    owed = s.owed(emergency, "acknowledge", "spine")
    assert (owed.answered_by, owed.answered_via) == (str(cast.spine.clinician), "desk")
    assert latest(emergency).actor_name == str(cast.spine.clinician)
    assert "I have seen this" not in p.text(answer)


def test_accepting_with_a_plan_puts_both_on_record(cast, emergency, surgeon):
    p.press(surgeon, emergency, "accept", **plan())
    referral = s.again(emergency)
    assert (referral.status, referral.receiver) == ("accepted", cast.spine.practice)
    assert Plan.objects.get(referral=emergency).clinician == "Dr DEMO Who Operates"


def test_accepting_without_a_plan_leaves_the_plan_owed_and_first(cast, emergency, surgeon):
    p.press(surgeon, emergency, "accept", plan__disposition="")
    assert s.owed(emergency, "plan", "spine").state == "running"
    shown = p.text(surgeon.get(p.page_of(emergency)))
    assert 'record_plan/">' in shown[: shown.index("desk-others")]
    p.press(surgeon, emergency, "record_plan", **plan())
    assert s.owed(emergency, "plan", "spine").state == "answered"


def test_the_hour_of_a_plan_is_read_in_the_time_of_the_practice(emergency, surgeon):
    at = timezone.now().replace(second=0, microsecond=0) + timedelta(hours=3)
    local = at.astimezone(timezone.zoneinfo.ZoneInfo("America/Chicago"))
    typed = IN_TWO_HOURS | {"plan__at": local.strftime("%Y-%m-%dT%H:%M")}
    p.press(surgeon, emergency, "accept", **typed)
    assert Plan.objects.get(referral=emergency).at == at


def test_a_plan_that_cannot_be_is_shown_again_with_what_was_typed(emergency, surgeon):
    answer = p.press(surgeon, emergency, "accept", **plan(hours=24 * 30))
    assert answer.status_code == 400
    assert "A plan lies ahead" in p.text(answer)
    assert "Dr DEMO Who Operates" in p.text(answer)
    assert s.again(emergency).status != "accepted"


def test_passing_has_the_next_practice_asked(cast, emergency, surgeon, run_engine):
    answer = p.press(surgeon, emergency, "pass", reason_code="IN_THEATRE")
    assert "next practice is being asked" in p.text(answer)
    run_engine()
    assert s.owed(emergency, "acknowledge", "spine").practice == cast.other_spine.practice


def test_a_pass_without_a_reason_is_refused_beside_its_field(emergency, surgeon):
    answer = p.press(surgeon, emergency, "pass", reason_code="")
    assert answer.status_code == 400
    assert "Send one of" in p.text(answer)
    assert not emergency.asks.exclude(answer="").exists()


def test_the_sender_records_the_call_to_the_patient_and_the_handover(emergency, sender):
    p.press(sender, emergency, "acknowledge")
    shown = p.text(sender.get(p.page_of(emergency)))
    assert shown.index("record_patient_contact") < shown.index("hand_over_to_ed")
    typed = {"transport": "ambulance", "destination": "emergency_department"}
    p.press(sender, emergency, "record_patient_contact", reached="on", understood="on", **typed)
    assert s.owed(emergency, "patient", "pain").state == "answered"
    told = {"ed_name": "DEMO ED", "spoke_to": "RN DEMO", "call_back": "+15550001111"}
    p.press(sender, emergency, "hand_over_to_ed", **told)
    assert s.owed(emergency, "ed_handover", "pain").state == "answered"
    assert s.again(emergency).handed_over_at


def test_a_patient_who_was_not_reached_keeps_ringing(emergency, sender):
    typed = {"transport": "none", "destination": "emergency_department"}
    p.press(sender, emergency, "record_patient_contact", **typed)
    assert s.owed(emergency, "patient", "pain").state == "running"


def test_an_elective_referral_is_declined_with_its_reason(cast, run_engine, surgeon):
    referral = elective(cast, run_engine)
    version = s.again(referral).version
    p.press(surgeon, referral, "decline", reason_code="NO_CAPACITY", version=version)
    assert s.again(referral).status == "declined"


def test_a_page_that_is_too_old_says_so_in_words(cast, run_engine, surgeon):
    referral = elective(cast, run_engine)
    old = s.again(referral).version
    p.press(surgeon, referral, "acknowledge")
    answer = p.press(surgeon, referral, "decline", reason_code="NO_CAPACITY", version=old)
    assert answer.status_code == 409
    assert "Somebody changed this referral after you opened the page" in p.text(answer)
    assert s.again(referral).status != "declined"


def test_what_is_not_open_any_more_is_refused_in_words(cast, emergency, surgeon):
    s.pass_on(emergency, cast.spine)
    answer = p.press(surgeon, emergency, "accept", plan__disposition="")
    assert answer.status_code == 409
    assert "not possible any more" in p.text(answer)


def test_only_a_clinician_resolves_a_red_flag(cast, emergency, sender):
    rule = RedFlag.objects.filter(referral=emergency).first().rule_id
    typed = {
        "rule": rule, "resolution": "ruled_out_by_imaging", "basis": "MRI", "on": "2026-11-24"
    }  # fmt: skip
    nurse = p.at_the_desk(cast.pain.coordinator)
    assert "Resolve it" not in p.text(nurse.get(p.page_of(emergency)))
    assert p.press(nurse, emergency, "resolve", **typed).status_code == 400
    assert RedFlag.objects.get(referral=emergency, rule_id=rule).resolution == ""
    assert "how the red flag ended" in p.text(p.press(sender, emergency, "resolve", **typed))
    assert (
        RedFlag.objects.get(referral=emergency, rule_id=rule).resolution == "ruled_out_by_imaging"
    )


def test_what_machines_keep_cannot_be_typed_over(emergency, surgeon):
    before = Referral.objects.filter(pk=emergency.pk).values().get()
    typed = {"tier": 1, "status": "accepted", "safe_at": "2026-01-01", "receiver": 1}
    for address in ("", "change/", "delete/"):
        answer = surgeon.post(f"{p.page_of(emergency)}{address}", typed)
        assert answer.status_code in (404, 405), address
    p.press(surgeon, emergency, "acknowledge", **typed)
    after = Referral.objects.filter(pk=emergency.pk).values().get()
    changed = {name for name, value in after.items() if before[name] != value}
    assert changed == {"status", "version", "spine_acknowledged_at", "next_action", "due_at"}
    assert after["status"] == "received"


def test_a_failed_message_says_in_words_why(cast, emergency, surgeon):
    s.owed(emergency, "acknowledge", "spine").deliveries.update(
        state="dead", dead_at=timezone.now(), error_code="sms_21211"
    )
    assert "This is not a telephone number" in p.text(surgeon.get(p.page_of(emergency)))
    listed = p.text(surgeon.get("/admin/coordination/delivery/"))
    assert "This is not a telephone number" in listed


def test_the_page_asks_the_database_a_bounded_number_of_times(
    emergency, surgeon, django_assert_max_num_queries
):
    # For whom somebody may answer, and the banner, are one question each.
    with django_assert_max_num_queries(34) as counted:
        assert surgeon.get(p.page_of(emergency)).status_code == 200
    few = len(counted)
    delivery = s.owed(emergency, "acknowledge", "spine").deliveries.first()
    for number in range(5):
        delivery.pk, delivery.round = None, delivery.round + 10 + number
        delivery.save(force_insert=True)
    with django_assert_max_num_queries(few):
        surgeon.get(p.page_of(emergency))


def test_every_event_has_words_on_the_timeline():
    assert set(words.EVENTS) == set(sources.event_kinds())


def test_the_timeline_says_who_entered_it_for_whom_and_what_it_changed(
    cast, client_of, emergency, surgeon
):
    name = f"{routes.HERE}/acceptance"
    body = routes.valid_body(name, cast, cast.spine)
    answer = client_of(cast.spine).send(routes.all_routes()[name].path(emergency), body)
    assert answer.status_code == 200
    shown = p.text(surgeon.get(p.page_of(emergency)))
    key = f"{cast.spine.practice.short_name} (system)"
    assert f"{cast.spine.clinician}, {cast.spine.practice}, entered by {key}" in shown
    assert "status: sent before, accepted now" in shown


def test_every_change_that_is_told_is_one_that_an_event_may_hold():
    held = {"receiver" if name == "receiver_id" else name for name in moves._TOLD}
    assert set(words.CHANGES) <= held
