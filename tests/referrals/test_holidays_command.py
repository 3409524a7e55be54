"""The command that says on which days a practice is closed."""

import json
from datetime import date

import pytest
from django.core.management import CommandError, call_command

from referrals.models import Practice
from tests import factories as make


@pytest.fixture
def practice(maintenance):
    return make.make_practice(name="DEMO North")


def closed_on(practice):
    return Practice.objects.get(pk=practice.pk).holidays


def test_the_days_are_kept_in_order_once_each_and_are_left_out_of_working_time(practice, capsys):
    call_command("set_holidays", "DEMO North", "2026-12-25", "2026-11-26", "2026-12-25", "--json")
    days = [date(2026, 11, 26), date(2026, 12, 25)]
    assert closed_on(practice) == days
    assert json.loads(capsys.readouterr().out)["holidays"] == [day.isoformat() for day in days]
    assert Practice.objects.get(pk=practice.pk).calendar.holidays == set(days)


def test_without_a_day_nothing_changes(practice, capsys):
    call_command("set_holidays", "DEMO North", "2026-12-25")
    call_command("set_holidays", str(practice.uuid))
    assert capsys.readouterr().out.count("closed on: 2026-12-25") == 2
    call_command("set_holidays", "DEMO North", "--none")
    assert closed_on(practice) == []


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["Nowhere"], "Known: DEMO North"),
        (["DEMO North", "25.12.2026"], "is not a day, such as 2026-12-25"),
        (["DEMO North", "2026-02-30"], "is not a day"),
        (["DEMO North", "2026-12-25", "--none"], "not both"),
    ],
)
def test_a_mistake_is_explained_and_changes_nothing(practice, words, said):
    with pytest.raises(CommandError, match=said):
        call_command("set_holidays", *words)
    assert closed_on(practice) == []
