"""The doorbell: wakes the workers after a commit, off the caller's thread and at most so often.

A bell that fails is only counted. Nothing depends on it: the dispatcher polls.
"""

import threading
from collections.abc import Callable
from time import monotonic

COALESCE_SECONDS = 0.02
REST_SECONDS = 5.0

Strike = Callable[[bool], None]


class Bell:
    """One bell for one process. `pull` returns at once; a thread of its own strikes."""

    def __init__(self, strike: Strike) -> None:
        self._strike = strike
        self._changed = threading.Condition()
        self._pulled: set[bool] = set()
        self._thread: threading.Thread | None = None
        self._resting_until = 0.0
        self.failures = 0

    def pull(self, urgent: bool) -> None:
        """Have the bell struck soon, once for all pulls of these moments."""
        with self._changed:
            self._pulled.add(urgent)
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._serve, name="bell", daemon=True)
                self._thread.start()
            self._changed.notify()

    def _serve(self) -> None:
        pause = threading.Event()
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._pulled)
                pulled, self._pulled = self._pulled, set()
            # A pull while the bell rests is dropped: the next poll finds its row.
            if monotonic() >= self._resting_until:
                self._strike_all(pulled)
            pause.wait(COALESCE_SECONDS)

    def _strike_all(self, pulled: set[bool]) -> None:
        try:
            for urgent in sorted(pulled, reverse=True):
                self._strike(urgent)
        # Whatever the broker's client raises, the commit that pulled the bell stands.
        except Exception:
            self.failures += 1
            self._resting_until = monotonic() + REST_SECONDS
