"""The lock pins every package by hash and tells nobody where it was made."""

import re
import tomllib

from config.servers.places import PROJECT

# With its extras: to pip 23 `coverage[toml]` and `coverage` are two things, both to be pinned.
NAME = r"[a-z0-9-]+(?:\[[a-z0-9, -]+\])?"
LOCK = (PROJECT / "requirements.lock").read_text()


def test_every_package_is_pinned_and_hashed() -> None:
    entries = re.split(r"\n(?=[a-z0-9])", LOCK.strip())
    assert [entry for entry in entries if not re.match(rf"{NAME}==\S+", entry)] == []
    assert [entry for entry in entries if "--hash=sha256:" not in entry] == []


def test_it_names_no_host_and_no_folder() -> None:
    assert re.findall(r"https?:|file:|--index-url|--find-links|--extra-index-url| /\w+", LOCK) == []


def test_it_holds_everything_the_project_asks_for() -> None:
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text())
    asked = [*project["project"]["dependencies"], *project["dependency-groups"]["dev"]]
    names = {re.split(r"[=\[<>~; ]", line)[0].lower().replace("_", "-") for line in asked}
    locked = {found.partition("[")[0] for found in re.findall(rf"^({NAME})==", LOCK, re.MULTILINE)}
    assert names - locked == set()
