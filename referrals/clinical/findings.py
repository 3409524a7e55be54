"""Reads raw findings and codes into a checked submission; every fault is a Problem, never a crash."""

import math
from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from referrals.clinical import units
from referrals.clinical.codes import GivenCode, read_codes
from referrals.clinical.examinations import Examination, read_examinations
from referrals.clinical.fields import Field
from referrals.clinical.problems import Problem, pointer, shorten
from referrals.clinical.ruleset import RULESET, RuleSet

_LONGEST_TEXT = 2000
_STATUS = {"present": True, "absent": False}
_UNKNOWN = "unknown"


class FindingsError(Exception):
    """The submission cannot be assessed; `problems` names every fault found."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("; ".join(f"{p.pointer}: {p.detail}" for p in problems))
        self.problems = tuple(problems)


@dataclass(frozen=True, slots=True)
class Submission:
    """Checked input of one assessment.

    `values` maps a field to True/False (present/absent), a number in the field's own unit, a text
    or an aware moment; what is unknown is not in it. `as_given` repeats the input word for word.
    """

    values: Mapping[str, Any]
    as_given: Mapping[str, Any]
    codes: tuple[GivenCode, ...]
    examinations: tuple[Examination, ...]
    stated_by_clinician: bool


def read_submission(
    findings: Mapping[str, object],
    codes: Sequence[Mapping[str, object]] = (),
    *,
    units_required: bool = False,
    stated_by_clinician: bool = True,
    ruleset: RuleSet = RULESET,
) -> Submission:
    """Check findings and codes and turn them into a submission.

    A finding is "present", "absent" or "unknown"; every other field takes its value or "unknown";
    a measured field takes {"value", "unit"} too, and only that with `units_required`.

    :raises FindingsError: if anything is unknown, malformed, out of range or lacks its unit; it
        lists all problems at once.
    """
    problems: list[Problem] = []
    values: dict[str, Any] = {}
    if not isinstance(findings, Mapping):
        problems.append(Problem("/findings", "wrong_type", "send an object of field and value"))
        findings = {}
    for name, raw in findings.items():
        value = _read(name, raw, ruleset, units_required, problems)
        if value is not None:
            values[name] = value
    given = read_codes(codes, problems)
    if problems:
        raise FindingsError(problems)
    examinations = tuple(
        examination
        for name, field in ruleset.fields.items()
        if field.kind == "map"
        for examination in values.pop(name, ())
    )
    return Submission(values, deepcopy(dict(findings)), given, examinations, stated_by_clinician)


def _read(
    name: object, raw: object, ruleset: RuleSet, units_required: bool, problems: list[Problem]
) -> Any:
    field = ruleset.fields.get(name) if isinstance(name, str) else None
    if field is None:
        detail = f"{shorten(name)} is not in the dictionary of findings"
        problems.append(Problem(pointer("findings", name), "unknown_field", detail))
        return None
    if raw is None:
        detail = 'null says nothing: leave the field out or send "unknown"'
        problems.append(Problem(pointer("findings", field.name), "null", detail))
        return None
    if raw == _UNKNOWN and field.kind != "text":
        return None
    if field.kind == "map":
        return read_examinations(raw, field.name, ruleset.myotomes, problems)
    if field.measured:
        raw = _unpacked(field, raw, units_required, problems)
    return None if raw is None else _READERS[field.kind](field, raw, problems)


def _refuse(field: Field, code: str, detail: str, problems: list[Problem]) -> None:
    problems.append(Problem(pointer("findings", field.name), code, detail))


def _finding(field: Field, raw: object, problems: list[Problem]) -> bool | None:
    if isinstance(raw, str) and raw in _STATUS:
        return _STATUS[raw]
    detail = f'{shorten(raw)} is none of "present", "absent", "unknown"'
    return _refuse(field, "unknown_value", detail, problems)


def _enum(field: Field, raw: object, problems: list[Problem]) -> str | None:
    if isinstance(raw, str) and raw in field.values:
        return raw
    allowed = ", ".join(f'"{value}"' for value in field.values)
    return _refuse(field, "unknown_value", f"{shorten(raw)} is none of {allowed}", problems)


def _text(field: Field, raw: object, problems: list[Problem]) -> str | None:
    if not isinstance(raw, str):
        return _refuse(field, "wrong_type", "send text", problems)
    if len(raw) > _LONGEST_TEXT:
        return _refuse(field, "too_long", f"at most {_LONGEST_TEXT} characters", problems)
    if "\0" in raw or any("\ud800" <= character <= "\udfff" for character in raw):
        return _refuse(field, "bad_character", "no NUL and no broken surrogates", problems)
    return raw


def _timestamp(field: Field, raw: object, problems: list[Problem]) -> datetime | None:
    detail = f"{shorten(raw)} is no moment with date, time and zone: 2026-11-23T14:05:00-08:00"
    try:
        moment = datetime.fromisoformat(raw if isinstance(raw, str) else "")
        return moment.astimezone(UTC) if moment.tzinfo else _refuse(
            field, "bad_timestamp", detail, problems
        )
    except (ValueError, OverflowError):
        return _refuse(field, "bad_timestamp", detail, problems)


def _unpacked(
    field: Field, raw: object, units_required: bool, problems: list[Problem]
) -> object:
    example = f'{{"value": ..., "unit": "{field.unit}"}}'
    if not isinstance(raw, Mapping):
        if units_required:
            _refuse(field, "missing_unit", f"missing unit: send {example}", problems)
        return None if units_required else raw
    if set(raw) != {"value", "unit"}:
        return _refuse(field, "wrong_type", f"send {example} and nothing else in it", problems)
    value, unit = raw["value"], raw["unit"]
    if not _is_number(value):
        return _refuse(field, "not_a_number", f"send a number: {example}", problems)
    converted = units.convert(float(value), unit, field.unit) if isinstance(unit, str) else None
    if converted is None:
        known = ", ".join(units.spellings(field.unit))
        detail = f"unknown unit {shorten(unit)}; known: {known} (any case)"
        return _refuse(field, "unknown_unit", detail, problems)
    return converted


def _is_number(raw: object) -> bool:
    if isinstance(raw, bool) or not isinstance(raw, int | float):
        return False
    try:
        return math.isfinite(raw)
    except OverflowError:
        return False


def _number(field: Field, raw: Any, problems: list[Problem]) -> int | float | None:
    if not _is_number(raw):
        return _refuse(field, "not_a_number", f"{_short_number(raw)} is no finite number", problems)
    if field.kind == "integer" and raw != int(raw):
        return _refuse(field, "not_a_number", "send a whole number", problems)
    if raw < field.low or (field.high is not None and raw > field.high):
        limits = f"{field.low:g} to {'any' if field.high is None else f'{field.high:g}'}"
        detail = f"allowed: {limits} {field.unit}".rstrip()
        return _refuse(field, "out_of_range", detail, problems)
    return int(raw) if field.kind == "integer" else raw


def _short_number(raw: object) -> str:
    # repr of an int with thousands of digits is itself refused by Python.
    return "this" if isinstance(raw, int) else shorten(raw)


_READERS: dict[str, Callable[[Field, Any, list[Problem]], Any]] = {
    "finding": _finding,
    "enum": _enum,
    "text": _text,
    "timestamp": _timestamp,
    "integer": _number,
    "number": _number,
}
