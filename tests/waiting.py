"""Waits for a condition up to a deadline, so that no test sleeps a guessed time."""

import threading
from collections.abc import Callable
from time import monotonic
from typing import TypeVar

T = TypeVar("T")
_PAUSE = threading.Event()


def until(question: Callable[[], T], *, seconds: float = 60.0, what: str = "") -> T:
    """Return the first truthy answer.

    :raises AssertionError: if there is none in time.
    """
    deadline = monotonic() + seconds
    while not (answer := question()):
        assert monotonic() < deadline, f"not within {seconds} s: {what or question}"
        _PAUSE.wait(0.05)
    return answer
