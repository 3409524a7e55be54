"""Triage of JSON lines: one line in, one line out, for checks and dry runs; it stores nothing."""

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from referrals.clinical.assessment import assess
from referrals.clinical.findings import FindingsError, read_submission
from referrals.clinical.outcome import Assessment
from referrals.clinical.problems import Problem, pointer, shorten
from referrals.clinical.ruleset import RULESET

_KEYS = ("id", "findings", "codes")


def triage_lines(
    lines: Iterable[bytes], write: Callable[[str], object], warn: Callable[[str], object]
) -> bool:
    """Assess each line and `write` one line of JSON for it; return whether all could be read.

    In: `{"id", "findings": {field: value}, "codes": [{"code", "as"}]}`, codes may be missing.
    Findings count as stated by a named clinician; numbers are in the field's own unit. Other keys
    change nothing and are named to `warn`.
    """
    clean = True
    for line in lines:
        if line.strip():
            answer = answer_line(line, warn)
            clean = clean and "error" not in answer
            write(f"{json.dumps(answer)}\n")
    return clean


def answer_line(line: bytes, warn: Callable[[str], object]) -> dict[str, Any]:
    """Return the answer to one line: the assessment, or `{"id", "error": {"problems"}}`."""
    repeated: list[Problem] = []
    try:
        entry = _parse(line, repeated)
    except (ValueError, RecursionError) as error:
        return _refused(None, [Problem("", "bad_json", shorten(str(error)))])
    problems = [*repeated, *_form(entry)]
    if problems:
        return _refused(_shown_id(entry), problems)
    for key in sorted(entry.keys() - set(_KEYS)):
        warn(f"{shorten(entry['id'])}: {shorten(key)} is no key of a triage line and was ignored\n")
    try:
        submission = read_submission(entry["findings"], entry.get("codes", ()))
    except FindingsError as error:
        return _refused(entry["id"], error.problems)
    return _answer(entry["id"], assess(submission))


def _parse(line: bytes, problems: list[Problem]) -> Any:
    def refuse_repeated_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        # JSON itself keeps the last of two equal keys silently: the first may be the red flag.
        names = [name for name, _ in pairs]
        for name in sorted(set(names)):
            if names.count(name) > 1:
                problems.append(Problem("", "repeated_key", f"{shorten(name)} is given twice"))
        return dict(pairs)

    return json.loads(line.decode("utf-8-sig"), object_pairs_hook=refuse_repeated_keys)


def _form(entry: Any) -> list[Problem]:
    if not isinstance(entry, Mapping):
        return [Problem("", "wrong_type", "send an object with id and findings")]
    problems = [
        Problem(pointer(key), "missing", f"{key} is missing")
        for key in ("id", "findings")
        if key not in entry
    ]
    if "id" in entry and _shown_id(entry) is None:
        problems.append(Problem("/id", "wrong_type", "the id is a text or a whole number"))
    return problems


def _shown_id(entry: Any) -> str | int | None:
    given = entry.get("id") if isinstance(entry, Mapping) else None
    return given if isinstance(given, str | int) and not isinstance(given, bool) else None


def _refused(given: str | int | None, problems: Iterable[Problem]) -> dict[str, Any]:
    listed = [{"pointer": p.pointer, "code": p.code, "detail": p.detail} for p in problems]
    return {"id": given, "error": {"problems": listed}}


def _answer(given: str | int, assessment: Assessment) -> dict[str, Any]:
    return {
        "id": given,
        "tier": assessment.tier.name,
        "possible_tier": assessment.possible_tier.name,
        "rules": list(assessment.rules),
        "reasons": list(assessment.reasons),
        "questions": [question.field for question in assessment.questions],
        "holds": [hold.id for hold in assessment.holds],
        "route": named_route(assessment),
    }


def named_route(assessment: Assessment) -> str | None:
    """Return the route as the rules name it, None for the default one.

    911 together with the surgeon is no name of the rules: it is shown as the 911 route, because
    that call comes first; the fired rules show who else is needed.
    """
    routes = RULESET.routes
    shown = {routes.default: None, routes.both: routes.emergency_number}
    return shown.get(assessment.route, assessment.route)
