"""One turn of the engine: relay events, fire rungs, send messages, seal. Who turns it is equal.

The Celery worker turns it on a bell, ``manage.py dispatch`` by polling; both together do the same
work once.
"""

from collections.abc import Callable

from coordination import services
from coordination.relay import relay
from referrals.seal import seal

STEPS: tuple[Callable[[], int], ...] = (relay, services.climb, services.drain)


def turn() -> int:
    """Do each kind of work once; return how much was done."""
    return sum(step() for step in STEPS)


def work_until_idle() -> int:
    """Turn until nothing is due, then seal what happened; return how much was done."""
    done = 0
    while did := turn():
        done += did
    while seal():
        pass
    return done
