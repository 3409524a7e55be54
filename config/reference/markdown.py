"""Small pieces of Markdown. It knows no page."""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from inspect import getdoc


def page(title: str, source: str, *parts: str) -> str:
    """Return a page: its title, where it was generated from, and its parts."""
    opening = f"Generated from {source} by `make docs`; do not edit by hand."
    return "\n\n".join((f"# {title}", opening, *(part for part in parts if part))) + "\n"


def table(titles: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table; line breaks and bars inside a cell are taken care of."""
    cells = [titles, ["---"] * len(titles), *rows]
    return "\n".join(f"| {' | '.join(_cell(text) for text in row)} |" for row in cells)


def section(title: str, *parts: str) -> str:
    """Return a part with a heading of its own."""
    return "\n\n".join((f"## {title}", *(part for part in parts if part)))


def code(words: Iterable[str]) -> str:
    """Return words as code, separated by commas."""
    return ", ".join(f"`{word}`" for word in words)


def quote(lines: Iterable[str]) -> str:
    """Return lines as a quotation."""
    return "\n".join(f"> {_safe(line)}".rstrip() for line in lines)


def duration(span: timedelta) -> str:
    """Return a span in the largest units that fit: 15 min, 1 h 30 min, 14 days."""
    seconds = int(span.total_seconds())
    days, rest = divmod(seconds, 86_400)
    hours, rest = divmod(rest, 3600)
    minutes, seconds = divmod(rest, 60)
    named = ((days, "day" if days == 1 else "days"), (hours, "h"), (minutes, "min"), (seconds, "s"))
    return " ".join(f"{count} {unit}" for count, unit in named if count) or "at once"


def first_line(thing: object) -> str:
    """Return the first line of a docstring."""
    return (getdoc(thing) or "").partition("\n")[0]


def _cell(text: str) -> str:
    return _safe(" ".join(text.split())).replace("|", "\\|")


def _safe(text: str) -> str:
    # A word in angle brackets would be taken for HTML and not shown.
    return text.replace("<", "&lt;")
