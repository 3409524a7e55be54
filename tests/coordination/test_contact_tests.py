"""Tests of how people are reached: to whom, when, how they are answered, and what if not."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from coordination import services
from coordination.duties import ALL
from coordination.models import ContactPoint, Delivery, StaffMessage
from coordination.services import links, staff_messages
from coordination.services.coverage import takes_urgent
from coordination.services.reachability import findings
from coordination.staff_texts import STAFF_TEXTS, StaffFacts, compose_for_staff
from referrals import clock
from referrals.models.practice import Role
from tests import factories as make
from tests.cast import OfficeClient, behind_the_wall, make_office, role
from tests.coordination import calling_back as provider
from tests.coordination import stories as s
from tests.coordination.test_coverage import directory
from tests.coordination.threads import at_once

DAY = timedelta(days=1)
ALWAYS = {str(day): [["00:00", "23:59:59"]] for day in range(1, 8)}
OLD = 8 * DAY


@pytest.fixture
def office(maintenance, sandbox):
    """A spine office, open at every hour, whose surgeon is on call and was proved last week."""
    found = make_office("spine", hours=ALWAYS)
    directory(found.practice)
    grow_old(found)
    return found


def grow_old(office):
    own = ContactPoint.objects.filter(practitioner=office.clinician)
    own.update(verified_at=clock.now() - OLD)


def hours(office, week):
    office.practice.hours = week
    office.practice.save(update_fields=["hours"])


def closed_now(office):
    """Hours that begin tomorrow, in the practice's time."""
    tomorrow = clock.now().astimezone(office.practice.zone).isoweekday() % 7 + 1
    hours(office, {str(tomorrow): [["09:00", "17:00"]]})


def engine(act):
    with role("engine"):
        return act()


def send_all():
    """Write the tests that are due, and send all that is."""
    written = engine(services.write_tests)
    while engine(services.tell_staff):
        pass
    return written


def the_test(office, channel):
    return StaffMessage.objects.get(
        contact_point__practitioner=office.clinician, contact_point__channel=channel, kind="test"
    )


def proved(office):
    """The channels of the surgeon that were proved since they grew old."""
    recent = ContactPoint.objects.filter(verified_at__gt=clock.now() - DAY)
    own = recent.filter(practitioner=office.clinician)
    return set(own.values_list("channel", flat=True))


def test_each_way_of_whoever_is_on_call_is_tested_once_a_week(office, sandbox):
    make.make_person(office.practice)
    assert send_all() == 3
    assert send_all() == 0
    texts = [message.body for message in sandbox.messages()]
    assert len(texts) == 3
    assert all("TEST" in text.upper() and "no patient" in text for text in texts)
    StaffMessage.objects.update(created_at=clock.now() - OLD, occasion="a week ago")
    assert engine(services.write_tests) == 3


def test_what_was_proved_within_a_week_is_left_in_peace(office):
    ContactPoint.objects.update(verified_at=clock.now() - 6 * DAY)
    assert engine(services.write_tests) == 0


def test_what_was_never_proved_is_tested_and_a_webhook_or_a_desk_is_not(office):
    ContactPoint.objects.filter(practice=office.practice).update(verified_at=None)
    make.make_answering_service(office.practice)
    assert engine(services.write_tests) == 3


def test_nobody_is_tested_who_is_not_on_call_within_a_week(maintenance):
    idle = make_office("spine", on_call=False)
    now = clock.now()
    services.put_on_call(idle.clinician, starts=now + 8 * DAY, ends=now + 9 * DAY)
    ContactPoint.objects.update(verified_at=now - OLD)
    assert engine(services.write_tests) == 0
    services.put_on_call(idle.clinician, starts=now + 6 * DAY, ends=now + 7 * DAY)
    assert engine(services.write_tests) == 3


def test_eight_engines_at_once_write_and_send_each_test_once(transactional_db, sandbox):
    found = make_office("spine", hours=ALWAYS)
    grow_old(found)
    at_once(*[services.write_tests] * 8)
    assert StaffMessage.objects.count() == 3
    at_once(*[services.tell_staff] * 8)
    assert len(sandbox.messages()) == 3


def test_no_test_goes_out_outside_the_hours_of_the_practice(office, sandbox):
    closed_now(office)
    send_all()
    assert sandbox.messages() == []
    due = the_test(office, "sms").due_at.astimezone(office.practice.zone)
    assert (due.hour, due.minute) == (9, 0)


def test_a_test_that_was_due_while_we_were_down_waits_for_the_hours_again(office, sandbox):
    engine(services.write_tests)
    closed_now(office)
    assert engine(services.tell_staff) == 1
    while engine(services.tell_staff):
        pass
    assert sandbox.messages() == []
    assert set(StaffMessage.objects.values_list("state", "attempts")) == {("pending", 0)}


def test_a_practice_without_hours_is_tested_by_day(office):
    hours(office, {})
    midnight, noon = (
        datetime(2026, 12, 1, hour, tzinfo=office.practice.zone).astimezone(UTC) for hour in (0, 12)
    )
    opens = staff_messages.in_hours(office.practice, midnight).astimezone(office.practice.zone)
    assert (opens.day, opens.hour) == (1, 7)
    assert staff_messages.in_hours(office.practice, noon) == noon


def test_the_link_proves_its_way_and_only_the_button_does(office):
    send_all()
    path = f"/a/{links.secret_of_test(the_test(office, 'email').pk)}"
    visitor = OfficeClient()
    shown = visitor.get(path)
    assert (shown.status_code, proved(office)) == (200, set())
    assert "no patient" in shown.content.decode()
    assert visitor.post(path, {"answer": "seen"}).status_code == 400
    assert proved(office) == set()
    assert "It works." in visitor.post(path, {"answer": "works"}).content.decode()
    assert proved(office) == {"email"}
    assert (the_test(office, "email").answered_via, the_test(office, "sms").answered_at) == (
        "link", None,
    )  # fmt: skip


def test_an_sms_proves_the_number_it_came_from(office):
    send_all()
    test = the_test(office, "sms")
    number = test.contact_point.address
    stranger = make.make_person(office.practice).contact_points.get(channel="sms").address
    assert "Not understood" in provider.text(stranger, f"1 {test.reply_code}")
    assert "That was a test" in provider.text(number, f"2 {test.reply_code}")
    assert proved(office) == set()
    assert "this way of reaching you works" in provider.text(number, f"1 {test.reply_code}")
    assert proved(office) == {"sms"}


def test_a_key_on_the_call_proves_the_number_that_was_called(office):
    send_all()
    call = the_test(office, "voice")
    assert "means nothing" in provider.press(call, "1", called="+15559999999")
    assert "That was a test" in provider.press(call, "2")
    assert proved(office) == set()
    assert "works" in provider.press(call, "1")
    assert proved(office) == {"voice"}
    reported = {"CallSid": "CA1", "CallStatus": "completed"}
    assert provider.call_back(f"/provider/status/{call.pk}", reported).status_code == 204


def test_an_answer_to_an_urgent_question_never_counts_for_a_test(cast, run_engine):
    hours(cast.spine, ALWAYS)
    grow_old(cast.spine)
    send_all()
    referral = s.send(cast.pain)
    run_engine()
    test = the_test(cast.spine, "sms")
    owed = s.owed(referral, "acknowledge", "spine")
    token = owed.ack_tokens.get(contact_point=test.contact_point)
    assert token.reply_code != test.reply_code
    said = provider.text(test.contact_point.address, f"1 {token.reply_code}")
    assert referral.reference in said
    assert proved(cast.spine) == set()


def test_an_answer_after_a_week_proves_nothing(office):
    send_all()
    StaffMessage.objects.update(created_at=clock.now() - OLD)
    test = the_test(office, "sms")
    path = f"/a/{links.secret_of_test(test.pk)}"
    assert OfficeClient().post(path, {"answer": "works"}).status_code == 410
    assert "Not understood" in provider.text(test.contact_point.address, f"1 {test.reply_code}")
    assert proved(office) == set()


def unanswered(office):
    send_all()
    StaffMessage.objects.tests().update(
        sent_at=clock.now() - timedelta(hours=25), created_at=clock.now() - timedelta(hours=26)
    )


def test_a_day_without_an_answer_is_amber_and_told_to_the_coordinator_once(office, sandbox):
    unanswered(office)
    provider.text(
        the_test(office, "sms").contact_point.address, f"1 {the_test(office, 'sms').reply_code}"
    )
    assert engine(services.pass_on_unanswered) == 2
    assert engine(services.pass_on_unanswered) == 0
    engine(services.tell_staff)
    told = sandbox.messages()[-1]
    assert told.to == office.coordinator.contact_points.get().address
    assert str(office.clinician) in told.body
    assert "e-mail, telephone call" in told.body
    rows = [row for row in findings(takes_urgent(), clock.now()) if row.colour == "amber"]
    words = [row.words for row in rows if "did not answer the test" in row.words]
    assert [one.partition(" by ")[2].partition(":")[0] for one in words] == [
        "e-mail", "telephone call",
    ]  # fmt: skip


def test_within_a_day_nobody_is_told(office):
    send_all()
    assert engine(services.pass_on_unanswered) == 0


def test_who_has_no_coordinator_has_a_desk_and_then_the_network(office):
    ContactPoint.objects.filter(practitioner=office.coordinator).update(is_active=False)
    desk = ContactPoint.objects.get(practice=office.practice, practitioner=None)
    unanswered(office)
    engine(services.pass_on_unanswered)
    told = StaffMessage.objects.filter(kind="unanswered")
    assert [one.contact_point for one in told] == [desk]
    network = make_office("coordination", on_call=False)
    ContactPoint.objects.filter(pk=desk.pk).update(is_active=False)
    told.update(occasion="earlier")
    StaffMessage.objects.tests().update(passed_on_at=None)
    engine(services.pass_on_unanswered)
    assert network.practice in {one.contact_point.practice for one in told.all()}


def test_what_the_provider_refuses_is_dead_and_failing_and_passed_on_at_once(office, sandbox):
    sandbox.behave("invalid", channel="sms")
    send_all()
    test = the_test(office, "sms")
    assert (test.state, test.contact_point.failing_since is not None) == ("dead", True)
    assert engine(services.pass_on_unanswered) == 1


def test_a_provider_that_is_down_is_tried_again_and_holds_up_no_other(office, sandbox):
    sandbox.behave("broken", channel="sms")
    send_all()
    test = the_test(office, "sms")
    assert (test.state, test.attempts) == ("pending", 1)
    assert test.due_at > clock.now()
    assert the_test(office, "email").state == "sent"
    sandbox.behave("ok")
    StaffMessage.objects.update(due_at=clock.now())
    engine(services.tell_staff)
    assert the_test(office, "sms").state == "sent"


def test_a_message_whose_worker_died_is_sent_again_and_the_late_one_writes_nothing(office):
    engine(services.write_tests)
    with role("engine"):
        first = staff_messages._claim(ALL)
    StaffMessage.objects.filter(pk=first.uuid).update(due_at=clock.now())
    while engine(services.tell_staff):
        pass
    sent_at = StaffMessage.objects.get(pk=first.uuid).sent_at
    with role("engine"):
        staff_messages._record(first, staff_messages._send(first))
    again = StaffMessage.objects.get(pk=first.uuid)
    assert (again.state, again.sent_at, again.attempts) == ("sent", sent_at, 2)


def test_an_unreadable_address_dies_alone(office):
    own = ContactPoint.objects.filter(practitioner=office.clinician)
    own.filter(channel="sms").update(encrypted_address=b"k0:nobody can read this any more")
    send_all()
    assert {m.contact_point.channel: m.state for m in StaffMessage.objects.all()} == {
        "sms": "dead", "voice": "sent", "email": "sent",
    }  # fmt: skip


def test_what_is_urgent_goes_before_any_test(cast, run_engine, sandbox):
    hours(cast.spine, ALWAYS)
    grow_old(cast.spine)
    engine(services.write_tests)
    s.send(cast.pain)
    run_engine()
    places = ["TEST" in message.body.upper() for message in sandbox.messages()]
    assert places.count(True) == 3
    assert not any(places[: places.index(True)])
    assert Delivery.objects.filter(state="sent").count() == len(places) - 3
    # The tests came after all of the first messages.
    assert places[-3:] == [True] * 3


def override(office, person, begin, end):
    now = clock.now()
    cover = services.Cover(person, "primary", now + begin, now + end)
    with behind_the_wall(office.actor):
        return services.override(cover, services.Why(office.actor, "ill"))


def told():
    return {
        (one.kind, one.contact_point.practitioner, one.contact_point.channel)
        for one in StaffMessage.objects.exclude(kind="test")
    }


def test_both_people_of_a_swap_are_told_which_shift_is_theirs_now(office, sandbox):
    second, now = make.make_person(office.practice), clock.now()
    shifts = [
        services.put_on_call(person, starts=now + n * DAY, ends=now + (n + 1) * DAY)
        for n, person in ((3, office.clinician), (4, second))
    ]
    with behind_the_wall(office.actor):
        services.swap(shifts[0].pk, shifts[1].pk, services.Why(office.actor, "a wedding"))
    both = (office.clinician, second)
    assert told() == {("swapped", one, way) for one in both for way in ("sms", "email")}
    while engine(services.tell_staff):
        pass
    mine = office.clinician.contact_points.get(channel="sms").address
    (sms,) = [message.body for message in sandbox.messages() if message.to == mine]
    later = (now + 4 * DAY).astimezone(office.practice.zone)
    assert f"you are on call {later:%a %b %d %H:%M}" in sms
    assert f"{second.name}" in sms
    assert "wedding" not in sms


def test_whoever_is_on_call_instead_and_whoever_is_relieved_are_told(office):
    second = make.make_person(office.practice)
    override(office, second, timedelta(hours=1), timedelta(hours=2))
    assert told() == {
        *(("instead", second, way) for way in ("sms", "email")),
        *(("relieved", office.clinician, way) for way in ("sms", "email")),
    }


def test_a_change_for_tonight_is_told_at_once_and_one_for_next_week_in_hours(office):
    closed_now(office)
    second, now = make.make_person(office.practice), clock.now()
    override(office, second, timedelta(hours=1), timedelta(hours=2))
    assert all(one.due_at <= clock.now() for one in StaffMessage.objects.all())
    StaffMessage.objects.all().delete()
    override(office, second, 6 * DAY, 7 * DAY)
    assert all(one.due_at > now + timedelta(minutes=1) for one in StaffMessage.objects.all())


FACTS = StaffFacts(
    zone=ZoneInfo("America/Chicago"),
    begins=datetime(2026, 12, 23, 14, tzinfo=UTC), ends=datetime(2026, 12, 30, 14, tzinfo=UTC),
    person="Dr DEMO " + "Ağaoğlu-" * 20, ways="email, sms, voice", reply_code="4821",
    link="https://tandem.hospital.example/a/0MF0GEQZNERZ9P1P",
)  # fmt: skip


@pytest.mark.parametrize("kind", list(STAFF_TEXTS))
def test_every_text_fits_one_sms_and_says_that_it_replaces_nothing(kind):
    message = compose_for_staff(kind, FACTS)
    assert len(message.sms) <= 160
    assert message.sms.isascii()
    for said in (message.sms, message.body):
        assert "Does not replace 911/ED" in said
    assert "does not replace 911" in message.voice
    assert ("4821" in message.sms) == (kind == "test")


def test_only_coordinators_are_told_of_others(office):
    make.make_person(office.practice, Role.NURSE)
    unanswered(office)
    engine(services.pass_on_unanswered)
    who = {one.contact_point.practitioner for one in StaffMessage.objects.filter(kind="unanswered")}
    assert who == {office.coordinator}
