"""Each safeguard can still be taken away, and its test exists; `make mutations` does it."""

import ast
import sys
from pathlib import Path

import pytest

from config.servers.places import PROJECT
from tests.mutations import run
from tests.mutations.run import GREEN, NEITHER, RED, EditRefused, Safeguard

TABLE = run.read_table()
NAMES = [one.taken_away for one in TABLE]


@pytest.mark.parametrize("safeguard", TABLE, ids=NAMES)
def test_its_edit_applies_and_leaves_a_program(safeguard: Safeguard) -> None:
    edited = safeguard.edited()
    assert edited != (PROJECT / safeguard.file).read_text()
    ast.parse(edited)


@pytest.mark.parametrize("safeguard", TABLE, ids=NAMES)
def test_its_test_exists(safeguard: Safeguard) -> None:
    file, name = safeguard.test.split("::")
    functions = {
        node.name
        for node in ast.walk(ast.parse((PROJECT / file).read_text()))
        if isinstance(node, ast.FunctionDef)
    }
    assert name in functions


def test_each_is_taken_away_once() -> None:
    assert len(set(NAMES)) == len(NAMES)


def test_an_edit_that_does_not_apply_any_more_is_refused() -> None:
    gone = Safeguard("nothing", "manage.py", "not a line of it", "", "x::y")
    with pytest.raises(EditRefused, match="found 0 times in manage"):
        gone.edited()


@pytest.mark.parametrize(
    ("code", "printed", "verdict"),
    [
        (1, "FAILED x\n1 failed in 3.1s", RED),
        (0, "1 passed in 3.1s", GREEN),
        (1, "ERROR x\n1 error in 3.1s", NEITHER),
        (2, "Interrupted: 1 error during collection", NEITHER),
        (4, "ERROR: not found: x", NEITHER),
        (5, "no tests ran in 0.1s", NEITHER),
    ],
)
def test_only_a_test_that_ran_and_failed_has_missed_it(
    code: int, printed: str, verdict: str
) -> None:
    assert run.judge(code, printed) == verdict


@pytest.mark.parametrize(("verdict", "code"), [(RED, 0), (GREEN, 1), (NEITHER, 1)])
def test_it_is_an_error_if_one_is_not_missed(
    verdict: str, code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "run_tests", lambda root, tests: (0, "all passed"))
    monkeypatch.setattr(run, "without", lambda safeguard: verdict)
    monkeypatch.setattr(sys, "argv", ["run", "A lease lasts"])
    assert run.main() == code


def test_a_safeguard_is_taken_away_in_a_copy_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []

    def look(root: Path, tests: list[str]) -> tuple[int, str]:
        seen.append((root, (root / TABLE[0].file).read_text(), tests))
        return 1, "1 failed in 0.1s"

    monkeypatch.setattr(run, "run_tests", look)
    before = (PROJECT / TABLE[0].file).read_text()
    assert run.without(TABLE[0]) == RED
    [(root, text, tests)] = seen
    assert root != PROJECT
    assert text == TABLE[0].edited()
    assert tests == [TABLE[0].test]
    assert (PROJECT / TABLE[0].file).read_text() == before
    assert not root.exists()


def test_a_project_that_is_red_already_shows_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(run, "run_tests", lambda root, tests: (1, "1 failed in 0.1s"))
    monkeypatch.setattr(sys, "argv", ["run", "A lease lasts"])
    assert run.main() == 1
    assert "With every safeguard in its place" in capsys.readouterr().out
