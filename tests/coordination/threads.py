"""Real threads against the real database: each with its own connection, in a database role."""

import threading
from collections.abc import Callable
from typing import Any

from django.db import connection

from tests.cast import role


def at_once(*works: Callable[[], Any], role_name: str = "engine") -> list[Any]:
    """Run all works at the same moment, and return what each returned or raised."""
    gate = threading.Barrier(len(works))
    results: list[Any] = [None] * len(works)

    def run(place: int, work: Callable[[], Any]) -> None:
        try:
            with role(role_name):
                gate.wait(20)
                results[place] = work()
        except Exception as error:
            results[place] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(place, work)) for place, work in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not any(thread.is_alive() for thread in threads), "a thread never ended"
    return results
