"""A PIN opens for its person alone; five wrong tries shut it for a quarter of an hour."""

import io
import json
import logging
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command

from referrals import clock
from referrals.models import Practitioner
from referrals.services.pins import LOCKED_FOR, TRIES, PinUnusable, set_pin, try_pin
from tests import factories as make
from tests.cast import role

PIN = "402917"


@pytest.fixture
def person(maintenance):
    made = make.make_person(make.make_practice(name="DEMO North"))
    set_pin(made.pk, PIN)
    return made


def lock(person):
    for _ in range(TRIES):
        check = try_pin(person.pk, "555550")
    return check


@pytest.mark.parametrize(
    "pin",
    ["", "12345", "1234567", "12345a", "\uff11\uff123457", "000000", "123456", "987654", "40291\n"],
)
def test_what_is_no_pin_or_everybodys_first_guess_is_refused(person, pin):
    before = Practitioner.objects.get(pk=person.pk).pin_hash
    with pytest.raises(PinUnusable):
        set_pin(person.pk, pin)
    assert Practitioner.objects.get(pk=person.pk).pin_hash == before


def test_the_right_pin_opens_also_for_the_role_of_the_web_server(person):
    with role("app"):
        assert try_pin(person.pk, PIN).right


def test_a_wrong_try_is_counted_and_a_right_one_forgives(person):
    assert [try_pin(person.pk, "555550").tries_left for _ in range(2)] == [4, 3]
    assert try_pin(person.pk, PIN).right
    assert try_pin(person.pk, "555550").tries_left == 4


def test_five_wrong_tries_lock_for_a_quarter_of_an_hour_also_against_the_right_pin(person):
    check = lock(person)
    assert timedelta() < LOCKED_FOR - (check.locked_until - clock.now()) < timedelta(seconds=30)
    assert not try_pin(person.pk, PIN).right


def test_after_the_lock_the_right_pin_opens_again(person):
    lock(person)
    Practitioner.objects.filter(pk=person.pk).update(pin_locked_until=clock.now())
    assert try_pin(person.pk, PIN).right


def test_a_new_pin_unlocks(person):
    lock(person)
    set_pin(person.pk, "860135")
    assert try_pin(person.pk, "860135").right


def test_no_pin_opens_for_nobody_and_a_person_who_left_opens_nothing(person):
    bare = make.make_person(person.practice)
    assert not try_pin(bare.pk, "").right
    Practitioner.objects.filter(pk=person.pk).update(is_active=False)
    assert not try_pin(person.pk, PIN).right


def test_the_command_reads_the_pin_and_tells_it_nobody(person, monkeypatch, capsys, caplog):
    caplog.set_level(logging.DEBUG)
    monkeypatch.setattr("sys.stdin", io.StringIO("771204\n"))
    call_command("set_pin", "DEMO North", person.name, "--json")
    said = capsys.readouterr()
    assert json.loads(said.out)["person"] == person.name
    assert "771204" not in said.out + said.err + caplog.text
    assert try_pin(person.pk, "771204").right


def test_the_command_asks_twice_at_a_terminal(person, monkeypatch):
    class Terminal(io.StringIO):
        def isatty(self):
            return True

    answers = iter(["771204", "771205"])
    monkeypatch.setattr("sys.stdin", Terminal())
    monkeypatch.setattr("getpass.getpass", lambda prompt: next(answers))
    with pytest.raises(CommandError, match="did not agree"):
        call_command("set_pin", "DEMO North", person.name)
    assert try_pin(person.pk, PIN).right


def test_the_command_names_who_is_there_when_it_finds_nobody(person):
    with pytest.raises(CommandError, match=f"Known there: {person.name}"):
        call_command("set_pin", "DEMO North", "Dr Nobody")
