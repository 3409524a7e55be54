"""The reference pages are in step with the code, and `--check` says so when they are not."""

import subprocess
import sys
from dataclasses import replace
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from config.bench import figures
from config.reference import environment, events, ladders, messages, pages, sources, transitions
from config.servers import addresses
from config.servers.places import PROJECT
from coordination.escalation import LADDERS, Kind, Recipient
from coordination.messages import MESSAGES
from referrals.deadlines import Pace
from referrals.workflow import TRANSITIONS, Status


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    call_command("reference", folder=tmp_path, stdout=StringIO())
    return tmp_path


def refusal(folder: Path) -> str:
    with pytest.raises(CommandError) as refused:
        call_command("reference", folder=folder, check=True)
    return str(refused.value)


def test_the_committed_pages_are_in_step_with_the_code() -> None:
    stale = pages.stale(pages.FOLDER, pages.render_all())
    assert stale == [], f"{stale} differ from the code. Run: make docs"


def test_no_page_lies_there_that_nothing_writes() -> None:
    # Figures differ from machine to machine: `make bench` writes theirs, and no check reads it.
    lying = {path.name for path in pages.FOLDER.iterdir()} - {figures.PAGE.name}
    assert lying == set(pages.render_all())


def test_what_was_just_written_is_in_step(folder: Path) -> None:
    call_command("reference", folder=folder, check=True)


@pytest.mark.parametrize("name", pages.render_all())
def test_a_changed_page_is_named_with_the_way_to_mend_it(folder: Path, name: str) -> None:
    page = folder / name
    page.write_text(page.read_text() + "one word more\n")
    said = refusal(folder)
    assert name in said
    assert "make docs" in said
    assert len(said.split(",")) == 1, "only this page differs"


def test_a_missing_page_is_named(folder: Path) -> None:
    (folder / "ladders.md").unlink()
    assert "ladders.md" in refusal(folder)


def test_writing_again_writes_nothing(folder: Path) -> None:
    said = StringIO()
    call_command("reference", folder=folder, stdout=said)
    assert said.getvalue() == ""


def test_the_check_needs_no_house_and_no_server(tmp_path: Path) -> None:
    # Nothing listens in an empty folder: a query would fail.
    checked = subprocess.run(
        [sys.executable, "manage.py", "reference", "--check"],
        cwd=PROJECT,
        env={"PATH": "/usr/bin:/bin", "VAR_DIR": str(tmp_path), "COLUMNS": "40"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stderr
    assert list(tmp_path.iterdir()) == []


def test_every_event_that_is_recorded_has_its_words() -> None:
    assert set(events.MEANINGS) == set(sources.event_kinds())


def test_every_variable_that_is_read_has_its_words() -> None:
    logins = set(addresses.DATABASE_VARIABLES.values())
    assert set(environment.VARIABLES) == set(sources.variables()) - logins


def test_names_are_found_in_the_source(tmp_path: Path) -> None:
    for place, text in {
        "config/one.py": "ENV.get('ONE')\nos.environ.get('TWO', '')\nself.environ.get('THREE')\n"
        "_secret('FOUR')\nENV.flag('FIVE')\ndata.get('NOT_ASKED')\nENV.get('small')\n",
        "referrals/services/two.py": "record('referral.moved', 'referral', 'No event. None')",
    }.items():
        (tmp_path / place).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / place).write_text(text)
    assert set(sources.variables(tmp_path)) == {"ONE", "TWO", "THREE", "FOUR", "FIVE"}
    assert sources.event_kinds(tmp_path) == {"referral.moved": "referrals/services/two.py"}


def test_a_new_transition_is_drawn_and_listed() -> None:
    before = transitions.render()
    row = replace(TRANSITIONS[0], action="send_anew", target=Status.SENT)
    after = transitions.render([*TRANSITIONS, row])
    assert "sent --> sent: send_anew (asked, receiver)" in after
    assert "`send_anew`" in after
    assert "send_anew" not in before


def test_a_changed_time_of_a_ladder_changes_the_page() -> None:
    key = next(key for key in LADDERS if key[:2] == (Pace.EMERGENCY, Kind.ACKNOWLEDGE))
    slower = replace(LADDERS[key], repeat_every=LADDERS[key].repeat_every * 3)
    changed = ladders.render({**LADDERS, key: slower})
    assert "repeats every 45 min" in changed
    assert "repeats every 45 min" not in ladders.render()


def test_every_role_and_every_kind_is_explained() -> None:
    page = ladders.render()
    for word in (*Recipient, *Kind):
        assert f"| `{word}` |" in page


def test_the_page_of_messages_shows_every_text_and_no_sms_is_too_long() -> None:
    page = messages.render()
    for name in MESSAGES:
        assert f"## `{name}`" in page
    assert "Not used by any ladder" not in page
