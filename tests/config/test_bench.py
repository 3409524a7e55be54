"""The benchmark's figures: a target is met or missed and said so, whatever form they take."""

from datetime import UTC, datetime

import pytest

from config.bench import load, machine
from config.bench.figures import Figure, lines, page

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
