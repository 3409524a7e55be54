"""A whole house in a folder of its own, run by the real `manage.py up`, for flows and faults."""

import os
import signal
import subprocess
import sys
from functools import partial
from pathlib import Path

from config.sandbox.client import SandboxClient
from config.servers import lifeline, places, state
from tests.servers import FOREIGN
from tests.waiting import until

START_SECONDS = 180.0
STOP_SECONDS = 30.0


class LiveHouse:
    """Starts on demand; knows its address, its processes and the world outside."""

    def __init__(self, var: Path, **extra: str) -> None:
        self.places = places.Places(var)
        self.env = {
            **{name: value for name, value in os.environ.items() if name not in FOREIGN},
            "VAR_DIR": str(var),
            **extra,
        }
        self.options: tuple[str, ...] = ("--sandbox",)
        # Words before the command, such as those that make it another account's.
        self.prefix: tuple[str, ...] = ()
        self.process: subprocess.Popen[str] | None = None

    @property
    def state(self) -> state.State:
        """What the house says of itself at this moment."""
        return state.read(self.places.state)

    @property
    def url(self) -> str:
        """The address of the web server."""
        return self.state.url

    @property
    def sandbox(self) -> SandboxClient:
        """The world outside."""
        return SandboxClient(self.state.sandbox["url"])

    def pid(self, name: str) -> int:
        """Return the present process id of a child, or of the supervisor as `up`."""
        return self.state.pid if name == "up" else self.state.children.get(name, 0)

    def kill(self, name: str, number: int = signal.SIGKILL) -> int:
        """Send a signal to a child, or to the supervisor as `up`, and return its process id."""
        pid = self.pid(name)
        assert pid, f"{name} is not running"
        os.kill(pid, number)
        return pid

    def wait_restarted(self, name: str, old: int, seconds: float = 30.0) -> int:
        """Return the process id of the child that took the old one's place."""
        return until(
            lambda: self.pid(name) if self.pid(name) not in {0, old} else 0,
            seconds=seconds,
            what=f"{name} {old} is restarted",
        )

    def start(self) -> None:
        """Start the house and return once it says that it is ready."""
        self.launch()
        until(self._is_ready, seconds=START_SECONDS, what=f"ready: {self.output()}")

    def launch(self) -> subprocess.Popen[str]:
        """Start the supervisor and return at once."""
        with self._console.open("a") as console:
            self.process = subprocess.Popen(
                [*self.prefix, sys.executable, "manage.py", "up", *self.options],
                cwd=places.PROJECT,
                env=self.env,
                stdin=subprocess.DEVNULL,
                stdout=console,
                stderr=console,
                text=True,
                # A killed test run takes its houses with it.
                preexec_fn=partial(  # noqa: PLW1509 - it calls one function of libc
                    lifeline.die_with_parent, os.getpid(), signal.SIGTERM
                ),
            )
        return self.process

    def stop(self) -> int:
        """Ask the supervisor to stop, wait for it, and return its exit code."""
        if self.process is None:
            return 0
        self.process.terminate()
        code = self.process.wait(STOP_SECONDS)
        self.process = None
        return code

    def restart(self) -> None:
        """Stop and start."""
        self.stop()
        self.start()

    def manage(self, *words: str, **extra: str) -> subprocess.CompletedProcess[str]:
        """Run a management command in the house, as a person would by hand."""
        return subprocess.run(
            [sys.executable, "manage.py", *words],
            cwd=places.PROJECT,
            env={**self.env, **extra},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def output(self) -> str:
        """Return what the supervisor has printed so far."""
        return self._console.read_text() if self._console.exists() else ""

    @property
    def _console(self) -> Path:
        self.places.root.mkdir(parents=True, exist_ok=True)
        return self.places.root / "console.log"

    def _is_ready(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, self.output()
        return self.state.ready and self.state.pid == self.process.pid
