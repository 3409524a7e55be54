"""Every page of the desk says what is wrong with Tandem itself, and that nobody looks."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client

from coordination.admin.alarms import SILENT
from coordination.alarms import ALARMS
from coordination.models import Heartbeat
from referrals.clock import NOW
from tests.cast import role
from tests.desk import people

PAGES = (
    "referrals/referral/?list=urgent",
    "referrals/referral/find/",
    "coordination/contactpoint/",
)


def found(*codes, instance="here"):
    """Leave it as the watchdog does."""
    with role("watch"), connection.cursor() as cursor:
        cursor.execute("SELECT tandem_watchdog_found(%s, %s)", [instance, list(codes)])


@pytest.fixture
def nurse(cast):
    return people.at_the_desk(cast.pain.coordinator)


def banner(client, page=PAGES[0]):
    text = people.text(client.get(f"/admin/{page}"))
    alarms = re.findall(r'<section class="desk-alarm".*?</section>', text, re.DOTALL)
    assert len(alarms) <= 1
    return alarms[0] if alarms else ""


def test_as_long_as_nothing_is_wrong_nothing_is_said(nurse):
    found()
    assert [banner(nurse, page) for page in PAGES] == ["", "", ""]


@pytest.mark.parametrize("code", list(ALARMS))
def test_every_alarm_stands_on_every_page_in_words_for_the_desk(nurse, code):
    found(code)
    words = ALARMS[code].desk or ALARMS[code].words
    for page in PAGES:
        assert words in banner(nurse, page)


def test_what_two_alarms_say_alike_is_said_once(nurse):
    found("ladder-overdue")
    found("ladder-overdue", "disk-full", instance="there")
    said = banner(nurse)
    assert said.count(ALARMS["ladder-overdue"].desk) == 1
    assert ALARMS["disk-full"].desk in said


def test_a_silent_watchdog_is_said_and_its_last_words_count_no_more(nurse):
    assert SILENT in banner(nurse), "it has never looked"
    found("disk-full")
    assert SILENT not in banner(nurse)
    Heartbeat.objects.update(at=NOW - timedelta(seconds=46))
    said = banner(nurse)
    assert SILENT in said
    assert ALARMS["disk-full"].desk not in said


def test_who_is_not_signed_in_is_told_nothing_of_it(cast):
    found("disk-full")
    assert "desk-alarm" not in people.text(Client().get("/admin/login/"))
