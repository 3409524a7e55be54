"""The dictionary of findings: which fields exist and what each may hold; it reads no submission."""

from collections.abc import Mapping
from dataclasses import dataclass

from referrals.clinical import document, units

KINDS = ("finding", "number", "integer", "enum", "text", "timestamp", "map")
_OPTIONAL = ("label", "unit", "range", "values", "derived", "explains_away", "loinc")


@dataclass(frozen=True, slots=True)
class Field:
    """One entry of the dictionary.

    `title` is short and plain, `label` is the full definition; `low` and `high` are the limits in
    `unit`; `derived` is "", "computed" or "or_given"; `explains_away` marks the only findings that
    can keep a rule from firing.
    """

    name: str
    title: str
    kind: str
    label: str = ""
    unit: str = ""
    low: float = 0
    high: float | None = None
    values: tuple[str, ...] = ()
    derived: str = ""
    explains_away: bool = False

    @property
    def measured(self) -> bool:
        """Whether a value has to come with its unit; times counted in days or weeks do not."""
        return self.unit in units.MEASURED

    @property
    def numeric(self) -> bool:
        """Whether the field holds a number."""
        return self.kind in ("number", "integer")


def read_fields(raw: object) -> dict[str, Field]:
    """Read the `fields` section.

    :raises RuleSetError: if an entry has another form than the one described at `Field`.
    """
    return {
        name: _field(name, entry) for name, entry in document.open_mapping(raw, "fields").items()
    }


def _field(name: str, raw: object) -> Field:
    place = f"fields.{name}"
    entry = document.mapping(raw, place, ("type", "name"), _OPTIONAL)
    kind = document.one_of(entry["type"], f"{place}.type", KINDS)
    low, high = _limits(entry, kind, place)
    return Field(
        name=name,
        title=document.text(entry["name"], f"{place}.name"),
        kind=kind,
        label=document.text(entry.get("label", entry["name"]), f"{place}.label"),
        unit=_unit(entry, kind, place),
        low=low,
        high=high,
        values=_values(entry, kind, place),
        derived=_derived(entry, place),
        explains_away=_explains(entry, kind, place),
    )


def _limits(entry: Mapping[str, object], kind: str, place: str) -> tuple[float, float | None]:
    if "range" not in entry:
        return 0, None
    limits = document.entries(entry["range"], f"{place}.range")
    if kind not in ("number", "integer") or len(limits) != 2:
        document.refuse(f"{place}.range", "a number has a range of two numbers, other types none")
    low, high = (document.number(limit, f"{place}.range") for limit in limits)
    if low >= high:
        document.refuse(f"{place}.range", "the lower limit comes first")
    return low, high


def _unit(entry: Mapping[str, object], kind: str, place: str) -> str:
    if "unit" not in entry:
        return ""
    if kind not in ("number", "integer"):
        document.refuse(f"{place}.unit", "only a number has a unit")
    return document.one_of(entry["unit"], f"{place}.unit", units.MEASURED | units.ELAPSED)


def _values(entry: Mapping[str, object], kind: str, place: str) -> tuple[str, ...]:
    if (kind == "enum") != ("values" in entry):
        document.refuse(f"{place}.values", "an enum lists its values, other types do not")
    return document.names(entry["values"], f"{place}.values") if kind == "enum" else ()


def _derived(entry: Mapping[str, object], place: str) -> str:
    if "derived" not in entry:
        return ""
    if entry["derived"] is True:
        return "computed"
    return document.one_of(entry["derived"], f"{place}.derived", ("or_given",))


def _explains(entry: Mapping[str, object], kind: str, place: str) -> bool:
    explains = document.flag(entry.get("explains_away", False), f"{place}.explains_away")
    if explains and kind != "finding":
        document.refuse(f"{place}.explains_away", "only a finding can explain away")
    return explains
