"""Who is acting, and the wall PostgreSQL builds around them.

Row-level security reads ``tandem.practice``. It is set here alone, for one transaction only, so a
pooled connection can never carry one practice's sight into the next request.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.db import connection, transaction


@dataclass(frozen=True)
class Actor:
    """Who does something: a practice's system, a named person of a practice, or the engine itself.

    ``name`` is shown on the timeline. ``entered_by`` is the key of a system that acts on behalf of
    that person; empty where people act for themselves. ``practice_id`` is ``None`` for the engine
    alone.
    """

    kind: str
    name: str
    practice_id: int | None = None
    practitioner_id: int | None = None
    request_id: str = ""
    entered_by: str = ""

    @property
    def own_practice_id(self) -> int:
        """Return the practice acted for.

        :raises TypeError: if it is the engine, which belongs to none.
        """
        if self.practice_id is None:
            raise TypeError(f"{self.name} acts for no practice.")
        return self.practice_id


ENGINE = Actor(kind="engine", name="Tandem")


@contextmanager
def acting_as(actor: Actor) -> Iterator[None]:
    """Open a transaction in which only the rows of the actor's practice exist."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            practice = "" if actor.practice_id is None else str(actor.practice_id)
            cursor.execute("SELECT set_config('tandem.practice', %s, true)", [practice])
        yield
