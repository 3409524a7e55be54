"""Where an assessment is sent and what the sender is told first; it pages nobody."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from referrals.clinical import document
from referrals.clinical.tier import Tier


@dataclass(frozen=True, slots=True)
class Routes:
    """The routes and their texts.

    `default` needs spine surgeon and pain physician, `emergency_number` leaves the surgeon out,
    `both` is the two together; every other route leaves the surgeon for later.
    """

    default: str
    both: str
    emergency_number: str
    texts: Mapping[str, Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class Raised:
    """What a fired rule says about where to go: its tier, route (None = default), clock, action."""

    tier: Tier
    route: str | None
    within: str | None
    action: str


def read_routes(raw: object) -> Routes:
    """Read the `routes` section.

    :raises RuleSetError: if it is malformed or a named route has no texts.
    """
    entry = document.mapping(raw, "routes", ("default", "both", "emergency_number", "texts"))
    texts = {
        name: _texts(name, value)
        for name, value in document.open_mapping(entry["texts"], "routes.texts").items()
    }
    default, both, emergency = (
        document.one_of(entry[key], f"routes.{key}", texts)
        for key in ("default", "both", "emergency_number")
    )
    return Routes(default, both, emergency, texts)


def _texts(name: str, raw: object) -> dict[str, str]:
    place = f"routes.texts.{name}"
    entry = document.mapping(raw, place, ("emergency", "same_day_now"))
    return {key: document.text(value, f"{place}.{key}") for key, value in entry.items()}


def choose(raised: Iterable[Raised], routes: Routes) -> str:
    """Return the safest route for everything that fired at SAME_DAY or above.

    A rule that needs the surgeon always keeps the surgeon in; 911 is never dropped; the pain
    physician alone comes first only where every urgent rule says so.
    """
    urgent = [rule.route for rule in raised if rule.tier >= Tier.SAME_DAY]
    surgeon = None in urgent or not urgent
    if routes.emergency_number in urgent:
        return routes.both if surgeon else routes.emergency_number
    return routes.default if surgeon else str(urgent[0])


def together(first: str, second: str, routes: Routes) -> str:
    """Return the route that leaves out nobody whom one of the two includes."""
    given = {first, second}
    surgeon = bool(given & {routes.default, routes.both})
    if given & {routes.emergency_number, routes.both}:
        return routes.both if surgeon else routes.emergency_number
    return routes.default if surgeon else second


def within(raised: Iterable[Raised], tier: Tier) -> str | None:
    """Return "now" or "24h" at SAME_DAY (now, if any SAME_DAY rule says so), else None."""
    if tier is not Tier.SAME_DAY:
        return None
    clocks = {rule.within for rule in raised if rule.tier is Tier.SAME_DAY}
    return "now" if "now" in clocks else "24h"


def instruction(
    raised: Iterable[Raised], tier: Tier, route: str, clock: str | None, routes: Routes
) -> str | None:
    """Return the first thing the sender is told at EMERGENCY, or at SAME_DAY now; else None."""
    if tier is Tier.EMERGENCY:
        text = routes.texts[route]["emergency"]
        called = [r.action for r in raised if r.route == routes.emergency_number]
        return " ".join((text, *(f"For 911: {action}." for action in dict.fromkeys(called))))
    return routes.texts[route]["same_day_now"] if clock == "now" else None
