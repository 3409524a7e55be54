"""One turn of the engine: relay events, fire rungs, send messages, seal. Who turns it is equal.

The Celery worker turns it on a bell, ``manage.py dispatch`` by polling; both together do the same
work once.
"""

import logging
from collections.abc import Callable

from django.db import Error

from coordination import services
from coordination.relay import relay, wave_through
from referrals.seal import seal

log = logging.getLogger(__name__)

STEPS: tuple[Callable[[], int], ...] = (relay, services.climb, services.drain)
TURNS_BETWEEN_BOOKS = 20


def turn() -> int:
    """Do each kind of work once; return how much was done."""
    return sum(_take(step) for step in STEPS)


def _take(step: Callable[[], int]) -> int:
    # What is wrong with one kind of work must not stop the others. A database that is gone must.
    try:
        return step()
    except Error:
        raise
    except Exception:
        log.exception("a step of the engine failed")
        return 0


def work_until_idle() -> int:
    """Turn until nothing is due, keeping the books meanwhile; return how much was done."""
    done = turns = 0
    while did := turn():
        done, turns = done + did, turns + 1
        if turns % TURNS_BETWEEN_BOOKS == 0:
            _keep_the_books()
    _keep_the_books()
    return done


def _keep_the_books() -> None:
    # Never before urgent work, and never left undone for long by a lot of it.
    for step in (wave_through, seal):
        try:
            while step():
                pass
        except Exception:
            log.exception("the books could not be kept")
