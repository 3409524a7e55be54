"""Units a measurement may arrive in, and the way into the unit of its field; judges no value."""

_SAME = (1.0, 0.0)

# unit of the field -> spelling (lower case) -> (factor, offset)
_WAYS: dict[str, dict[str, tuple[float, float]]] = {
    "mL": {"ml": _SAME, "cc": _SAME, "cm3": _SAME, "dl": (100.0, 0.0), "l": (1000.0, 0.0)},
    "Cel": {
        **dict.fromkeys(("cel", "c", "°c", "degc"), _SAME),
        **dict.fromkeys(("f", "°f", "degf", "[degf]"), (5 / 9, -160 / 9)),
    },
    "mm/h": dict.fromkeys(("mm/h", "mm/hr"), _SAME),
    "mg/L": {**dict.fromkeys(("mg/l", "ug/ml", "µg/ml"), _SAME), "mg/dl": (10.0, 0.0)},
    "10*9/L": {
        **dict.fromkeys(
            ("10*9/l", "10^9/l", "10e9/l", "10*3/ul", "10^3/ul", "k/ul", "10*3/µl"), _SAME
        ),
        **dict.fromkeys(("/ul", "/µl", "/mm3", "cells/ul"), (0.001, 0.0)),
    },
    "%": {"%": _SAME},
    "mm": {"mm": _SAME, "cm": (10.0, 0.0)},
    "cm": {"cm": _SAME, "mm": (0.1, 0.0)},
    "deg": dict.fromkeys(("deg", "°", "degree", "degrees"), _SAME),
    "mL/min": dict.fromkeys(("ml/min", "ml/min/1.73m2", "ml/min/{1.73_m2}"), _SAME),
    "mg/d": dict.fromkeys(("mg/d", "mg/day"), _SAME),
}

MEASURED = frozenset(_WAYS)
ELAPSED = frozenset({"d", "h", "wk", "a"})


def spellings(unit: str) -> tuple[str, ...]:
    """Return the accepted spellings (lower case) for a field kept in `unit`."""
    return tuple(_WAYS[unit])


def convert(value: float, given: str, wanted: str) -> float | None:
    """Return `value` in `wanted`, or None where `given` is not a unit of that quantity.

    Rounded to six decimals, so that 100.4 F is 38.0 C and not a hair below the limit.
    """
    way = _WAYS[wanted].get(given.strip().lower())
    if way is None:
        return None
    return value if way == _SAME else round(value * way[0] + way[1], 6)
