"""Hypothesis strategies for raw submissions, built from the raw dictionary of findings."""

from typing import Any

from hypothesis import strategies as st

from tests.referrals.clinical.vectors import RAW

STATUS = st.sampled_from(["present", "absent", "unknown"])
MYOTOMES = [f"{root}_{side}" for root in RAW["key_myotomes"] for side in "LR"]
EXPLAINING = [name for name, field in RAW["fields"].items() if field.get("explains_away")]
FINDINGS = [name for name, field in RAW["fields"].items() if field["type"] == "finding"]


def _thresholds() -> dict[str, set[float]]:
    found: dict[str, set[float]] = {}

    def walk(node: Any) -> None:
        if isinstance(node, dict):
            if isinstance(node.get("v"), int | float):
                found.setdefault(node["f"], set()).add(node["v"])
            for part in node.values():
                walk(part)
        elif isinstance(node, list):
            for part in node:
                walk(part)

    walk(RAW["rules"])
    return found


_NEAR = {
    name: sorted({limit + step for limit in limits for step in (-1, 0, 1) if limit + step >= 0})
    for name, limits in _thresholds().items()
}


def value_of(name: str) -> st.SearchStrategy[Any]:
    field = RAW["fields"][name]
    kind = field["type"]
    if kind == "finding":
        return STATUS
    if kind == "enum":
        return st.sampled_from([*field["values"], "unknown"])
    if kind == "text":
        return st.text(
            st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=40
        )
    if kind == "timestamp":
        return (
            st.datetimes(timezones=st.timezones())
            .map(lambda at: at.isoformat())
            .filter(_short_zone)
        )
    if kind == "map":
        return st.dictionaries(st.sampled_from(MYOTOMES), _examined(), max_size=3)
    return _number(name, field)


def _short_zone(written: str) -> bool:
    return not written.startswith(("0001", "9999"))


def _number(name: str, field: dict[str, Any]) -> st.SearchStrategy[Any]:
    low, high = field.get("range", (0, 10_000))
    near = [limit for limit in _NEAR.get(name, []) if low <= limit <= high]
    spread: st.SearchStrategy[Any] = st.integers(low, high)
    if field["type"] == "number":
        spread = spread | st.floats(low, high)
    return st.one_of(st.sampled_from([*near, low]), spread)


def _examined() -> st.SearchStrategy[Any]:
    grade = st.sampled_from([0, 2, 3, "4-", 4, "4+", 5, "5", 4.5])
    day = st.dates().map(lambda at: at.isoformat()) | st.integers(1, 28).map(
        lambda d: f"2026-11-{d:02}"
    )
    dated = st.fixed_dictionaries({"grade": grade, "date": day})
    return st.fixed_dictionaries({"grade": grade}) | st.lists(dated, min_size=1, max_size=4)


@st.composite
def findings(draw: st.DrawFn, most: int = 14) -> dict[str, Any]:
    names = draw(st.lists(st.sampled_from(list(RAW["fields"])), unique=True, max_size=most))
    return {name: draw(value_of(name)) for name in names}


@st.composite
def codes(draw: st.DrawFn) -> list[dict[str, str]]:
    known = st.sampled_from([*RAW["icd10cm"], *RAW["non_billable_traps"], "M54.50", "S34.3XXD"])
    role = st.sampled_from(["reason", "history"])
    return draw(st.lists(st.fixed_dictionaries({"code": known, "as": role}), max_size=3))


@st.composite
def rule_leaning(draw: st.DrawFn) -> dict[str, Any]:
    """Findings of one or two rules, so that conditions are met much more often than by chance."""
    named: set[str] = set()

    def walk(node: Any) -> None:
        if isinstance(node, dict):
            named.update([node["f"]] if "f" in node else [])
            for part in node.values():
                walk(part)
        elif isinstance(node, list):
            for part in node:
                walk(part)

    for rule in draw(st.lists(st.sampled_from(RAW["rules"]), min_size=1, max_size=2)):
        walk(rule["when"])
    kept = draw(st.lists(st.sampled_from(sorted(named)), unique=True, max_size=len(named)))
    return {name: draw(value_of(name)) for name in kept}
