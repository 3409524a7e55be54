"""The condition language: checks a condition once and compiles it; it never reads a submission.

Values are Kleene's three (true, false, unknown as None). FIRES is recursive and fail-safe: an
unknown inside a `not` lets it fire, so what nobody knows never silences a rule.
"""

import operator
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from referrals.clinical import document
from referrals.clinical.fields import Field

Facts: TypeAlias = Mapping[str, Any]
Value: TypeAlias = Callable[[Facts], bool | None]
Fires: TypeAlias = Callable[[Facts], bool]

_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "ge": operator.ge,
    "gt": operator.gt,
    "le": operator.le,
    "lt": operator.lt,
    "eq": operator.eq,
}


@dataclass(frozen=True, slots=True)
class Leaf:
    """One comparison: `test` is present, absent, an operator or in; `limit` what it is held to."""

    field: str
    test: str
    limit: Any = None


@dataclass(frozen=True, slots=True)
class Node:
    """A compiled condition: `value(facts)` and `fires(facts)` are what meta.semantics calls them.

    Facts map a field to True or False (a finding), a number or a text; a missing one is unknown.
    """

    kind: str
    value: Value
    fires: Fires
    parts: tuple["Node", ...] = ()
    leaf: Leaf | None = None
    least: int = 0

    def leaves(self, *, inside_not: bool) -> Iterator[Leaf]:
        """Yield the leaves of this condition: those outside every `not`, or those inside one."""
        if self.kind == "not":
            yield from self.parts[0]._all_leaves() if inside_not else ()
        elif self.leaf is not None:
            yield from () if inside_not else (self.leaf,)
        else:
            for part in self.parts:
                yield from part.leaves(inside_not=inside_not)

    def _all_leaves(self) -> Iterator[Leaf]:
        if self.leaf is not None:
            yield self.leaf
        for part in self.parts:
            yield from part._all_leaves()


def read_condition(
    raw: object, place: str, fields: Mapping[str, Field], *, inside_not: bool = False
) -> Node:
    """Check and compile one condition.

    :raises RuleSetError: if it is malformed, names an unknown field or value, puts a `not` inside
        a `not`, or could let a positive finding lower a tier.
    """
    node = document.open_mapping(raw, place)
    if "f" in node:
        return compile_leaf(_leaf(node, place, fields, inside_not))
    if len(node) != 1 or next(iter(node)) not in ("all", "any", "not", "count_ge"):
        document.refuse(place, "must be a leaf with `f`, or one of all, any, not, count_ge")
    kind, inner = next(iter(node.items()))
    if kind == "not":
        return _read_not(inner, f"{place}.not", fields, inside_not)
    least, listed, at = 0, inner, f"{place}.{kind}"
    if kind == "count_ge":
        counted = document.mapping(inner, at, ("n", "of"))
        least, listed = document.whole(counted["n"], f"{at}.n"), counted["of"]
    parts = tuple(
        read_condition(part, f"{at}[{index}]", fields, inside_not=inside_not)
        for index, part in enumerate(document.entries(listed, at))
    )
    if len(parts) < max(least, 1):
        document.refuse(at, "has too few parts")
    return _COMBINE[kind](parts, least)


def _read_not(inner: object, place: str, fields: Mapping[str, Field], inside_not: bool) -> Node:
    if inside_not:
        document.refuse(place, "a `not` inside a `not`")
    return _negation((read_condition(inner, place, fields, inside_not=True),), 0)


def _leaf(
    node: Mapping[str, object], place: str, fields: Mapping[str, Field], inside_not: bool
) -> Leaf:
    field = fields[document.one_of(node["f"], f"{place}.f", fields)]
    if "is" in node:
        document.mapping(node, place, ("f", "is"))
        return _status(field, node["is"], place, inside_not)
    document.mapping(node, place, ("f", "op", "v"))
    test = document.one_of(node["op"], f"{place}.op", (*_COMPARE, "in"))
    if field.kind == "enum":
        return Leaf(field.name, test, _choice(field, test, node["v"], place))
    if not field.numeric or test == "in":
        document.refuse(f"{place}.op", f"{test} cannot be asked of {field.name} ({field.kind})")
    limit = document.number(node["v"], f"{place}.v")
    if limit < field.low or (field.high is not None and limit > field.high):
        document.refuse(f"{place}.v", f"{limit} is outside the range of {field.name}")
    return Leaf(field.name, test, limit)


def _status(field: Field, status: object, place: str, inside_not: bool) -> Leaf:
    if field.kind != "finding":
        document.refuse(f"{place}.is", f"{field.name} is no finding")
    test = document.one_of(status, f"{place}.is", ("present", "absent"))
    # The form that keeps the rules monotone: a `present` may silence only where it is marked so.
    if inside_not and test == "present" and not (field.explains_away or field.derived):
        document.refuse(f"{place}.is", f"{field.name} inside a `not` does not explain away")
    if not inside_not and test == "absent":
        document.refuse(f"{place}.is", "`absent` outside a `not` would let a finding lower a tier")
    return Leaf(field.name, test)


def _choice(field: Field, test: str, limit: object, place: str) -> str | frozenset[str]:
    if test == "in":
        return frozenset(document.names(limit, f"{place}.v", field.values))
    if test != "eq":
        document.refuse(f"{place}.op", f"{test} cannot be asked of {field.name} (enum)")
    return document.one_of(limit, f"{place}.v", field.values)


def compile_leaf(leaf: Leaf) -> Node:
    """Compile one comparison; a field that is missing makes it unknown."""
    value = _leaf_value(leaf)
    return Node("leaf", value, lambda facts: value(facts) is True, leaf=leaf)


def _leaf_value(leaf: Leaf) -> Value:
    field, limit = leaf.field, leaf.limit
    if leaf.test == "present":
        return lambda facts: facts.get(field)

    def absent(facts: Facts) -> bool | None:
        status = facts.get(field)
        return None if status is None else not status

    def within(facts: Facts) -> bool | None:
        given = facts.get(field)
        return None if given is None else given in limit

    if leaf.test in ("absent", "in"):
        return absent if leaf.test == "absent" else within
    compare = _COMPARE[leaf.test]

    def compared(facts: Facts) -> bool | None:
        given = facts.get(field)
        return None if given is None else compare(given, limit)

    return compared


def _conjunction(parts: tuple[Node, ...], _least: int) -> Node:
    values = tuple(part.value for part in parts)
    firing = tuple(part.fires for part in parts)

    def value(facts: Facts) -> bool | None:
        result: bool | None = True
        for part in values:
            found = part(facts)
            if found is False:
                return False
            if found is None:
                result = None
        return result

    def fires(facts: Facts) -> bool:
        for part in firing:  # noqa: SIM110 - twice as fast as all()
            if not part(facts):
                return False
        return True

    return Node("all", value, fires, parts)


def _disjunction(parts: tuple[Node, ...], _least: int) -> Node:
    values = tuple(part.value for part in parts)
    firing = tuple(part.fires for part in parts)

    def value(facts: Facts) -> bool | None:
        result: bool | None = False
        for part in values:
            found = part(facts)
            if found is True:
                return True
            if found is None:
                result = None
        return result

    def fires(facts: Facts) -> bool:
        for part in firing:  # noqa: SIM110 - twice as fast as any()
            if part(facts):
                return True
        return False

    return Node("any", value, fires, parts)


def _negation(parts: tuple[Node, ...], _least: int) -> Node:
    inner = parts[0].value

    def value(facts: Facts) -> bool | None:
        found = inner(facts)
        return None if found is None else not found

    return Node("not", value, lambda facts: inner(facts) is not True, parts)


def _count(parts: tuple[Node, ...], least: int) -> Node:
    values = tuple(part.value for part in parts)
    firing = tuple(part.fires for part in parts)

    def value(facts: Facts) -> bool | None:
        found = [part(facts) for part in values]
        if found.count(True) >= least:
            return True
        return False if len(found) - found.count(False) < least else None

    def fires(facts: Facts) -> bool:
        return sum(part(facts) for part in firing) >= least

    return Node("count_ge", value, fires, parts, least=least)


_COMBINE = {"all": _conjunction, "any": _disjunction, "count_ge": _count}
