"""Who is on call: rotations write ahead, overrides cut, swaps exchange, and history keeps it."""

from datetime import UTC, datetime, time, timedelta
from itertools import pairwise

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from coordination import engine, services
from coordination.models import ContactPoint, OnCallChange, OnCallShift, Rotation
from coordination.services import Cover, ShiftRefused, Turns, Why, people, rotations
from referrals import clock
from tests import factories as make
from tests.cast import behind_the_wall, make_office, role
from tests.coordination.threads import at_once

DAY = timedelta(days=1)
PRIMARY, BACKUP = "primary", "backup"


@pytest.fixture
def office(maintenance):
    """A spine office where nobody is on call yet, with three surgeons."""
    found = make_office("spine", on_call=False)
    found.surgeons = [found.clinician, *(make.make_person(found.practice) for _ in range(2))]
    return found


def today(office):
    return clock.now().astimezone(office.practice.zone).date()


def weekly(office, **given):
    members = given.pop("members", office.surgeons)
    facts = {"level": PRIMARY, "length": 1, "unit": "week", "hand_over_at": time(8), "weekday": 1,
             "starts_on": today(office)}  # fmt: skip
    return Turns(members=members, **(facts | given))


def begin(office, **given):
    with behind_the_wall(office.actor):
        return services.begin_rotation(weekly(office, **given), by=office.actor)


def override(office, person, starts, ends, *, level=PRIMARY, reason="at a congress"):
    with behind_the_wall(office.actor):
        return services.override(Cover(person, level, starts, ends), Why(office.actor, reason))


def swap(office, one, other, *, reason="a wedding"):
    with behind_the_wall(office.actor):
        return services.swap(one.pk, other.pk, Why(office.actor, reason))


def shifts(office, level=PRIMARY):
    own = OnCallShift.objects.standing().filter(practice=office.practice, level=level)
    return list(own.select_related("practitioner").order_by("period"))


def who(office, at):
    return people.names_on_call([office.practice.pk], at).get(office.practice.pk)


def history(office, kind):
    return list(OnCallChange.objects.filter(practice=office.practice, kind=kind).order_by("pk"))


def keep():
    with role("engine"):
        return services.keep_rotations()


def test_a_rotation_covers_the_next_six_weeks_without_a_gap(office):
    begin(office)
    written = shifts(office)
    assert written[0].period.lower <= clock.now() + DAY
    assert written[-1].period.upper >= clock.now() + timedelta(weeks=6)
    for one, following in pairwise(written):
        assert one.period.upper == following.period.lower
    order = [shift.practitioner for shift in written]
    assert order == [office.surgeons[n % 3] for n in range(len(order))]


def test_the_engine_writes_on_as_time_passes_and_never_twice(office):
    rotation = begin(office)
    before = len(shifts(office))
    assert keep() == 0
    # As if two weeks had passed since the last writing.
    tail = shifts(office)[-2:]
    OnCallShift.objects.filter(pk__in=[shift.pk for shift in tail]).delete()
    Rotation.objects.filter(pk=rotation.pk).update(written_until=tail[0].period.lower)
    assert keep() == 1
    assert keep() == 0
    again = shifts(office)
    assert len(again) == before
    assert [(s.practitioner_id, s.period) for s in again[-2:]] == [
        (s.practitioner_id, s.period) for s in tail
    ]


def test_eight_engines_at_once_write_each_shift_once(transactional_db, caplog):
    found = make_office("spine", on_call=False)
    found.surgeons = [found.clinician, make.make_person(found.practice)]
    rotation = begin(found)
    first, *wanted = [(s.practitioner_id, s.period) for s in shifts(found)]
    OnCallShift.objects.filter(rotation=rotation, period__startswith__gt=clock.now()).delete()
    Rotation.objects.filter(pk=rotation.pk).update(written_until=first[1].upper)
    assert sorted(at_once(*[keep] * 8)) == [0] * 7 + [1]
    assert [(s.practitioner_id, s.period) for s in shifts(found)] == [first, *wanted]
    # They took turns: none ran into what another wrote.
    assert "could not be written" not in caplog.text


def test_the_engine_looks_after_rotations_by_itself_once_a_minute(office, run_engine, monkeypatch):
    begin(office)
    before = [shift.period for shift in shifts(office)[1:]]

    def forget():
        OnCallShift.objects.filter(period__startswith__gt=clock.now()).delete()
        Rotation.objects.update(written_until=before[0].lower)

    forget()
    monkeypatch.setattr(engine._books, "chores_at", 0.0)
    run_engine()
    assert [shift.period for shift in shifts(office)[1:]] == before
    # There was something to do: it looks once more, and then not for a minute.
    run_engine()
    forget()
    run_engine()
    assert len(shifts(office)) == 1


def test_a_rotation_that_cannot_be_written_holds_up_no_other(office, monkeypatch):
    broken, whole = begin(office), begin(office, level=BACKUP)
    Rotation.objects.update(written_until=clock.now())
    OnCallShift.objects.all().delete()
    real = Rotation.pattern

    def pattern(rotation, members):
        if rotation.pk == broken.pk:
            raise ValueError("nobody can read this")
        return real(rotation, members)

    monkeypatch.setattr(Rotation, "pattern", pattern)
    assert keep() == 1
    assert {shift.rotation_id for shift in OnCallShift.objects.all()} == {whole.pk}


def test_a_rotation_of_a_closed_practice_writes_nothing(office):
    begin(office)
    office.practice.is_active = False
    office.practice.save(update_fields=["is_active"])
    Rotation.objects.update(written_until=clock.now())
    assert keep() == 0


def test_an_override_wins_in_the_middle_of_a_shift_and_leaves_both_ends(office):
    begin(office)
    first, second = office.surgeons[0], office.surgeons[2]
    shift = next(s for s in shifts(office) if s.period.lower > clock.now())
    starts, ends = shift.period.lower + DAY, shift.period.lower + 2 * DAY
    override(office, second, starts, ends)
    around = [starts - timedelta(minutes=1), starts, ends - timedelta(minutes=1), ends]
    own = str(shift.practitioner)
    assert [who(office, at) for at in around] == [own, str(second), str(second), own]
    (kept,) = history(office, "override")
    assert (kept.person, kept.instead_of, kept.reason) == (second, [own], "at a congress")
    assert kept.entered_by == str(office.clinician)
    assert first in office.surgeons


def test_an_override_over_several_shifts_and_a_gap_covers_all_of_it(office):
    make.make_shift(office.surgeons[0], hours=4)
    now, late = clock.now(), office.surgeons[1]
    with behind_the_wall(office.actor):
        services.put_on_call(office.surgeons[2], starts=now + 2 * DAY, ends=now + 3 * DAY)
    override(office, late, now + timedelta(hours=2), now + timedelta(days=2, hours=12))
    found = [(s.practitioner, s.period.lower - now, s.period.upper - now) for s in shifts(office)]
    assert [person for person, *_ in found] == [office.surgeons[0], late, office.surgeons[2]]
    assert found[1][1:] == (timedelta(hours=2), timedelta(days=2, hours=12))
    assert found[2][1] == timedelta(days=2, hours=12)
    (kept,) = history(office, "override")
    assert kept.instead_of == [str(office.surgeons[0]), str(office.surgeons[2])]


def test_an_override_beyond_what_is_written_stays_when_the_rotation_gets_there(office):
    rotation = begin(office)
    end = shifts(office)[-1].period.upper
    override(office, office.surgeons[0], end + DAY, end + 2 * DAY)
    Rotation.objects.filter(pk=rotation.pk).update(written_until=end)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rotations, "AHEAD", timedelta(weeks=8))
        assert keep() == 1
    assert who(office, end + DAY + timedelta(hours=1)) == str(office.surgeons[0])
    # Around it the rotation has filled its own turn.
    assert who(office, end + timedelta(hours=1)) == who(office, end + 3 * DAY)


def test_what_is_over_is_not_overridden(office):
    make.make_shift(office.surgeons[0], hours=4)
    now = clock.now()
    override(office, office.surgeons[1], now - timedelta(minutes=30), now + timedelta(hours=1))
    assert who(office, now - timedelta(minutes=10)) == str(office.surgeons[0])
    assert who(office, now + timedelta(minutes=10)) == str(office.surgeons[1])
    with pytest.raises(ShiftRefused, match=r"^ends: this time is over"):
        override(office, office.surgeons[1], now - timedelta(hours=1), now - timedelta(minutes=1))


def test_an_override_at_one_level_leaves_the_other(office):
    begin(office)
    begin(office, level=BACKUP, members=office.surgeons[::-1])
    before = [(s.pk, s.period) for s in shifts(office, BACKUP)]
    now = clock.now()
    override(office, office.surgeons[2], now + DAY, now + 2 * DAY)
    assert [(s.pk, s.period) for s in shifts(office, BACKUP)] == before


def test_a_swap_exchanges_two_shifts_and_names_both(office):
    begin(office)
    one, other = shifts(office)[1:3]
    people_before = one.practitioner, other.practitioner
    swap(office, one, other)
    for shift in (one, other):
        shift.refresh_from_db()
    assert (other.practitioner, one.practitioner) == people_before
    kept = history(office, "swap")
    assert [(change.person, change.instead_of) for change in kept] == [
        (people_before[1], [str(people_before[0])]), (people_before[0], [str(people_before[1])]),
    ]  # fmt: skip
    assert {change.reason for change in kept} == {"a wedding"}


def test_a_swap_stays_when_the_rotation_ends(office):
    rotation = begin(office)
    one, other = shifts(office)[1:3]
    swap(office, one, other)
    with behind_the_wall(office.actor):
        services.end_rotation(rotation.pk, by=office.actor)
    left = {shift.pk for shift in shifts(office) if shift.period.lower > clock.now()}
    assert left == {one.pk, other.pk}


def test_a_swap_that_cannot_be_meant_is_refused_whole(office):
    begin(office, hand_over_at=time(0))
    one, *rest = shifts(office)
    same = next(shift for shift in rest[1:] if shift.practitioner == rest[0].practitioner)
    outsider = make_office("spine")
    theirs = shifts(outsider)[0]
    before = [(s.pk, s.practitioner_id) for s in shifts(office)]
    with pytest.raises(ShiftRefused, match="has begun"):
        swap(office, one, rest[0])
    for first, second, words in (
        (rest[0], same, "one person's"), (rest[0], rest[0], "two different"),
        (rest[0], theirs, "of your practice"),
    ):  # fmt: skip
        with pytest.raises(ShiftRefused, match=words):
            swap(office, first, second)
    with pytest.raises(ShiftRefused, match=r"^reason"):
        swap(office, rest[0], rest[1], reason="  ")
    assert [(s.pk, s.practitioner_id) for s in shifts(office)] == before


def test_another_rotation_takes_back_what_the_first_wrote_and_nothing_else(office):
    first = begin(office)
    now = clock.now()
    override(office, office.surgeons[0], now + 20 * DAY, now + 21 * DAY)
    second = begin(office, members=office.surgeons[1:], starts_on=today(office) + 10 * DAY)
    first.refresh_from_db()
    assert first.ended_by == str(office.clinician)
    starts = second.pattern(2).starts
    later = [s for s in shifts(office) if s.period.upper > starts + timedelta(minutes=1)]
    assert {s.rotation_id for s in later if s.period.lower >= starts} == {second.pk, None}
    assert who(office, now + 20 * DAY + timedelta(hours=1)) == str(office.surgeons[0])
    whole = shifts(office)
    for one, following in pairwise(whole):
        assert one.period.upper == following.period.lower
    assert [change.kind for change in OnCallChange.objects.order_by("pk")][-2:] == [
        "rotation_ended", "rotation",
    ]  # fmt: skip


def test_ending_a_rotation_leaves_who_is_on_call_now(office):
    rotation = begin(office, starts_on=today(office), hand_over_at=time(0))
    now = clock.now()
    on_call = who(office, now)
    with behind_the_wall(office.actor):
        services.end_rotation(rotation.pk, by=office.actor)
    assert who(office, now) == on_call
    assert who(office, now + 20 * DAY) is None
    assert all(shift.period.lower <= now for shift in shifts(office))
    with behind_the_wall(office.actor), pytest.raises(Rotation.DoesNotExist):
        services.end_rotation(rotation.pk, by=office.actor)


def test_an_outsider_ends_no_rotation_of_others(office):
    rotation, outsider = begin(office), make_office("spine")
    with behind_the_wall(outsider.actor), pytest.raises(Rotation.DoesNotExist):
        services.end_rotation(rotation.pk, by=outsider.actor)


REFUSED = {
    "length": {"length": 5},
    "length ": {"length": 29, "unit": "day", "weekday": None},
    "weekday": {"weekday": None},
    "weekday ": {"unit": "day"},
    "members": {"members": []},
    "starts_on": {"starts_on": (datetime(2020, 1, 1, tzinfo=UTC)).date()},
    "starts_on ": {"starts_on": (datetime(2190, 1, 1, tzinfo=UTC)).date()},
}


@pytest.mark.parametrize(("field", "given"), REFUSED.items(), ids=list(REFUSED))
def test_a_rotation_that_nobody_can_mean_is_refused_by_its_field(office, field, given):
    with pytest.raises(ShiftRefused, match=rf"^{field.strip()}: "):
        begin(office, **given)
    assert not Rotation.objects.exists()


def test_only_clinicians_of_the_practice_take_turns_each_once(office):
    stranger = make_office("spine").clinician
    for members in ([stranger], [office.coordinator], [office.clinician] * 2):
        with pytest.raises(ShiftRefused, match=r"^members: "):
            begin(office, members=members)


def test_nobody_is_on_call_whom_no_message_finds(office):
    silent = office.surgeons[2]
    ContactPoint.objects.filter(practitioner=silent).update(is_active=False)
    now = clock.now()
    acts = {
        "practitioner": (
            lambda: override(office, silent, now + DAY, now + 2 * DAY),
            lambda: services.put_on_call(silent, starts=now, ends=now + DAY),
        ),
        "members": (lambda: begin(office),),
    }
    for field, tried in acts.items():
        for act in tried:
            with pytest.raises(ShiftRefused, match=rf"^{field}: {silent} cannot be reached"):
                act()
    assert not OnCallShift.objects.exists()


def test_an_override_needs_a_reason_and_a_time_that_can_be_meant(office):
    now = clock.now()
    with pytest.raises(ShiftRefused, match=r"^reason: say why"):
        override(office, office.surgeons[0], now + DAY, now + 2 * DAY, reason=" ")
    with pytest.raises(ShiftRefused, match="at most 31 days"):
        override(office, office.surgeons[0], now + DAY, now + 40 * DAY)


def test_two_primaries_are_impossible_whatever_the_services_do(office):
    begin(office)
    shift = shifts(office)[1]
    with pytest.raises(IntegrityError, match="one_person_on_call"), transaction.atomic():
        OnCallShift.objects.create(
            practice=office.practice, practitioner=office.surgeons[0], period=shift.period
        )


def test_eight_overrides_at_once_leave_one_primary_at_each_instant(transactional_db):
    found = make_office("spine")
    colleague, now = make.make_person(found.practice), clock.now()
    starts, ends = now + timedelta(hours=2), now + timedelta(hours=4)
    at_once(*[lambda: override(found, colleague, starts, ends)] * 8, role_name="app")
    assert len(history(found, "override")) == 8
    assert [s.practitioner for s in shifts(found)] == [found.clinician, colleague, found.clinician]


def test_the_history_of_being_on_call_is_written_once(office):
    begin(office)
    for act in (lambda: OnCallChange.objects.update(reason="x"), OnCallChange.objects.all().delete):
        with pytest.raises(DatabaseError, match="Cannot update or delete"), transaction.atomic():
            act()
