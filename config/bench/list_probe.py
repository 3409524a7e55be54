"""Measures the worklists of the database that the environment names, and prints JSON.

Run by :mod:`config.bench.lists`, as a process of its own: settings are read once.
"""

import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from statistics import median
from time import perf_counter
from typing import Any

import django
from django.db import connection
from django.db.models import QuerySet

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
os.environ.setdefault("DATABASE_ROLE", "app")
django.setup()

from referrals.api.views import seen  # noqa: E402 - after the settings
from referrals.models import Practice, Referral  # noqa: E402
from referrals.models.practice import Specialty  # noqa: E402
from referrals.walls import Actor, acting_as  # noqa: E402
from referrals.worklists import TITLES  # noqa: E402

# The first ones are as busy in a small network as in a large one.
PRACTICES, TIMES, PAGE = 10, 15, 25
COUNTS = "the numbers of all lists"


@dataclass
class _Asked:
    """What one question has asked of PostgreSQL, and how long it took, in milliseconds."""

    statements: list[tuple[str, Any]] = field(default_factory=list)
    took: float = 0.0

    def __call__(self, execute: Callable[..., Any], sql: str, params: Any, *more: Any) -> Any:
        begun = perf_counter()
        try:
            return execute(sql, params, *more)
        finally:
            self.took += (perf_counter() - begun) * 1000
            self.statements.append((sql, params))


def main() -> None:
    """Print for each list: queries, milliseconds of SQL, and the indexes of the plan."""
    practices = Practice.objects.exclude(specialty=Specialty.COORDINATION).order_by("pk")
    actors = [
        Actor(kind="practice", name="bench", practice_id=practice.pk)
        for practice in practices[:PRACTICES]
    ]
    print(json.dumps({name: _measured(name, actors) for name in (*TITLES, COUNTS)}))


def _measured(name: str, actors: list[Actor]) -> dict[str, Any]:
    times, queries, plans = [], 0, set[str]()
    for actor in actors:
        with acting_as(actor):
            rounds = [_ask(name, actor) for _ in range(TIMES)]
            plans |= set(_indexes(*rounds[0].statements[0]))
        times.append(median(one.took for one in rounds))
        queries = max(queries, len(rounds[0].statements))
    return {"queries": queries, "ms": sum(times) / len(times), "plan": sorted(plans)}


def _ask(name: str, actor: Actor) -> _Asked:
    asked = _Asked()
    with connection.execute_wrapper(asked):
        if name == COUNTS:
            Referral.objects.count_worklists(actor)
        else:
            list(_first_page(name, actor))
    return asked


def _first_page(name: str, actor: Actor) -> QuerySet[Referral]:
    return seen(actor).on_worklist(name, actor).most_urgent_first()[: PAGE + 1]


def _indexes(sql: str, params: Any) -> Iterator[str]:
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (FORMAT JSON) {sql}", params)
        (found,) = cursor.fetchone()
    plan = found if isinstance(found, list) else json.loads(found)
    yield from _named(plan[0]["Plan"])


def _named(node: dict[str, Any]) -> Iterator[str]:
    if node["Node Type"] == "Seq Scan":
        yield f"Seq Scan on {node['Relation Name']}"
    # The policies of the database look up single rows; what finds the rows is outside of them.
    elif "Index Name" in node and not node.get("Subplan Name", "").startswith("SubPlan"):
        yield node["Index Name"]
    for part in node.get("Plans", ()):
        if not part.get("Subplan Name", "").startswith("SubPlan"):
            yield from _named(part)


if __name__ == "__main__":
    main()
