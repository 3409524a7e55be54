"""PAGES: which file of `docs/reference` is written by which function; and writing or checking."""

from collections.abc import Callable, Mapping
from pathlib import Path

from config.reference import (
    channels,
    commands,
    environment,
    events,
    findings,
    ladders,
    messages,
    openapi,
    outward,
    problems,
    reactions,
    reasons,
    red_flags,
    transitions,
)
from config.reference.markdown import page, table
from config.servers.places import PROJECT

FOLDER = PROJECT / "docs" / "reference"

Render = Callable[[], str]

PAGES: Mapping[str, Render] = {
    "transitions.md": transitions.render,
    "outward.md": outward.render,
    "red-flags.md": red_flags.render,
    "ladders.md": ladders.render,
    "reactions.md": reactions.render,
    "channels.md": channels.render,
    "messages.md": messages.render,
    "events.md": events.render,
    "problems.md": problems.render,
    "reasons.md": reasons.render,
    "findings.md": findings.render,
    "environment.md": environment.render,
    "commands.md": commands.render,
    "openapi.yaml": openapi.render,
}


def render_all(pages: Mapping[str, Render] = PAGES) -> dict[str, str]:
    """Return every page by its file name, and the list of them as `README.md`."""
    rendered = {name: render() for name, render in pages.items()}
    return {"README.md": _contents(rendered), **rendered}


def write(folder: Path, rendered: Mapping[str, str]) -> list[str]:
    """Write what differs and return the names written."""
    folder.mkdir(parents=True, exist_ok=True)
    changed = stale(folder, rendered)
    for name in changed:
        (folder / name).write_text(rendered[name], encoding="utf-8")
    return changed


def stale(folder: Path, rendered: Mapping[str, str]) -> list[str]:
    """Return the names of the pages that are missing or differ."""
    return [name for name, text in rendered.items() if _read(folder / name) != text]


def _read(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.exists() else None


def _contents(rendered: Mapping[str, str]) -> str:
    rows = [(f"[{name}]({name})", _title(text)) for name, text in rendered.items()]
    return page("Reference", "the program itself", table(("page", "what it says"), rows))


def _title(text: str) -> str:
    first = text.partition("\n")[0]
    return first.removeprefix("# ") if first.startswith("# ") else "The API as OpenAPI"
