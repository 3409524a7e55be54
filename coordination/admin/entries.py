"""The fields of a small form: what is shown, and what was typed as a body for the API's shape."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.utils.timezone import get_current_timezone

from referrals.models import Referral

Choices = tuple[tuple[str, str], ...]
YES_OR_NO: Choices = (("yes", "Yes"), ("no", "No"))


def _always(referral: Referral) -> bool:
    return True


@dataclass(frozen=True)
class Entry:
    """One field of a form. A dot in the name is a step down in the body that the shape checks.

    ``kind`` is text, long, choice, yes (a box to tick), yes_no, time or day. ``choices`` may depend
    on the referral; ``applies`` says for which ones the field is asked at all.
    """

    name: str
    label: str
    kind: str = "text"
    choices: Choices | Callable[[Referral], Choices] = ()
    help: str = ""
    is_required: bool = True
    applies: Callable[[Referral], bool] = _always


Entries = tuple[Entry, ...]


def asked(entries: Entries, referral: Referral) -> Entries:
    """Return the fields that are asked of this referral, each with the choices there are for it."""
    return tuple(
        replace(entry, choices=entry.choices(referral)) if callable(entry.choices) else entry
        for entry in entries
        if entry.applies(referral)
    )


def fields_of(
    form: str, entries: Entries, typed: Mapping[str, Any], errors: Mapping[str, str]
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
    entries: Entries,
    typed: Mapping[str, Any],
    *,
    by: str,
    optional: bool = False,
    before: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Turn what was typed into the body that a shape of the API checks.

    :param optional: whether all of the fields together may stay empty.
    :param before: what stood in the fields that need not be filled: what is the same is left out.
    """
    body: dict[str, Any] = {"by": by}
    free = [entry.name for entry in entries if entry.kind != "choice"]
    if optional and not any(typed.get(name) for name in free):
        return body
    for entry in entries:
        said = str(typed.get(entry.name, "")).replace("\0", "").replace("\r\n", "\n").strip()
        if entry.is_required or said != (before or {}).get(entry.name, ""):
            place, _, name = entry.name.rpartition(".")
            target = body.setdefault(place, {}) if place else body
            target[name] = _value(entry, said)
    return body


def _value(entry: Entry, typed: str) -> object:
    if entry.kind == "yes":
        return typed == "on"
    if entry.kind == "yes_no":
        return {"yes": True, "no": False}.get(typed, typed)
    if entry.kind == "choice":
        return typed if typed in dict(_fixed(entry)) else ""
    if entry.kind != "time":
        return typed
    try:
        return datetime.fromisoformat(typed).replace(tzinfo=get_current_timezone()).isoformat()
    except ValueError:
        return typed


def _fixed(entry: Entry) -> Choices:
    return () if callable(entry.choices) else entry.choices
