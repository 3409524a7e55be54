"""Reads raw findings and codes into a checked submission: every fault is a Problem, no crash."""

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


class _Refusal(Exception):
    """One value cannot be read; carries the code and the sentence of its Problem."""


def _read(
    name: object, raw: object, ruleset: RuleSet, units_required: bool, problems: list[Problem]
) -> Any:
    field = ruleset.fields.get(name) if isinstance(name, str) else None
    if field is None:
        detail = f"{shorten(name)} is not in the dictionary of findings"
        problems.append(Problem(pointer("findings", name), "unknown_field", detail))
        return None
    if raw == _UNKNOWN and field.kind != "text":
        return None
    if field.kind == "map" and raw is not None:
        return read_examinations(raw, field.name, ruleset.myotomes, problems)
    try:
        return _value(field, raw, units_required)
    except _Refusal as refusal:
        problems.append(Problem(pointer("findings", field.name), *refusal.args))
        return None


def _value(field: Field, raw: object, units_required: bool) -> Any:
    if raw is None:
        raise _Refusal("null", 'null says nothing: leave the field out or send "unknown"')
    if field.measured and (units_required or isinstance(raw, Mapping)):
        raw = _in_own_unit(field, raw)
    return _READERS[field.kind](field, raw)


def _finding(_field: Field, raw: object) -> bool:
    if isinstance(raw, str) and raw in _STATUS:
        return _STATUS[raw]
    detail = f'{shorten(raw)} is none of "present", "absent", "unknown"'
    raise _Refusal("unknown_value", detail)


def _enum(field: Field, raw: object) -> str:
    if isinstance(raw, str) and raw in field.values:
        return raw
    allowed = ", ".join(f'"{value}"' for value in field.values)
    raise _Refusal("unknown_value", f"{shorten(raw)} is none of {allowed}")


def _text(_field: Field, raw: object) -> str:
    if not isinstance(raw, str):
        raise _Refusal("wrong_type", "send text")
    if len(raw) > _LONGEST_TEXT:
        raise _Refusal("too_long", f"at most {_LONGEST_TEXT} characters")
    if "\0" in raw or any("\ud800" <= character <= "\udfff" for character in raw):
        raise _Refusal("bad_character", "no NUL and no broken surrogates")
    return raw


def _timestamp(_field: Field, raw: object) -> datetime:
    try:
        moment = datetime.fromisoformat(raw if isinstance(raw, str) else "")
        if moment.tzinfo is not None:
            return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    detail = f"{shorten(raw)} is no moment with date, time and zone: 2026-11-23T14:05:00-08:00"
    raise _Refusal("bad_timestamp", detail)


def _in_own_unit(field: Field, raw: object) -> float:
    example = f'{{"value": ..., "unit": "{field.unit}"}}'
    if not isinstance(raw, Mapping):
        raise _Refusal("missing_unit", f"missing unit: send {example}")
    if set(raw) != {"value", "unit"}:
        raise _Refusal("wrong_type", f"send {example} and nothing else in it")
    value, unit = raw["value"], raw["unit"]
    if not _is_number(value):
        raise _Refusal("not_a_number", f"send a number: {example}")
    converted = units.convert(value, unit, field.unit) if isinstance(unit, str) else None
    if converted is None:
        known = ", ".join(units.spellings(field.unit))
        raise _Refusal("unknown_unit", f"unknown unit {shorten(unit)}; known (any case): {known}")
    return converted


def _is_number(raw: object) -> bool:
    if isinstance(raw, bool) or not isinstance(raw, int | float):
        return False
    try:
        return math.isfinite(raw)
    except OverflowError:
        return False


def _number(field: Field, raw: Any) -> int | float:
    if not _is_number(raw):
        raise _Refusal("not_a_number", "send a finite number, not a text or true or false")
    if field.kind == "integer" and raw != int(raw):
        raise _Refusal("not_a_number", "send a whole number")
    if raw < field.low or (field.high is not None and raw > field.high):
        limits = (
            f"{field.low:g} and more" if field.high is None else f"{field.low:g} to {field.high:g}"
        )
        raise _Refusal("out_of_range", f"allowed: {limits} {field.unit}".rstrip())
    return int(raw) if field.kind == "integer" else raw


_READERS: dict[str, Callable[[Field, Any], Any]] = {
    "finding": _finding,
    "enum": _enum,
    "text": _text,
    "timestamp": _timestamp,
    "integer": _number,
    "number": _number,
}
