"""Links resolve; targets, commands, files and tests that are named exist."""

import re
from pathlib import Path

import pytest
from django.core.management import get_commands

from config.servers.places import PROJECT
from tests.docs import documents

DOCUMENTS = documents.all_of_them()
NAMES = [str(path.relative_to(PROJECT)) for path in DOCUMENTS]
TARGETS = set(re.findall(r"^([a-z]+):", (PROJECT / "Makefile").read_text(), re.MULTILINE))
TESTS = {
    name
    for path in (PROJECT / "tests").rglob("test_*.py")
    for name in re.findall(r"^def (test_\w+)", path.read_text(), re.MULTILINE)
}
# What is not in a checkout: the folder of a running house.
LATER = re.compile(r"var(/.*)?$")


def wrong_names(text: str) -> list[str]:
    """Return what a text names and the project does not have."""
    wrong = [f"make {name}" for name in re.findall(r"\bmake ([a-z]+)\b[^\w]", _code(text))]
    wrong = [word for word in wrong if word.split()[1] not in TARGETS]
    called = re.findall(r"manage\.py ([a-z][a-z_]*)", text)
    wrong += [f"manage.py {name}" for name in called if name not in get_commands()]
    wrong += [path for path in _paths(text) if not (PROJECT / path).exists()]
    return wrong + [name for name in re.findall(r"`(test_\w+)`", text) if name not in TESTS]


def _code(text: str) -> str:
    fenced = re.findall(r"^```\n.*?^```", text, re.MULTILINE | re.DOTALL)
    return "\n".join([*re.findall(r"`[^`\n]+`", text), *fenced])


def _paths(text: str) -> list[str]:
    named = re.findall(r"`((?:config|referrals|coordination|tests|deploy|docs)/[\w./-]+)`", text)
    return [path for path in named if not LATER.match(path)]


@pytest.mark.parametrize("document", DOCUMENTS, ids=NAMES)
def test_every_link_leads_somewhere(document: Path) -> None:
    assert documents.dead_links(document) == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=NAMES)
def test_what_it_names_exists(document: Path) -> None:
    assert wrong_names(document.read_text()) == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=NAMES)
def test_it_has_one_title(document: Path) -> None:
    text = re.sub(r"^```.*?^```", "", document.read_text(), flags=re.MULTILINE | re.DOTALL)
    assert len(re.findall(r"^# ", text, re.MULTILINE)) == 1


def test_wrong_names_are_found() -> None:
    text = (
        "`make supper` and `manage.py fly` read `config/nowhere.py`, see `test_of_nothing`; "
        "`make demo`, `manage.py up` and `config/urls.py` are there."
    )
    assert wrong_names(text) == [
        "make supper", "manage.py fly", "config/nowhere.py", "test_of_nothing",
    ]  # fmt: skip


def test_dead_links_are_found(tmp_path: Path) -> None:
    (tmp_path / "there.md").write_text("# There\n\n## A heading, with signs!\n")
    page = tmp_path / "page.md"
    page.write_text(
        "[a](there.md) [b](there.md#a-heading-with-signs) [c](gone.md) [d](there.md#gone) "
        "[e](https://example.org/never-asked)"
    )
    assert documents.dead_links(page) == ["gone.md", "there.md#gone"]


def test_every_decision_has_its_own_number_and_is_listed() -> None:
    folder = PROJECT / "docs/adr"
    numbers = sorted(path.name[:4] for path in folder.glob("[0-9]*.md"))
    assert len(numbers) == len(set(numbers))
    listed = (folder / "README.md").read_text()
    assert [path.name for path in folder.glob("[0-9]*.md") if path.name not in listed] == []
