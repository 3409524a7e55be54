"""The page of the dictionary of findings: each field, what it may hold, and in which unit."""

from config.reference.markdown import code, page, section, table
from referrals.clinical import RULESET, RuleSet
from referrals.clinical.fields import Field
from referrals.clinical.units import spellings

_HOW = {
    "finding": '`"present"`, `"absent"` or `"unknown"`',
    "number": "a number",
    "integer": "a whole number",
    "enum": "one of the values listed",
    "text": "text",
    "timestamp": "date, time and zone, such as `2026-11-23T14:05:00-08:00`",
    "map": "graded examinations by myotome and side",
}


def render(ruleset: RuleSet = RULESET) -> str:
    """Return the page."""
    return page(
        "The dictionary of findings",
        "`fields` in `referrals/clinical/rules.yaml`",
        f"**{ruleset.approval_notice}** Rule set {ruleset.version}.",
        'Leave out what is not known, or send `"unknown"`. A field marked “with its unit” is sent '
        'as `{"value": 38.4, "unit": "Cel"}`. A field that explains a red flag away counts only '
        "if `by` names a clinician. The same list is served at `/api/v1/reference/findings`.",
        section("Kinds", table(("kind", "send"), [(f"`{k}`", how) for k, how in _HOW.items()])),
        section(
            "Fields", table(("field", "meaning", "kind", "allowed", "remarks"), _rows(ruleset))
        ),
        section("Units", _units(ruleset)),
    )


def _rows(ruleset: RuleSet) -> list[tuple[str, ...]]:
    return [
        (f"`{f.name}`", f.label, f.kind, _allowed(f), _remarks(f)) for f in ruleset.fields.values()
    ]


def _allowed(field: Field) -> str:
    if field.values:
        return code(field.values)
    if not field.numeric:
        return ""
    span = f"{field.low:g} or more" if field.high is None else f"{field.low:g} to {field.high:g}"
    return f"{span} {field.unit}".strip()


def _remarks(field: Field) -> str:
    computed = {"computed": "computed from other findings", "or_given": "computed, or given"}
    remarks = [computed.get(field.derived, "")]
    remarks.append("explains a red flag away" if field.explains_away else "")
    remarks.append("with its unit" if field.measured else "")
    return "; ".join(remark for remark in remarks if remark)


def _units(ruleset: RuleSet) -> str:
    units = sorted({field.unit for field in ruleset.fields.values() if field.measured})
    rows = [(f"`{unit}`", code(spellings(unit))) for unit in units]
    return table(("unit of the field", "accepted spellings, in any case"), rows)
