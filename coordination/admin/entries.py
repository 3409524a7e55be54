"""The fields of a small form: what is shown, and what was typed as a body for the API's shape."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.timezone import get_current_timezone

Choices = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Entry:
    """One field of a form. A dot in the name is a step down in the body that the shape checks."""

    name: str
    label: str
    kind: str = "text"
    choices: Choices = ()
    help: str = ""


def fields_of(
    form: str, entries: tuple[Entry, ...], typed: Mapping[str, Any], errors: Mapping[str, str]
) -> list[dict[str, Any]]:
    """Return what the template shows of each field: its words, what was typed, what is wrong."""
    return [
        {
            "entry": entry,
            "id": f"{form}-{entry.name}".replace(".", "-"),
            "value": typed.get(entry.name, ""),
            "error": errors.get(entry.name, ""),
        }
        for entry in entries
    ]


def flat(errors: Mapping[str, Any], place: str = "") -> Iterator[tuple[str, str]]:
    """Yield what is wrong by the dotted name of its field."""
    for name, found in errors.items():
        here = f"{place}.{name}" if place else name
        if isinstance(found, Mapping):
            yield from flat(found, here)
        else:
            yield here, " ".join(map(str, found))


def body_of(
    entries: tuple[Entry, ...], typed: Mapping[str, Any], *, by: str, optional: bool = False
) -> dict[str, Any]:
    """Turn what was typed into the body that a shape of the API checks."""
    body: dict[str, Any] = {"by": by}
    free = [entry.name for entry in entries if entry.kind != "choice"]
    if optional and not any(typed.get(name) for name in free):
        return body
    for entry in entries:
        place, _, name = entry.name.rpartition(".")
        target = body.setdefault(place, {}) if place else body
        target[name] = _value(entry, str(typed.get(entry.name, "")).replace("\0", ""))
    return body


def _value(entry: Entry, typed: str) -> object:
    if entry.kind == "yes":
        return typed == "on"
    if entry.kind != "time":
        return typed
    try:
        return datetime.fromisoformat(typed).replace(tzinfo=get_current_timezone()).isoformat()
    except ValueError:
        return typed
