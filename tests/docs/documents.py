"""The Markdown files of the project, and what they point at."""

import re
from collections.abc import Iterator
from pathlib import Path

from config.servers.places import PROJECT

_LINK = re.compile(r"\]\(([^)\s]+)\)")
_FENCE = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)


def all_of_them(root: Path = PROJECT) -> list[Path]:
    """Return every document, in a stable order."""
    return [*sorted(root.glob("*.md")), *sorted((root / "docs").rglob("*.md"))]


def links(text: str) -> Iterator[str]:
    """Yield the targets of the links, but for addresses on the net."""
    for target in _LINK.findall(_FENCE.sub("", text)):
        if "://" not in target:
            yield target


def dead_links(document: Path) -> list[str]:
    """Return the links that lead to no file, or to no heading of it."""
    return [target for target in links(document.read_text()) if not _leads(document, target)]


def blocks(text: str, language: str) -> list[str]:
    """Return the fenced blocks of one language."""
    return [body for name, body in _FENCE.findall(text) if name == language]


def _leads(document: Path, target: str) -> bool:
    path, _, anchor = target.partition("#")
    there = (document.parent / path).resolve() if path else document
    if not there.exists():
        return False
    return not anchor or anchor in {_anchor(title) for title in _HEADING.findall(there.read_text())}


def _anchor(title: str) -> str:
    kept = re.sub(r"[^\w\- ]", "", title.lower())
    return kept.strip().replace(" ", "-")
