"""Says in plain words which findings made a rule fire; it decides nothing."""

from collections.abc import Iterator, Mapping
from typing import Any

from referrals.clinical.conditions import Facts, Leaf, Node
from referrals.clinical.fields import Field

_SIGNS = {"ge": "at least", "gt": "above", "le": "at most", "lt": "below"}


def reason(when: Node, facts: Facts, fields: Mapping[str, Field]) -> str:
    """Return the findings that made `when` fire: "bladder scan 800 mL (limit 200)".

    Onset, course and the like that nobody knows, and that would have mattered, follow as not known.
    """
    found = dict.fromkeys(_said(leaf, facts, fields) for leaf in _firing(when, facts))
    words = "; ".join(found)
    missing = (fields[name] for name in _unknown(when, facts))
    unknown = dict.fromkeys(f.title for f in missing if not (f.explains_away or f.derived))
    return f"{words}; not known: {', '.join(unknown)}" if unknown else words


def _firing(node: Node, facts: Facts) -> Iterator[Leaf]:
    if node.leaf is not None:
        yield node.leaf
    elif node.kind != "not":
        for part in node.parts:
            if part.fires(facts):
                yield from _firing(part, facts)


def _unknown(node: Node, facts: Facts) -> Iterator[str]:
    if node.kind == "not":
        if node.value(facts) is None:
            for leaf in node.leaves(inside_not=True):
                if facts.get(leaf.field) is None:
                    yield leaf.field
        return
    for part in node.parts:
        if part.fires(facts):
            yield from _unknown(part, facts)


def _said(leaf: Leaf, facts: Facts, fields: Mapping[str, Field]) -> str:
    field = fields[leaf.field]
    if not field.numeric:
        return field.title if field.kind == "finding" else f"{field.title}: {facts[leaf.field]}"
    unit = f" {field.unit}" if field.measured else ""
    limit = "" if leaf.test == "eq" else f" (limit {leaf.limit:g})"
    return f"{field.title} {figure(facts[leaf.field])}{unit}{limit}"


def figure(value: float) -> str:
    """Return a number as people write it: no trailing zeros, no exponent for everyday sizes."""
    return f"{value:.10g}"


def in_words(node: Node, fields: Mapping[str, Field]) -> str:
    """Return a condition as a sentence for the reference page."""
    if node.leaf is not None:
        return _leaf_in_words(node.leaf, fields)
    parts = [in_words(part, fields) for part in node.parts]
    if node.kind == "not":
        return f"NOT {_bracketed(parts[0])}"
    if node.kind == "count_ge":
        return f"at least {node.least} of ({'; '.join(parts)})"
    joined = " AND " if node.kind == "all" else " OR "
    return joined.join(_bracketed(part) for part in parts) if len(parts) > 1 else parts[0]


def _bracketed(words: str) -> str:
    return f"({words})" if " AND " in words or " OR " in words else words


def _leaf_in_words(leaf: Leaf, fields: Mapping[str, Field]) -> str:
    title = fields[leaf.field].title
    limit: Any = leaf.limit
    if limit is None:
        return title if leaf.test == "present" else f"{title} answered absent"
    if leaf.test == "in":
        return f"{title} one of {', '.join(sorted(limit))}"
    shown = limit if isinstance(limit, str) else figure(limit)
    return f"{title} {_SIGNS.get(leaf.test, 'is')} {shown}"
