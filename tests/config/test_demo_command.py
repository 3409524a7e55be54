"""What the demo prints and how it exits; the house and the people in it are stood in for."""

import json
from contextlib import nullcontext
from io import StringIO
from types import SimpleNamespace

import pytest
from django.core.management import CommandError, call_command

from config.demo.cast import Login
from config.management.commands import demo

LEFT_OPEN = ("reference", "R-LEFT")


class Told:
    """A telling that is over at once."""

    problems: list[str] = []

    def __init__(self, stage, stories, cases):
        self.cases = cases

    def run(self, show):
        for case in self.cases:
            case.tier, case.seconds, case.problems = "ROUTINE", 1.0, list(self.problems)
        show()


@pytest.fixture
def houses(monkeypatch):
    """Stand in for the house, the cast and the world outside; keep how the house was asked for."""
    asked = []

    def house(say, output, **settings):
        asked.append(settings)
        there = {"url": "http://127.0.0.1:1", "sandbox_url": "http://127.0.0.1:2"}
        return nullcontext(SimpleNamespace(serve_until_stopped=lambda: None, **there))

    account = {"username": "lind", "password": "new at each run", "key": "JBSW", "person": "Lind"}
    login = Login("DEMO Office", "id", "key.of-office", {}, "desk@office.example", [account])
    monkeypatch.setattr(demo, "House", house)
    monkeypatch.setattr(demo, "set_the_cast_up", lambda house: [login])
    monkeypatch.setattr(demo, "Outside", lambda house, notice: nullcontext())
    monkeypatch.setattr(demo, "Telling", Told)
    monkeypatch.setattr(demo, "send", lambda systems, story, case: setattr(case, *LEFT_OPEN))
    return asked


def run(*options: str, once: bool = True) -> tuple[str, str]:
    out, err = StringIO(), StringIO()
    call_command("demo", *options, once=once, stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


def test_a_case_that_is_not_as_expected_is_an_error(houses, monkeypatch):
    monkeypatch.setattr(Told, "problems", ["the case is not safe"])
    with pytest.raises(CommandError, match="did not end as expected"):
        run()


def test_json_stands_alone_on_standard_output(houses):
    out, err = run("--json")
    told = json.loads(out)
    assert (told["ok"], told["compression"], len(told["cases"])) == (True, 60, 15)
    assert told["pace"] in err


def test_the_house_runs_as_fast_as_the_demo_says(houses):
    out, _ = run("--compress", "10")
    assert houses == [{"LADDER_COMPRESSION": "10"}]
    assert "Time runs 10 times faster: a wait of 2 minutes takes 12 seconds." in out


@pytest.mark.parametrize("fast", ["0.5", "0", "-1", "601"])
def test_a_speed_that_makes_no_sense_is_refused(houses, fast):
    with pytest.raises(CommandError, match="from 1"):
        run("--compress", fast)
    assert houses == []


def test_who_goes_on_is_told_how_to_sign_in_at_the_desk_and_over_the_api(houses):
    out, _ = run(once=False)
    assert "http://127.0.0.1:1/admin/" in out
    shown = " ".join(out.split())
    assert "lind new at each run JBSW Lind" in shown
    assert "DEMO Office key.of-office" in shown


def test_who_goes_on_has_a_house_in_real_time_and_one_case_left_open(houses):
    out, _ = run(once=False)
    assert houses == [{"LADDER_COMPRESSION": "60"}, {}]
    assert "Left open for you:  R-LEFT" in out


def test_a_run_that_ends_prints_no_log_in(houses):
    out, _ = run()
    assert "key.of-office" not in out
    assert "new at each run" not in out
