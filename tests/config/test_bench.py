"""The benchmark's figures: a target is met or missed and said so, whatever form they take."""

import json
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest

from config.bench import lists, load, machine
from config.bench.figures import Figure, lines, page, section_of, with_section

MET = Figure("share", 4.2, "%", at_least=3)
MISSED = Figure("p99", 151.0, "ms", at_most=150)
TOLD = Figure("floor", 3600, "/s")


@pytest.mark.parametrize(
    ("figure", "met"),
    [(MET, True), (MISSED, False), (TOLD, None), (Figure("p99", 150, "ms", at_most=150), True)],
)
def test_a_figure_knows_whether_its_target_is_met(figure, met):
    assert figure.is_met is met
    assert figure.as_dict()["is_met"] is met


def test_a_missed_target_is_said_aloud_to_people_and_on_the_page():
    told = list(lines([MET, MISSED, TOLD]))
    assert [line.rsplit(" ", 1)[-1] for line in told[:2]] == ["met", "MISSED"]
    assert "met" not in told[2]
    written = page(
        {"Throughput": [MET, MISSED]},
        machine="2 cores",
        command="make bench",
        at=datetime(2026, 11, 25, tzinfo=UTC),
    )
    assert "| share | 4.2% | at least 3% | yes |" in written
    assert "| p99 | 151 ms | at most 150 ms | **no** |" in written
    assert "load generator" in written


def test_half_the_samples_lie_below_p50_and_almost_all_below_p99():
    found = load.spread([float(n) for n in range(1, 102)])
    assert (found.samples, found.p50, found.p99) == (101, 51.0, 100.0)


def test_the_processes_of_a_house_are_found_in_proc_and_weighed(monkeypatch):
    with machine.PROC.joinpath("self", "stat").open() as own:
        pid = int(own.read().split()[0])
    here = machine.Process(pid, "this")
    assert here.processor_seconds > 0
    assert here.pss > 5 * 2**20


def test_a_section_of_the_page_is_written_anew_and_the_others_stay():
    old = page(
        {"Throughput": [MET], "Memory": [TOLD]},
        machine="2 cores",
        command="make bench",
        at=datetime(2026, 11, 25, tzinfo=UTC),
    )
    added = with_section(old, "Lists", "about", "| a |")
    again = with_section(added, "Lists", "about", "| b |")
    assert section_of(old, "Lists") == ""
    assert section_of(added, "Lists") == "about\n\n| a |"
    assert again == added.replace("| a |", "| b |")
    assert again.replace("\n\n## Lists\n\nabout\n\n| b |", "") == old
    middle = with_section(again, "Memory", "none")
    assert section_of(middle, "Memory") == "none"
    assert section_of(middle, "Lists") == "about\n\n| b |"


@pytest.fixture
def networks(monkeypatch):
    """Stand in for two networks that are loaded: each round answers as it is told."""
    asked = []

    @contextmanager
    def network(size, say):
        yield {"SIZE": size}

    def run(command, environ):
        asked.append(environ["SIZE"])
        took = {"10k": 1.0, "1m": 1.3}[environ["SIZE"]]
        return json.dumps({"to_close": {"queries": 2, "ms": took, "plan": ["an_index"]}})

    monkeypatch.setattr(lists, "_network", network)
    monkeypatch.setattr(lists, "_run", run)
    return asked


def test_the_lists_of_both_networks_are_measured_in_turn_and_compared(networks):
    ratios, table = lists.measure(("10k", "1m"), lambda what: None)
    assert networks == ["10k", "1m"] * lists.ROUNDS
    assert [(one.value, one.is_met) for one in ratios] == [(1.3, False)]
    wanted = "| to_close | 2 | 1.00 ms | 1.30 ms | 1.3 | at most 1.15 | **no** | an_index |"
    assert wanted in table
