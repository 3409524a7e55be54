"""The page of faults: what it names exists, and no fault and no safeguard is left out."""

import re

import pytest

from config.servers.places import PROJECT
from tests.architecture import sources
from tests.mutations import run

PAGE = (PROJECT / "docs/safety/faults.md").read_text()
NAMED = sorted(set(re.findall(r"`(tests/[\w/]+\.py::\w+)`", PAGE)))
# The faults of issue 5; those after them are no faults, and have tests elsewhere.
FAULTS = [f"T-{number:02}" for number in range(1, 44)]


def functions() -> set[str]:
    return {
        f"{source.path}::{function.name}"
        for source in sources.of_tests()
        for function in source.functions()
    }


@pytest.mark.parametrize("name", NAMED)
def test_a_test_that_is_named_exists(name: str) -> None:
    assert name in functions()


def rows(text: str) -> list[tuple[str, str]]:
    """Return the faults of each row of a table, such as ``T-04, T-05``, with the rest of it."""
    return re.findall(r"^\| ((?:T-\d\d(?:, )?)+) \|(.*)$", text, re.MULTILINE)


def test_every_fault_has_its_test_or_a_reason_why_it_has_none() -> None:
    tried, _, others = PAGE.partition("## What is not tried, and why")
    assert all("::test_" in rest for _, rest in rows(tried))
    told = {
        fault for part in (tried, others) for named, _ in rows(part) for fault in named.split(", ")
    }
    assert sorted(told) == FAULTS


def test_the_safeguards_are_those_of_the_table() -> None:
    listed = re.findall(r"^\| ([^|]+) \| `(tests/\S+::\w+)` \|$", PAGE, re.MULTILINE)
    assert listed == [(one.taken_away, one.test) for one in run.read_table()]
