"""The generated page of the rules: complete, honest about its status, in step with the rules."""

from pathlib import Path

from referrals.clinical import RULESET
from referrals.clinical.reference import render

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "red-flags.md"


def test_the_page_opens_with_the_status():
    assert render(RULESET).splitlines()[2] == f"**{RULESET.approval_notice}**"


def test_every_rule_hold_and_source_stands_on_the_page():
    lines = render(RULESET).splitlines()
    for rule in RULESET.rules:
        row = next(line for line in lines if line.startswith(f"| {rule.id} |"))
        for name in (*rule.holds, *rule.ask, *rule.src):
            assert name in row
        assert row.count(" | ") == 8
    for name in (*RULESET.hold_sets, *RULESET.sources):
        assert any(line.startswith((f"| {name} |", f"| {name}* |")) for line in lines)


def test_conditions_are_written_in_words():
    page = render(RULESET)
    assert "NOT new or worse spinal pain answered absent" in page
    assert "at least 3 of (sex is female; age above 70; " in page
    assert "| ESCC (Bilsky) grade one of 2, 3 |" in page


def test_the_committed_page_is_the_generated_one():
    assert PAGE.read_text(encoding="utf-8") == render(RULESET)
