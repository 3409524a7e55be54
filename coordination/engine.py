"""One turn of the engine: relay events, fire rungs, send messages, seal. Who turns it is equal.

The Celery worker turns it on a bell, ``manage.py dispatch`` by polling; both together do the same
work once.
"""

import logging
from collections.abc import Callable
from functools import cache
from time import monotonic
from typing import Any

from django.db import Error, connection

from coordination import services
from coordination.duties import ALL, Duty
from coordination.models import Delivery, Obligation, StaffMessage
from coordination.relay import relay, waiting, wave_through
from referrals.clock import NOW
from referrals.seal import seal

log = logging.getLogger(__name__)

Step = Callable[[Duty], int]

# So many cases are rung for each batch of messages: when thousands are due at once, a rung does not
# wait for all the messages of those before it.
CASES_AT_ONCE = 3


def ring(duty: Duty = ALL) -> int:
    """Fire the rungs that are due of up to three cases; return how many rungs."""
    fired = 0
    for _ in range(CASES_AT_ONCE):
        did = services.climb(duty)
        if not did:
            break
        fired += did
    return fired


# In the order of urgency. What is new goes before older cases: the first message to each side that
# is written already, then whoever has to be asked next.
NEW: tuple[Step, ...] = (services.tell_first, relay)
OLDER: tuple[Step, ...] = (ring, services.drain)
# What belongs to no referral goes last of all.
LAST: tuple[Step, ...] = (services.tell_staff,)
# So many turns at most do the older cases wait, however much is new.
PATIENCE = 6
TURNS_BETWEEN_BOOKS = 20
# What has weeks of time, or is over, is looked at once a minute, or while there is more of it.
CHORES: tuple[Callable[[], int], ...] = (
    services.keep_rotations,
    services.write_tests,
    services.pass_on_unanswered,
    services.move_to_history,
)
CHORES_EVERY = 60.0


def turn(duty: Duty = ALL, *, hurry: bool = False) -> int:
    """Do each kind of work that is due once; return how much was done.

    :param hurry: do only the most urgent kind, if there is something new.
    """
    due = [step for step, is_due in zip(NEW + OLDER + LAST, _look(duty), strict=True) if is_due]
    done = 0
    for step in due:
        # Steps that found their work taken by another worker do not count.
        if done and hurry and due[0] in NEW:
            break
        done += _take(step, duty)
    return done


def work_until_idle(duty: Duty = ALL, *, books_every: float = 0.0) -> int:
    """Turn until nothing is due, keeping the books meanwhile; return how much was done.

    :param books_every: at most so often, in seconds, are they kept at the end as well.
    """
    loop = duty.loop
    if duty.urgent_after and any(_look(duty.late())):
        # Whoever steps in for others does what follows as well: the next bell may be far.
        duty = ALL
    done = turns = 0
    while did := turn(duty, hurry=(turns + 1) % PATIENCE != 0):
        _pulse.beat(loop, worked=True)
        done, turns = done + did, turns + 1
        if turns % TURNS_BETWEEN_BOOKS == 0:
            _books.keep()
    if monotonic() >= _books.kept_at + books_every:
        _books.keep()
        _books.do_chores()
    _pulse.beat(loop, worked=bool(done))
    return done


class _Pulse:
    """Shows that this process works: only turns that went right get here."""

    EVERY = 3.0

    def __init__(self) -> None:
        self._at = -self.EVERY
        self._worked = False

    def beat(self, loop: str, *, worked: bool) -> None:
        self._worked = self._worked or worked
        if loop and monotonic() >= self._at + self.EVERY:
            services.beat(loop, worked=self._worked)
            self._at, self._worked = monotonic(), False


_pulse = _Pulse()


class _Books:
    """Marks what leads to nothing and seals; never before urgent work, and never long undone.

    Its chores are what has time, such as the rota of the next weeks, and what is over.
    """

    kept_at = 0.0
    chores_at = 0.0

    def keep(self) -> None:
        self.kept_at = monotonic()
        for step in (wave_through, seal):
            try:
                while step():
                    pass
            except Exception:
                log.exception("the books could not be kept")

    def do_chores(self) -> None:
        """Do one piece of each chore, when nothing else is due."""
        if monotonic() < self.chores_at:
            return
        self.chores_at = monotonic() + CHORES_EVERY
        for chore in CHORES:
            try:
                if chore():
                    self.chores_at = 0.0
            except Exception:
                log.exception("a chore could not be done")


_books = _Books()


def _take(step: Step, duty: Duty) -> int:
    # What is wrong with one kind of work must not stop the others. A database that is gone must.
    try:
        return step(duty)
    except Error:
        raise
    except Exception:
        log.exception("a step of the engine failed")
        return 0


def _look(duty: Duty) -> tuple[bool, ...]:
    # Several processes look all the time, mostly in vain: one question, no transaction.
    sql, parameters = _question(duty)
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        found: tuple[bool, ...] = cursor.fetchone()
    return found


@cache
def _question(duty: Duty) -> tuple[str, list[Any]]:
    # Made of the very querysets by which the steps find their work, in the order of the steps.
    work = (
        Delivery.objects.first_of_side(NOW, duty),
        waiting(NOW, duty),
        Obligation.objects.due(NOW, duty),
        Delivery.objects.claimable(NOW, duty),
        StaffMessage.objects.claimable(NOW, duty),
    )
    asked = [found.order_by().values("pk").query.sql_with_params() for found in work]
    exist = ", ".join(f"EXISTS ({sql})" for sql, _ in asked)
    return f"SELECT {exist}", [value for _, values in asked for value in values]
