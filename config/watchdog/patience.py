"""Does in a thread what may never come back: whoever waits for it has an end."""

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Errand(Generic[T]):
    """One act in a thread of its own, begun at once. It is left behind if it takes too long."""

    def __init__(self, act: Callable[[], T]) -> None:
        """Begin it."""
        self._act = act
        self._done: list[T] = []
        self._failed: list[BaseException] = []
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    @property
    def is_over(self) -> bool:
        """Whether it came back."""
        return not self._thread.is_alive()

    def wait(self, seconds: float) -> T:
        """Return what came of it, or raise what it raised.

        :raises TimeoutError: if it takes longer than so many seconds from now.
        """
        self._thread.join(max(0.0, seconds))
        if self._failed:
            raise self._failed[0]
        if not self._done:
            raise TimeoutError
        return self._done[0]

    def _run(self) -> None:
        try:
            self._done.append(self._act())
        except BaseException as error:  # It is raised where somebody waits for it.
            self._failed.append(error)


def within(seconds: float, act: Callable[[], T]) -> T:
    """Do it in a thread that is left behind if it takes too long.

    :raises TimeoutError: if it does.
    """
    return Errand(act).wait(seconds)
