"""What must not be done yet: hold sets, the procedures they stop, and which of them hold now."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from referrals.clinical import document
from referrals.clinical.conditions import Facts
from referrals.clinical.rules import Rule

_OPTIONAL = ("includes", "exempt", "gone_at_once_with")


@dataclass(frozen=True, slots=True)
class Procedure:
    """An entry of the catalogue: `held_as` are its names in hold sets, `aliases` the others."""

    id: str
    label: str
    held_as: frozenset[str]
    aliases: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class HoldSet:
    """A named set of acts to hold back, with who releases it and on what."""

    id: str
    acts: tuple[str, ...]
    includes: tuple[str, ...]
    exempt: tuple[tuple[str, str], ...]
    gone_at_once_with: tuple[str, ...]
    enforced: bool
    release_by: str
    release_on: str


@dataclass(frozen=True, slots=True)
class Hold:
    """A hold in force.

    `enforced` False is advice shown to clinicians, never a stop in the product. `rule` is the most
    urgent rule that set it, `rules` all of them: the hold ends by itself when none of them fires.
    `procedures` are catalogue keys of the held acts; `exempt` are acts that stay allowed.
    """

    id: str
    acts: tuple[str, ...]
    enforced: bool
    rule: str
    release_by: str
    release_on: str
    rules: tuple[str, ...]
    procedures: tuple[str, ...]
    exempt: tuple[str, ...]


def read_procedures(raw: object) -> dict[str, Procedure]:
    """Read the catalogue of procedures.

    :raises RuleSetError: if an entry is malformed or two procedures share an alias.
    """
    found: dict[str, Procedure] = {}
    taken: dict[str, str] = {}
    for name, value in document.open_mapping(raw, "procedures").items():
        place = f"procedures.{name}"
        entry = document.mapping(value, place, ("label", "held_as", "aliases"))
        aliases = document.names(entry["aliases"], f"{place}.aliases")
        for alias in (name, *aliases):
            if taken.setdefault(alias, name) != name:
                document.refuse(f"{place}.aliases", f"{alias!r} already means {taken[alias]}")
        held_as = document.names(entry["held_as"], f"{place}.held_as")
        label = document.text(entry["label"], f"{place}.label")
        found[name] = Procedure(name, label, frozenset(held_as), aliases)
    return found


def read_holds(
    raw: object, fields: Collection[str], acts: Collection[str], named: Mapping[str, Procedure]
) -> dict[str, HoldSet]:
    """Read the `hold_sets` section.

    :raises RuleSetError: if a set is malformed, or holds an act that is neither a procedure of the
        catalogue nor one of `acts`.
    """
    sets = document.open_mapping(raw, "hold_sets")
    mapped = frozenset(acts).union(*(procedure.held_as for procedure in named.values()))
    found: dict[str, HoldSet] = {}
    for name, value in sets.items():
        place = f"hold_sets.{name}"
        entry = document.mapping(
            value, place, ("acts", "enforced", "release_by", "release_on"), _OPTIONAL
        )
        # Only a set that stands above may be included: so no two can include each other.
        found[name] = HoldSet(
            id=name,
            acts=document.names(entry["acts"], f"{place}.acts", mapped),
            includes=document.names(entry.get("includes", []), f"{place}.includes", found),
            exempt=_exempt(entry.get("exempt", []), f"{place}.exempt", mapped),
            gone_at_once_with=document.names(
                entry.get("gone_at_once_with", []), f"{place}.gone_at_once_with", fields
            ),
            enforced=document.flag(entry["enforced"], f"{place}.enforced"),
            release_by=document.text(entry["release_by"], f"{place}.release_by"),
            release_on=document.text(entry["release_on"], f"{place}.release_on"),
        )
    return found


def _exempt(raw: object, place: str, mapped: Collection[str]) -> tuple[tuple[str, str], ...]:
    found = []
    for index, value in enumerate(document.entries(raw, place)):
        at = f"{place}[{index}]"
        entry = document.mapping(value, at, ("act", "when_rule"))
        act = document.one_of(entry["act"], f"{at}.act", mapped)
        found.append((act, document.text(entry["when_rule"], f"{at}.when_rule")))
    return tuple(found)


def check_holds(
    sets: Mapping[str, HoldSet], named: Mapping[str, Procedure], rules: Collection[Rule]
) -> None:
    """Check that exemptions name rules, and the catalogue names acts that some set holds.

    :raises RuleSetError: if one does not.
    """
    held = {act for hold in sets.values() for act in (*hold.acts, *dict(hold.exempt))}
    for procedure in named.values():
        for name in sorted(procedure.held_as):
            document.one_of(name, f"procedures.{procedure.id}.held_as", held)
    ids = {rule.id for rule in rules}
    for hold in sets.values():
        for index, (_, rule) in enumerate(hold.exempt):
            document.one_of(rule, f"hold_sets.{hold.id}.exempt[{index}].when_rule", ids)


def expand(names: Collection[str], sets: Mapping[str, HoldSet]) -> tuple[str, ...]:
    """Return the ids with everything they include, each once."""
    found: dict[str, None] = {}
    for name in names:
        found[name] = None
        found.update(dict.fromkeys(expand(sets[name].includes, sets)))
    return tuple(found)


def resolve(
    setters: Sequence[tuple[str, tuple[str, ...]]],
    sets: Mapping[str, HoldSet],
    named: Mapping[str, Procedure],
    facts: Facts,
) -> tuple[Hold, ...]:
    """Return the holds in force; `setters` are (rule id, hold ids), the most urgent rule first."""
    by_hold: dict[str, list[str]] = {}
    for rule, names in setters:
        for name in expand(names, sets):
            by_hold.setdefault(name, []).append(rule)
    fired = {rule for rule, _ in setters}
    return tuple(
        _hold(sets[name], tuple(rules), named, fired)
        for name, rules in by_hold.items()
        if not any(facts.get(field) is True for field in sets[name].gone_at_once_with)
    )


def _hold(
    hold: HoldSet, rules: tuple[str, ...], named: Mapping[str, Procedure], fired: Collection[str]
) -> Hold:
    exempt = tuple(act for act, rule in hold.exempt if rule in fired)
    details: dict[str, Any] = {
        "id": hold.id,
        "enforced": hold.enforced,
        "release_by": hold.release_by,
        "release_on": hold.release_on,
    }
    acts = tuple(act for act in hold.acts if act not in exempt)
    held = tuple(
        procedure.id
        for procedure in named.values()
        if not procedure.held_as.isdisjoint(acts) and procedure.held_as.isdisjoint(exempt)
    )
    return Hold(**details, acts=acts, rule=rules[0], rules=rules, procedures=held, exempt=exempt)
