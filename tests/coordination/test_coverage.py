"""Gaps, reachability and the preview of a ladder: what is found before it is needed."""

import json
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from coordination import services
from coordination.models import ContactPoint, Delivery, OnCallShift
from coordination.services.coverage import coverage, takes_urgent
from coordination.services.reachability import findings
from referrals import clock
from referrals.models import EmergencyDirectory, Practice
from referrals.services.practices import register_emergency_department
from tests import factories as make
from tests.cast import behind_the_wall, make_office, role
from tests.coordination import stories as s

DAYS = timedelta(days=1)


@pytest.fixture
def office(maintenance):
    """A spine office with two surgeons, nobody on call, and an emergency department."""
    found = make_office("spine", on_call=False)
    found.second = make.make_person(found.practice)
    directory(found.practice)
    return found


def directory(practice, **given):
    facts = {
        "ed_name": "DEMO ED", "ed_phone": "+15550100911", "mri_around_the_clock": True,
        "spine_cover": "on site", "transfer_agreement": True, "reviewed_at": clock.now().date(),
    }  # fmt: skip
    return register_emergency_department(practice, **(facts | given))


def on_call(person, begin, end, level="primary"):
    now = clock.now()
    services.put_on_call(person, starts=now + begin, ends=now + end, level=level)


def run(name, *words, role_name="app"):
    """Return what a command printed, and its exit code."""
    out, code = StringIO(), 0
    with role(role_name):
        try:
            call_command(name, *words, stdout=out)
        except SystemExit as ended:
            code = ended.code
    return out.getvalue(), code


def gaps(*words):
    text, code = run("on_call_gaps", "--json", *words)
    return {(row["practice"], row["level"]): row for row in json.loads(text)}, code


def test_a_practice_without_a_rota_is_one_gap(office):
    found, code = gaps()
    assert found[office.practice.name, "primary"]["all_gap"]
    assert code == 1
    assert "NOBODY AT ALL" in run("on_call_gaps")[0]


def test_each_hour_that_nobody_covers_is_named_and_no_other(office):
    on_call(office.clinician, -DAYS, 3 * DAYS)
    on_call(office.second, 5 * DAYS, 20 * DAYS)
    found, code = gaps()
    (gap,) = found[office.practice.name, "primary"]["gaps"]
    shifts = OnCallShift.objects.order_by("period")
    assert (gap["from"], gap["to"]) == tuple(
        at.isoformat() for at in (shifts[0].period.upper, shifts[1].period.lower)
    )
    assert gap["cannot_be_reached"] is None
    assert code == 1


def test_a_full_rota_ends_with_0_though_nobody_is_backup(office):
    on_call(office.clinician, -DAYS, 20 * DAYS)
    found, code = gaps()
    assert found[office.practice.name, "primary"]["gaps"] == []
    assert found[office.practice.name, "backup"]["all_gap"]
    assert code == 0
    assert gaps("--days", "30")[1] == 1


def test_who_cannot_be_reached_covers_nothing_and_is_named(office):
    on_call(office.clinician, -DAYS, 20 * DAYS)
    ContactPoint.objects.filter(practitioner=office.clinician).update(is_active=False)
    found, code = gaps()
    (gap,) = found[office.practice.name, "primary"]["gaps"]
    assert (gap["cannot_be_reached"], code) == (str(office.clinician), 1)
    assert "is on call and cannot be reached" in run("on_call_gaps")[0]


def test_a_practice_that_is_closed_or_takes_no_red_flag_has_no_gap(office):
    quiet = make_office("pain", on_call=False).practice
    assert list(takes_urgent()) == [office.practice]
    make.make_shift(make.make_person(quiet))
    assert quiet in takes_urgent()
    Practice.objects.update(is_active=False)
    assert gaps() == ({}, 0)


def test_the_stretches_of_a_level_leave_no_hole(office):
    for begin, end in ((-1, 2), (2, 3), (6, 9)):
        on_call(office.clinician, begin * DAYS, end * DAYS)
    now = clock.now()
    for one in coverage(takes_urgent(), now, now + 14 * DAYS):
        assert one.stretches[0].begins == now
        assert one.stretches[-1].ends == now + 14 * DAYS
        ends = [stretch.ends for stretch in one.stretches[:-1]]
        assert ends == [stretch.begins for stretch in one.stretches[1:]]


@pytest.mark.parametrize("days", ["0", "-1", "367"])
def test_a_number_of_days_that_is_none_is_refused(office, days):
    with pytest.raises(CommandError, match="--days"):
        run("on_call_gaps", f"--days={days}")


def found(office):
    rows = findings(takes_urgent(), clock.now())
    return [(row.colour, row.about, row.words) for row in rows if row.practice == office.practice]


def points(office, **given):
    return ContactPoint.objects.filter(practitioner=office.clinician, **given)


def test_who_has_two_proved_ways_is_no_finding(office):
    on_call(office.clinician, DAYS, 2 * DAYS)
    assert found(office) == []
    text, code = run("reachability")
    assert ("Everybody on call can be reached." in text, code) == (True, 0)


def test_one_way_alone_or_none_is_red_and_ends_with_1(office):
    on_call(office.clinician, DAYS, 2 * DAYS)
    points(office).exclude(channel="email").update(is_active=False)
    ((colour, about, words),) = found(office)
    assert (colour, about) == ("red", str(office.clinician))
    assert "by e-mail alone" in words
    points(office).update(verified_at=None)
    assert [row[0] for row in found(office)] == ["red", "amber"]
    text, code = run("reachability", "--json")
    assert (json.loads(text)[0]["colour"], code) == ("red", 1)


def test_a_failing_way_is_red_and_an_old_proof_is_amber(office):
    on_call(office.clinician, DAYS, 2 * DAYS)
    now = clock.now()
    points(office, channel="sms").update(failing_since=now)
    points(office, channel="email").update(verified_at=now - 91 * DAYS)
    points(office, channel="voice").update(verified_at=now - 89 * DAYS)
    assert [(colour, words.split()[0]) for colour, _, words in found(office)] == [
        ("amber", "e-mail"), ("red", "text"),
    ]  # fmt: skip


def test_an_old_proof_alone_ends_with_0(office):
    on_call(office.clinician, DAYS, 2 * DAYS)
    points(office).update(verified_at=clock.now() - 91 * DAYS)
    assert run("reachability")[1] == 0


def test_nobody_is_looked_at_who_is_not_on_call_soon(office):
    on_call(office.clinician, 15 * DAYS, 16 * DAYS)
    ContactPoint.objects.update(is_active=False)
    assert found(office) == []


def test_an_emergency_department_that_was_not_reviewed_for_90_days_is_amber(office):
    entry = EmergencyDirectory.objects.filter(practice=office.practice)
    entry.update(reviewed_at=clock.now().date() - 92 * DAYS)
    ((colour, about, words),) = found(office)
    assert (colour, about) == ("amber", "")
    assert "last reviewed" in words
    entry.delete()
    assert "no emergency department" in found(office)[0][2]


def preview(practice, at, *words):
    text, code = run(
        "escalation_preview", "--practice", practice, "--at", at, "--json", *words,
        role_name="engine",
    )  # fmt: skip
    assert code == 0
    return json.loads(text)


def test_the_preview_is_what_the_ladder_then_does(cast, run_engine):
    make.make_shift(make.make_person(cast.spine.practice), level="backup")
    rungs = preview(cast.pain.practice.name, clock.now().isoformat())
    before = {(row["side"], row["obligation"], row["rung"]): row["told"] for row in rungs}
    referral = s.send(cast.pain)
    run_engine()
    for side in ("pain", "spine"):
        for rung in range({"pain": 4, "spine": 6}[side]):
            owed = s.owed(referral, "acknowledge", side)
            sent = Delivery.objects.filter(obligation=owed, rung=rung, round=0)
            told = {(one.contact_point.owner_name, one.channel) for one in sent}
            expected = before[side, "acknowledge", rung]
            assert told == {(one["name"], one["channel"]) for one in expected}, (side, rung)
            s.fire_next_rung(referral, "acknowledge", side)


def test_the_preview_of_another_day_names_who_is_on_call_then(cast):
    second = make.make_person(cast.spine.practice)
    now = clock.now()
    with behind_the_wall(cast.spine.actor):
        services.put_on_call(second, starts=now + 20 * DAYS, ends=now + 22 * DAYS)
    at = (now + 21 * DAYS).isoformat()
    first = [
        row for row in preview(str(cast.pain.practice.uuid), at)
        if (row["side"], row["obligation"], row["rung"]) == ("spine", "acknowledge", 0)
    ]  # fmt: skip
    assert first[0]["practice"] == cast.spine.practice.name
    assert str(second) in {told["name"] for told in first[0]["told"]}


def test_the_preview_says_where_nobody_would_be_told_and_prints_no_address(cast):
    text, _ = run(
        "escalation_preview", "--practice", cast.pain.practice.name, "--at", "2199-12-25T03:00",
        role_name="engine",
    )  # fmt: skip
    assert "no practice can be asked" in text
    assert "NOBODY, hands over to the next rung at once" in text
    assert not any(point.address in text for point in ContactPoint.objects.all())


def test_a_24_hour_case_at_night_waits_for_the_morning(cast):
    rows = preview(cast.pain.practice.short_name, "2026-12-25T03:00", "--pace", "same_day_24h")
    assert {row["at"][11:16] for row in rows if row["rung"] == 0} >= {"13:00"}
    assert min(row["at"] for row in rows).startswith("2026-12-25T13:00")


@pytest.mark.parametrize(
    ("practice", "at", "words"),
    [("nobody", "2026-12-25T03:00", "--practice"), (None, "Christmas", "--at")],
)
def test_what_the_preview_cannot_read_is_refused_by_its_option(cast, practice, at, words):
    with pytest.raises(CommandError, match=words):
        preview(practice or cast.pain.practice.name, at)


def test_nothing_is_stored_by_looking(cast):
    preview(cast.pain.practice.name, "2026-12-25T03:00")
    assert not Delivery.objects.exists()
