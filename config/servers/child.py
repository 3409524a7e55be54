"""One supervised child: how it is started, tied to us, stopped, and when it may start again.

It knows nothing of what the child does.
"""

import os
import signal
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic

from config.servers import lifeline

# A child that has lived this long has earned a quick restart.
SETTLED_SECONDS = 10.0
DELAYS = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0)
# The mark by which a later supervisor knows what an earlier one left behind.
MARK = "TANDEM_CHILD_OF"


@dataclass(frozen=True)
class Plan:
    """What to start: its name, command line, variables, signals, and how to see it ready."""

    name: str
    command: Sequence[str]
    environ: Mapping[str, str]
    ready: Callable[[int], bool]
    stop_signal: int = signal.SIGTERM
    orphan_signal: int = signal.SIGKILL
    account: int | None = None


@dataclass
class Child:
    """A plan and the process that runs it at present."""

    plan: Plan
    log: Path
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    deaths: int = 0
    start_again_at: float = field(default=0.0)

    @property
    def pid(self) -> int:
        """Be the process's id, or 0."""
        return self.process.pid if self.process else 0

    def start(self) -> None:
        """Start the process in a session of its own, tied to this thread."""
        supervisor = os.getpid()
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.plan.command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=dict(self.plan.environ),
                start_new_session=True,
                user=self.plan.account,
                group=self.plan.account,
                preexec_fn=lambda: lifeline.die_with_parent(  # noqa: PLW1509 - no threads here
                    supervisor, self.plan.orphan_signal
                ),
            )
        self.started_at = monotonic()

    def is_ready(self) -> bool:
        """Say whether the process lives and does its work."""
        return self.process is not None and self.plan.ready(self.process.pid)

    def reap(self) -> int | None:
        """Return the exit code if the process has ended since the last call.

        What it left in its process group is killed, and the next start is put off.
        """
        if self.process is None or (code := self.process.poll()) is None:
            return None
        self._signal_group(signal.SIGKILL)
        self.process = None
        settled = monotonic() - self.started_at > SETTLED_SECONDS
        self.deaths = 1 if settled else self.deaths + 1
        self.start_again_at = monotonic() + DELAYS[min(self.deaths, len(DELAYS)) - 1]
        return code

    def is_due(self) -> bool:
        """Say whether a process is missing and may be started now."""
        return self.process is None and monotonic() >= self.start_again_at

    def ask_to_stop(self) -> None:
        """Send the signal that the plan names to the process itself."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(self.plan.stop_signal)

    def wait_stopped(self, until: float) -> None:
        """Wait for the end, and force it at the given monotonic time."""
        if self.process is None:
            return
        try:
            self.process.wait(max(0.0, until - monotonic()))
        except subprocess.TimeoutExpired:
            self._signal_group(signal.SIGKILL)
            self.process.wait()
        self._signal_group(signal.SIGKILL)
        self.process = None

    def _signal_group(self, number: int) -> None:
        if self.process is None:
            return
        try:
            os.killpg(self.process.pid, number)
        except (ProcessLookupError, PermissionError):
            return
