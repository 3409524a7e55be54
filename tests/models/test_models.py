"""The models are whole: every property can be lost, every safeguard is there to be taken away.

That they hold is shown by ``make verify``, which takes a minute and is no part of these tests.
"""

import re
import shutil
import sys
from pathlib import Path

import pytest

from tests.models import verify
from tests.models.verify import BROKEN, HOLDS, TAKEN_AWAY, UNFINISHED, Check, Outcome

needs_spin = pytest.mark.skipif(not verify.has_both(), reason=verify.HOW_TO_GET_IT)


def text_of(model: str) -> str:
    return (verify.HERE / f"{model}.pml").read_text()


def test_every_model_is_verified() -> None:
    assert {path.stem for path in verify.HERE.glob("*.pml")} == set(TAKEN_AWAY)


@pytest.mark.parametrize("model", TAKEN_AWAY)
def test_what_each_safeguard_is_for_is_a_property_and_each_property_can_be_lost(model: str) -> None:
    lost = {name for names in TAKEN_AWAY[model].values() for name in names}
    assert lost == set(verify.properties(model))
    assert len(verify.properties(model)) == text_of(model).count("\nltl ")


@pytest.mark.parametrize("model", TAKEN_AWAY)
def test_the_safeguards_are_those_that_the_model_can_do_without(model: str) -> None:
    assert set(re.findall(r"^#ifn?def (\w+)", text_of(model), re.MULTILINE)) == set(
        TAKEN_AWAY[model]
    )


@pytest.mark.parametrize("model", TAKEN_AWAY)
def test_a_model_is_read_in_one_sitting(model: str) -> None:
    assert text_of(model).count("\n") <= 230


@needs_spin
@pytest.mark.parametrize(
    ("model", "without"),
    [(model, without) for model, lost in TAKEN_AWAY.items() for without in ("", *lost)],
)
def test_spin_understands_it(model: str, without: str, tmp_path: Path) -> None:
    assert verify.generate(model, without, tmp_path) == ""
    assert (tmp_path / "pan.c").exists()


@needs_spin
def test_what_spin_does_not_understand_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "wrong.pml").write_text("init { nothing }")
    (there := tmp_path / "there").mkdir()
    monkeypatch.setattr(verify, "HERE", tmp_path)
    assert "undeclared variable" in verify.generate("wrong", "", there)


@pytest.mark.parametrize(
    ("printed", "found"),
    [
        ("State-vector 84 byte, errors: 0\n 42 states, stored", HOLDS),
        ("pan:1: assertion violated !(x)\nSearch not completed\n errors: 1", BROKEN),
        ("pan:1: acceptance cycle (at depth 9)\n errors: 1", BROKEN),
        ("error: max search depth too small\nSearch not completed\nerrors: 0", UNFINISHED),
        ("pan: out of memory", UNFINISHED),
        ("", UNFINISHED),
    ],
)
def test_only_a_whole_search_without_errors_holds(printed: str, found: str) -> None:
    assert verify.judge(printed, 1.0).found == found


@pytest.mark.parametrize(
    ("found", "code"), [(None, 0), (HOLDS, 1), (BROKEN, 1), (UNFINISHED, 1)], ids=str
)
def test_it_is_an_error_if_one_ends_otherwise_than_it_must(
    found: str | None, code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def end(check: Check, folder: Path) -> Outcome:
        return Outcome(found or check.wanted, 1, 0.1)

    monkeypatch.setattr(verify, "has_both", lambda: True)
    monkeypatch.setattr(verify, "run", end)
    monkeypatch.setattr(sys, "argv", ["verify", "lease"])
    assert verify.main() == code


def test_without_spin_it_says_in_one_sentence_how_to_get_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None)
    monkeypatch.setattr(sys, "argv", ["verify"])
    assert verify.main() == 2
    assert capsys.readouterr().err == f"{verify.HOW_TO_GET_IT}\n"
