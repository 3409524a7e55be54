"""A second, naive reading of the condition language, straight from meta.semantics."""

from typing import Any

from tests.referrals.clinical.vectors import RAW

OPS = {
    "ge": lambda a, b: a >= b,
    "gt": lambda a, b: a > b,
    "le": lambda a, b: a <= b,
    "lt": lambda a, b: a < b,
    "eq": lambda a, b: a == b,
    "in": lambda a, b: a in b,
}
IGNORED = set(RAW["meta"]["semantics"]["ceiling_ignores"])
RANK = {name: tier["rank"] for name, tier in RAW["tiers"].items()}


def leaf_value(leaf: dict[str, Any], facts: dict[str, Any]) -> str:
    given = facts.get(leaf["f"])
    if given is None:
        return "unknown"
    wanted = (
        given == (leaf["is"] == "present") if "is" in leaf else OPS[leaf["op"]](given, leaf["v"])
    )
    return "true" if wanted else "false"


def value(node: dict[str, Any], facts: dict[str, Any]) -> str:
    if "f" in node:
        return leaf_value(node, facts)
    if "not" in node:
        return {"true": "false", "false": "true", "unknown": "unknown"}[value(node["not"], facts)]
    if "count_ge" in node:
        values = [value(part, facts) for part in node["count_ge"]["of"]]
        sure, open_ = values.count("true"), values.count("unknown")
        least = node["count_ge"]["n"]
        return "true" if sure >= least else ("unknown" if sure + open_ >= least else "false")
    kind, decisive = ("all", "false") if "all" in node else ("any", "true")
    values = [value(part, facts) for part in node[kind]]
    if decisive in values:
        return decisive
    return "unknown" if "unknown" in values else ("true" if kind == "all" else "false")


def fires(node: dict[str, Any], facts: dict[str, Any]) -> bool:
    if "not" in node:
        return value(node["not"], facts) != "true"
    if "all" in node:
        return all(fires(part, facts) for part in node["all"])
    if "any" in node:
        return any(fires(part, facts) for part in node["any"])
    if "count_ge" in node:
        firing = [part for part in node["count_ge"]["of"] if fires(part, facts)]
        return len(firing) >= node["count_ge"]["n"]
    return value(node, facts) == "true"


def positive_leaves(node: dict[str, Any]) -> list[dict[str, Any]]:
    if "f" in node:
        return [] if node.get("is") == "absent" else [node]
    if "not" in node:
        return []
    parts = node.get("all") or node.get("any") or node["count_ge"]["of"]
    return [leaf for part in parts for leaf in positive_leaves(part)]


def counts_for_ceiling(rule: dict[str, Any], facts: dict[str, Any]) -> bool:
    if fires(rule["when"], facts):
        return True
    return value(rule["when"], facts) == "unknown" and any(
        value(leaf, facts) == "true"
        for leaf in positive_leaves(rule["when"])
        if leaf["f"] not in IGNORED
    )


def verdict(facts: dict[str, Any]) -> tuple[set[str], int, int]:
    """Fired ids, floor rank, ceiling rank."""
    fired = {rule["id"] for rule in RAW["rules"] if fires(rule["when"], facts)}
    floor = max([1, *(RANK[r["tier"]] for r in RAW["rules"] if r["id"] in fired)])
    counting = [r for r in RAW["rules"] if counts_for_ceiling(r, facts)]
    return fired, floor, max([floor, *(RANK[r["tier"]] for r in counting)])
