"""Runs the house for the demo, as a user would, and starts it again if somebody kills it."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from threading import Event, current_thread, main_thread
from time import monotonic
from types import TracebackType
from typing import IO

from config.servers import lifeline, places, state

START_SECONDS = 180.0
STOP_SECONDS = 40.0
LOOK_AGAIN = 0.1


class HouseFailed(RuntimeError):
    """The house did not come up; its own words stand above."""


class House:
    """A context: within it ``manage.py up --sandbox`` runs, with these environment variables."""

    def __init__(self, say: Callable[[str], None], output: IO[str] | int, **settings: str) -> None:
        self._places = places.of(os.environ)
        self._say, self._output, self._settings = say, output, settings
        self._process: subprocess.Popen[bytes] | None = None
        self._pause = Event()

    def __enter__(self) -> "House":
        self._start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._process and self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
            self._process.wait(STOP_SECONDS)

    @property
    def url(self) -> str:
        """Return where the web server is, at this moment."""
        return self._state().url

    @property
    def sandbox_url(self) -> str:
        """Return where the world outside is."""
        return self._state().sandbox["url"]

    @property
    def log_folder(self) -> Path:
        """Return where the processes write."""
        return self._places.logs

    def revive(self) -> None:
        """Start the house again if its supervisor is dead; return at once if it lives."""
        # The kernel ends a child together with the thread that started it, not only the process.
        if current_thread() is not main_thread():
            return
        if self._process and self._process.poll() is not None:
            self._say("The supervisor was killed: starting it again.")
            self._start()

    def serve_until_stopped(self) -> None:
        """Wait until the house ends or somebody presses Ctrl-C."""
        while True:
            self.revive()
            self._pause.wait(1.0)

    def _start(self) -> None:
        command = [sys.executable, str(places.PROJECT / "manage.py"), "up", "--sandbox"]
        self._process = subprocess.Popen(
            command,
            stdout=self._output,
            cwd=places.PROJECT,
            env={**os.environ, **self._settings},
            start_new_session=True,
            # However the demo ends, no house is left behind.
            preexec_fn=partial(lifeline.die_with_parent, os.getpid(), signal.SIGTERM),  # noqa: PLW1509
        )
        deadline = monotonic() + START_SECONDS
        while not self._is_ready():
            if self._process.poll() is not None:
                raise HouseFailed("The house did not start; see the lines above.")
            if monotonic() > deadline:
                raise HouseFailed(f"The house was not ready in {START_SECONDS:.0f} s.")
            self._pause.wait(LOOK_AGAIN)

    def _is_ready(self) -> bool:
        now = self._state()
        return now.ready and self._process is not None and now.pid == self._process.pid

    def _state(self) -> state.State:
        return state.read(self._places.state)
