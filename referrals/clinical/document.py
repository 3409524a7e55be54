"""Reads the YAML document strictly, names the place of whatever is wrong; knows no medicine."""

from collections.abc import Collection, Hashable, Mapping
from typing import Any, NoReturn

import yaml


class RuleSetError(Exception):
    """The rule set contradicts itself or its own form; the message opens with the place."""


class _StrictLoader(yaml.CSafeLoader):
    """Safe loading that refuses a key given twice: YAML itself keeps the last one silently."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode):
                refuse(f"line {key.start_mark.line + 1}", "a key must be text")
            if key.value in seen:
                refuse(f"line {key.start_mark.line + 1}", f"the key {key.value!r} stands twice")
            seen.add(key.value)
        return super().construct_mapping(node, deep=deep)


def refuse(place: str, problem: str) -> NoReturn:
    """Stop loading.

    :raises RuleSetError: always, naming `place`.
    """
    raise RuleSetError(f"{place}: {problem}")


def parse(text: str) -> Any:
    """Turn YAML text into plain Python values.

    :raises RuleSetError: if it is no YAML, or a mapping holds a key twice.
    """
    try:
        return yaml.load(text, Loader=_StrictLoader)  # noqa: S506 - a subclass of the safe loader
    except yaml.YAMLError as error:
        raise RuleSetError(f"document: {error}") from error


def mapping(
    value: object, place: str, required: Collection[str] = (), optional: Collection[str] = ()
) -> dict[str, Any]:
    """Return `value` as a mapping that has every required key and no unknown one.

    :raises RuleSetError: if it is none, a key is missing, or a key is not known here.
    """
    found = open_mapping(value, place)
    for key in required:
        if key not in found:
            refuse(place, f"{key!r} is missing")
    for key in found:
        if key not in required and key not in optional:
            refuse(place, f"unknown key {key!r}")
    return found


def open_mapping(value: object, place: str) -> dict[str, Any]:
    """Return `value` as a mapping with text keys of any name.

    :raises RuleSetError: if it is none or a key is not text.
    """
    if not isinstance(value, Mapping):
        refuse(place, "must be a mapping")
    for key in value:
        if not isinstance(key, str):
            refuse(place, f"the key {key!r} must be text")
    return dict(value)


def entries(value: object, place: str) -> list[Any]:
    """Return `value` as a list.

    :raises RuleSetError: if it is none.
    """
    if not isinstance(value, list):
        refuse(place, "must be a list")
    return value


def text(value: object, place: str) -> str:
    """Return `value` as text with something in it.

    :raises RuleSetError: if it is empty or no text.
    """
    if not isinstance(value, str) or not value.strip():
        refuse(place, "must be text that is not empty")
    return value


def names(value: object, place: str, allowed: Collection[str] | None = None) -> tuple[str, ...]:
    """Return `value` as different texts, each of them in `allowed` where that is given.

    :raises RuleSetError: if an entry is no text, stands twice, or is not allowed.
    """
    found: list[str] = []
    for index, entry in enumerate(entries(value, place)):
        found.append(one_of(text(entry, f"{place}[{index}]"), f"{place}[{index}]", allowed))
        if entry in found[:-1]:
            refuse(f"{place}[{index}]", f"{entry!r} stands twice")
    return tuple(found)


def one_of(value: object, place: str, allowed: Collection[str] | None) -> str:
    """Return `value` if it is one of `allowed` (None allows every text).

    :raises RuleSetError: if it is not.
    """
    if allowed is not None and value not in allowed:
        refuse(place, f"{value!r} is not known here")
    return text(value, place)


def number(value: object, place: str) -> int | float:
    """Return `value` as a number; true and false are none.

    :raises RuleSetError: if it is no number.
    """
    if isinstance(value, bool) or not isinstance(value, int | float):
        refuse(place, "must be a number")
    return value


def whole(value: object, place: str) -> int:
    """Return `value` as a positive whole number.

    :raises RuleSetError: if it is none.
    """
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        refuse(place, "must be a positive whole number")
    return value


def flag(value: object, place: str) -> bool:
    """Return `value` as true or false.

    :raises RuleSetError: if it is neither.
    """
    if not isinstance(value, bool):
        refuse(place, "must be true or false")
    return value
