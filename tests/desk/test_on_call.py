"""The coverage board and its forms: what is read there, what the buttons do, what is refused."""

from datetime import timedelta

import pytest

from coordination import services
from coordination.models import ContactPoint, OnCallChange, OnCallShift, Rotation
from referrals import clock
from referrals.models import EmergencyDirectory
from tests import factories as make
from tests.cast import make_office
from tests.coordination.test_coverage import directory
from tests.desk import people as p

BOARD = "/admin/coordination/oncallshift/coverage/"
DAY = timedelta(days=1)
TO = "\N{EN DASH}"


@pytest.fixture
def office(maintenance):
    """A spine office with two surgeons and nobody on call."""
    found = make_office("spine", on_call=False)
    found.second = make.make_person(found.practice)
    return found


@pytest.fixture
def desk(office):
    return p.at_the_desk(office.coordinator)


def local(office, at):
    return at.astimezone(office.practice.zone).strftime("%Y-%m-%dT%H:%M")


def shifts(office):
    own = OnCallShift.objects.standing().filter(practice=office.practice)
    return list(own.select_related("practitioner").order_by("period"))


def begin(office, desk, **typed):
    facts = {
        "level": "primary", "length": 1, "unit": "week", "weekday": 1, "hand_over_at": "08:00",
        "starts_on": local(office, clock.now())[:10], "member_1": office.clinician.pk,
        "member_2": office.second.pk,
    }  # fmt: skip
    return desk.post(f"{BOARD}rotation/", facts | typed, follow=True)


def override(office, desk, person, begin, end, **typed):
    now = clock.now()
    facts = {
        "practitioner": person.pk, "level": "primary", "starts": local(office, now + begin),
        "ends": local(office, now + end), "reason": "at a congress",
    }  # fmt: skip
    return desk.post(f"{BOARD}override/", facts | typed, follow=True)


def test_a_practice_without_a_rota_reads_that_nobody_is_there_at_all(office, desk):
    shown = p.text(desk.get(BOARD))
    assert "Rung first: nobody at all in the next 14 days." in shown
    assert shown.count(f"00:00{TO}24:00 NOBODY") >= 2 * 13
    assert "has no emergency department on record" in shown


def test_a_rotation_is_begun_and_ended_and_the_board_says_so(office, desk):
    shown = p.text(begin(office, desk))
    assert "The rotation is written six weeks ahead" in shown
    assert f"{office.clinician}, then {office.second}" in shown
    assert f"08:00{TO}24:00 {office.second}" in shown
    rotation = Rotation.objects.get()
    ended = p.text(desk.post(f"{BOARD}rotation/{rotation.pk}/end/", follow=True))
    assert "Shifts that have not begun are taken back" in ended
    assert "Nobody takes turns by a rotation." in ended
    assert "rotation ended" in ended


def test_a_rotation_that_cannot_be_meant_is_refused_beside_its_field(office, desk):
    ContactPoint.objects.filter(practitioner=office.second).update(is_active=False)
    shown = p.text(begin(office, desk))
    assert f"{office.second} cannot be reached" in shown
    assert "desk-wrong" in shown
    assert "choose the day of hand-over" in p.text(begin(office, desk, weekday="")).lower()
    assert not Rotation.objects.exists()


def test_an_override_is_entered_and_stands_with_its_reason_and_who_entered_it(office, desk):
    make.make_shift(office.clinician, hours=72)
    shown = p.text(override(office, desk, office.second, DAY, 2 * DAY))
    assert "On call instead" in shown
    assert f"instead of {office.clinician}: at a congress. Entered by {office.coordinator}" in shown
    assert [one.practitioner for one in shifts(office)] == [
        office.clinician, office.second, office.clinician,
    ]  # fmt: skip


def test_an_override_for_a_time_that_is_over_is_refused_in_words(office, desk):
    answer = override(office, desk, office.second, -2 * DAY, -DAY)
    assert "This time is over" in p.text(answer)
    assert not OnCallChange.objects.exists()


def test_two_shifts_are_swapped_and_a_foreign_one_cannot_be_chosen(office, desk):
    begin(office, desk)
    one, other = [shift for shift in shifts(office) if shift.period.lower > clock.now()][:2]
    before = one.practitioner, other.practitioner
    typed = {"first": one.pk, "second": other.pk, "reason": "a wedding"}
    assert "Swapped." in p.text(desk.post(f"{BOARD}swap/", typed, follow=True))
    for shift in (one, other):
        shift.refresh_from_db()
    assert (other.practitioner, one.practitioner) == before
    stranger = make_office("spine")
    make.make_shift(make.make_person(stranger.practice), level="backup")
    foreign = typed | {"second": shifts(stranger)[0].pk}
    answer = desk.post(f"{BOARD}swap/", foreign)
    assert "desk-wrong" in p.text(answer)
    assert OnCallChange.objects.filter(kind="swap").count() == 2


def test_the_last_way_to_reach_whoever_is_on_call_is_not_retired(office, desk):
    make.make_shift(office.clinician)
    *others, last = ContactPoint.objects.filter(practitioner=office.clinician)
    retire = "/admin/coordination/contactpoint/{}/retire/"
    for point in others:
        assert "Nothing more is sent there" in p.text(
            desk.post(retire.format(point.pk), follow=True)
        )
    refused = p.text(desk.post(retire.format(last.pk), follow=True))
    assert f"Not retired. This is the last way to reach {office.clinician}" in refused
    last.refresh_from_db()
    assert last.is_active


def test_the_emergency_department_is_reviewed_with_one_press(office, desk):
    assert desk.post(f"{BOARD}reviewed/").status_code == 404
    directory(office.practice, reviewed_at=clock.now().date() - 100 * DAY)
    assert "was last reviewed on" in p.text(desk.get(BOARD))
    assert "Reviewed today: DEMO ED" in p.text(desk.post(f"{BOARD}reviewed/", follow=True))
    today = clock.now().astimezone(office.practice.zone).date()
    assert EmergencyDirectory.objects.get().reviewed_at == today


def test_coordinators_see_every_practice_and_nobodys_name(office):
    make.make_shift(office.clinician)
    network = make_office("coordination", on_call=False)
    shown = p.text(p.at_the_desk(network.coordinator).get(BOARD))
    assert office.practice.name in shown
    assert "somebody" in shown
    assert str(office.clinician) not in shown


def test_an_outsider_sees_its_own_board_and_changes_nothing_of_others(office, desk):
    begin(office, desk)
    outsider = p.at_the_desk(make_office("spine").coordinator)
    shown = p.text(outsider.get(BOARD))
    assert office.practice.name not in shown
    assert str(office.clinician) not in shown
    rotation = Rotation.objects.get()
    assert outsider.post(f"{BOARD}rotation/{rotation.pk}/end/").status_code == 404
    refused = outsider.post(
        f"{BOARD}override/",
        {"practitioner": office.clinician.pk, "level": "primary", "reason": "x",
         "starts": local(office, clock.now() + DAY), "ends": local(office, clock.now() + 2 * DAY)},
    )  # fmt: skip
    assert "desk-wrong" in p.text(refused)
    assert Rotation.objects.get().ended_at is None


def test_a_button_of_the_board_does_nothing_by_get(office, desk):
    begin(office, desk)
    rotation = Rotation.objects.get()
    for address in (f"{BOARD}rotation/{rotation.pk}/end/", f"{BOARD}reviewed/"):
        assert desk.get(address).status_code == 404
    assert services.keep_rotations() == 0
    assert Rotation.objects.get().ended_at is None
