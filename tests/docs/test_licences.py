"""No installed package is under a licence that would bind the whole project."""

import re
from collections.abc import Iterator
from importlib.metadata import Distribution, distributions

# Weak copyleft on the library itself: allowed, and named in the decision on dependencies.
NAMED = {"psycopg": "LGPL", "psycopg-binary": "LGPL", "psycopg-pool": "LGPL"}
STRONG = re.compile(r"\bA?GPL|GNU (Affero )?General Public|\bSSPL\b|Business Source", re.IGNORECASE)
WEAK = re.compile(r"\bLGPL|GNU (Lesser|Library) General Public", re.IGNORECASE)


def licence_of(package: Distribution) -> str:
    """Return all that a package says of its licence, in one line."""
    said = package.metadata
    texts = [said.get("License-Expression") or "", (said.get("License") or "")[:200]]
    texts += [line for line in said.get_all("Classifier") or [] if line.startswith("License")]
    if not any(texts):
        # Some say it in the file alone: its first line names the licence.
        files = [file for file in package.files or () if file.name.upper().startswith("LICEN")]
        texts = [next(iter(file.read_text().strip().splitlines()), "") for file in files]
    return " | ".join(text for text in texts if text)


def offenders(licences: dict[str, str]) -> Iterator[str]:
    for name, licence in sorted(licences.items()):
        if not licence:
            yield f"{name} does not say its licence"
        elif STRONG.search(licence) or (WEAK.search(licence) and name not in NAMED):
            yield f"{name}: {licence}"


def test_no_package_is_gpl_or_agpl() -> None:
    licences = {package.name: licence_of(package) for package in distributions()}
    assert len(licences) > 50
    assert list(offenders(licences)) == []


def test_an_offender_is_found() -> None:
    licences = {
        "one": "AGPL-3.0-only",
        "two": "License :: OSI Approved :: GNU General Public License v3 (GPLv3)",
        "three": "LGPL-3.0-only",
        "four": "",
        "psycopg": "LGPL-3.0-only",
        "five": "MIT",
    }
    assert len(list(offenders(licences))) == 4
