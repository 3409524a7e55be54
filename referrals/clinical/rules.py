"""The red-flag rules as data: reads and checks the `rules` section; it fires nothing."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from referrals.clinical import document
from referrals.clinical.conditions import Facts, Leaf, Node, compile_leaf, read_condition
from referrals.clinical.fields import Field
from referrals.clinical.tier import Tier

_REQUIRED = ("id", "group", "title", "tier", "when", "action", "src")
_TIERS = ("URGENT", "SAME_DAY", "EMERGENCY")
_WORDS = ("id", "group", "title", "action")
_TEXTS = ("grade", "note", "except_note")
_OPTIONAL = ("within", "route", "hold", "ask", "review_days", "surgical_indication", "never",
             "mark", *_TEXTS)  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Rule:
    """One red-flag rule.

    `within` is "now" or "24h" at SAME_DAY and None elsewhere; `route` is None where the rule goes
    the default way; `evidence` are the tests that make the rule count for the ceiling;
    `holds`, `ask` and `src` are ids.
    """

    id: str
    group: str
    title: str
    tier: Tier
    when: Node
    action: str
    src: tuple[str, ...]
    within: str | None
    route: str | None
    holds: tuple[str, ...]
    ask: tuple[str, ...]
    review_days: int | None
    surgical_indication: bool
    never: tuple[str, ...]
    mark: str
    texts: Mapping[str, str]
    evidence: tuple[Callable[[Facts], bool], ...]

    def has_evidence(self, facts: Facts) -> bool:
        """Tell whether a leaf that counts for the ceiling is positively true."""
        for test in self.evidence:  # noqa: SIM110 - twice as fast as any()
            if test(facts):
                return True
        return False

    def has_sign(self, facts: Facts, signs: Collection[str]) -> bool:
        """Tell whether a leaf outside every `not`, on one of the fields `signs`, is true."""
        leaves = self.when.leaves(inside_not=False)
        return any(leaf.field in signs and compile_leaf(leaf).fires(facts) for leaf in leaves)


@dataclass(frozen=True, slots=True)
class Known:
    """The names a rule may use, and the fields that the ceiling ignores."""

    fields: Mapping[str, Field]
    holds: Collection[str]
    routes: Collection[str]
    sources: Collection[str]
    marks: Collection[str]
    ceiling_ignores: Collection[str]


def read_rules(raw: object, known: Known) -> tuple[Rule, ...]:
    """Read the `rules` section, the most urgent rules first.

    :raises RuleSetError: if a rule is malformed, names what is not known, or an id stands twice.
    """
    rules: dict[str, Rule] = {}
    for index, entry in enumerate(document.entries(raw, "rules")):
        rule = _rule(entry, f"rules[{index}]", known)
        if rule.id in rules:
            document.refuse(f"rules[{index}].id", f"{rule.id!r} stands twice")
        rules[rule.id] = rule
    return tuple(sorted(rules.values(), key=lambda rule: -rule.tier))


def _rule(raw: object, place: str, known: Known) -> Rule:
    named = document.open_mapping(raw, place).get("id")
    place = f"rules.{named}" if isinstance(named, str) else place
    entry = document.mapping(raw, place, _REQUIRED, _OPTIONAL)
    when = read_condition(entry["when"], f"{place}.when", known.fields)
    tier = Tier[document.one_of(entry["tier"], f"{place}.tier", _TIERS)]
    return Rule(
        tier=tier,
        when=when,
        within=_within(entry, tier, place),
        evidence=_evidence(when, known.ceiling_ignores),
        texts={key: document.text(entry[key], f"{place}.{key}") for key in _TEXTS if key in entry},
        **_words(entry, place),
        **_names(entry, place, known),
        **_extent(entry, tier, place),
    )


def _words(entry: Mapping[str, Any], place: str) -> dict[str, Any]:
    return {key: document.text(entry[key], f"{place}.{key}") for key in _WORDS}


def _names(entry: Mapping[str, Any], place: str, known: Known) -> dict[str, Any]:
    route, mark = entry.get("route"), entry.get("mark", "sourced")
    return {
        "src": document.names(entry["src"], f"{place}.src", known.sources),
        "holds": document.names(entry.get("hold", []), f"{place}.hold", known.holds),
        "ask": document.names(entry.get("ask", []), f"{place}.ask", known.fields),
        "route": None if route is None else document.one_of(route, f"{place}.route", known.routes),
        "mark": document.one_of(mark, f"{place}.mark", known.marks),
        "never": document.names(entry.get("never", []), f"{place}.never"),
    }


def _extent(entry: Mapping[str, Any], tier: Tier, place: str) -> dict[str, Any]:
    days = entry.get("review_days")
    if days is not None and tier is not Tier.URGENT:
        document.refuse(f"{place}.review_days", "only an URGENT rule has review days")
    return {
        "review_days": None if days is None else document.whole(days, f"{place}.review_days"),
        "surgical_indication": document.flag(
            entry.get("surgical_indication", False), f"{place}.surgical_indication"
        ),
    }


def _within(entry: Mapping[str, Any], tier: Tier, place: str) -> str | None:
    if (tier is Tier.SAME_DAY) != ("within" in entry):
        document.refuse(f"{place}.within", "every SAME_DAY rule has one and no other rule does")
    if "within" not in entry:
        return None
    return document.one_of(entry["within"], f"{place}.within", ("now", "24h"))


def _evidence(when: Node, ignored: Collection[str]) -> tuple[Callable[[Facts], bool], ...]:
    leaves: dict[Leaf, None] = dict.fromkeys(when.leaves(inside_not=False))
    return tuple(compile_leaf(leaf).fires for leaf in leaves if leaf.field not in ignored)
