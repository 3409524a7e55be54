"""Starts the processes of a house in order, keeps them running, and stops them.

One thread: the kernel ties a child's life to the thread that started it.
"""

import os
import select
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from time import monotonic

from config.servers import logs, postgres, state
from config.servers.child import Child, Plan
from config.servers.house import House
from config.servers.places import PROJECT
from config.servers.state import State

START_SECONDS = 180.0
STOP_SECONDS = 12.0
TICK_SECONDS = 0.5
PROBE_SECONDS = 0.05
FATAL_DEATHS = 3

Say = Callable[[str], None]


class StartFailed(RuntimeError):
    """A process did not come up."""


class Stopped(Exception):
    """Somebody asked us to stop while we were starting."""


class Supervisor:
    """The children of one house."""

    def __init__(self, house: House, say: Say) -> None:
        self._house = house
        self._say = say
        self._children: list[Child] = []
        self._stopping = False
        self._wakeup, self._waker = os.pipe()
        self._state = State(
            pid=os.getpid(),
            url=house.url,
            port=house.ports.web,
            sandbox=_sandbox_state(house),
            settings=house.settings,
        )

    def run(self) -> None:
        """Bring the house up and return when it has been asked to stop.

        :raises StartFailed: if a process does not come up.
        """
        self._listen()
        try:
            self._start_all()
            self._state.ready = True
            self._publish()
            self._say(f"Ready at {self._house.url}  (Ctrl-C or kill {os.getpid()} stops it)")
            while not self._stopping:
                self._tick()
        except Stopped:
            self._say("Asked to stop while starting.")
        finally:
            self._stop_all()

    def _start_all(self) -> None:
        self._publish()
        self._start_together(self._house.servers())
        if self._house.addresses.private_postgres:
            self._step("roles", self._provide)
        self._step("migrations", self._migrate)
        self._start_together(self._house.processes())

    def _start_together(self, plans: Sequence[Plan]) -> None:
        begun = monotonic()
        waiting = [Child(plan, self._house.places.logs / f"{plan.name}.log") for plan in plans]
        self._children += waiting
        for child in waiting:
            child.start()
        self._publish()
        while waiting:
            for child in [child for child in waiting if child.is_ready()]:
                waiting.remove(child)
                self._say(f"  {child.plan.name:<16}{monotonic() - begun:5.1f} s")
            self._check_start(waiting, begun)
            self._look_after(PROBE_SECONDS)

    def _check_start(self, waiting: Sequence[Child], begun: float) -> None:
        late = monotonic() - begun > START_SECONDS
        for child in waiting:
            if late or child.deaths >= FATAL_DEATHS:
                raise StartFailed(logs.explain(child.plan.name, child.log))

    def _look_after(self, seconds: float) -> None:
        """Wait for a signal or the time, then bury the dead and start what is due."""
        select.select([self._wakeup], [], [], seconds)
        if select.select([self._wakeup], [], [], 0)[0]:
            os.read(self._wakeup, 512)
        changed = False
        for child in self._children:
            code = child.reap()
            if code is not None:
                self._say(f"  {child.plan.name} ended ({_in_words(code)}); starting it again")
            if child.is_due() and not self._stopping:
                child.start()
                changed = True
        if changed:
            self._publish()
        if self._stopping and not self._state.ready:
            raise Stopped

    def _tick(self) -> None:
        self._look_after(TICK_SECONDS)
        for child in self._children:
            logs.keep_small(child.log)

    def _provide(self) -> None:
        postgres.provide(self._house.places, self._house.keys)

    def _migrate(self) -> None:
        # To ask is far quicker than to migrate nothing, and keeps Django out of this process.
        if self._run_migrate("--check", "--skip-checks"):
            return
        if not self._run_migrate("--noinput", "--verbosity=1"):
            raise StartFailed(logs.explain("migrate", self._house.places.logs / "migrate.log"))

    def _run_migrate(self, *options: str) -> bool:
        with (self._house.places.logs / "migrate.log").open("wb") as file:
            done = subprocess.run(
                [sys.executable, "manage.py", "migrate", *options],
                cwd=PROJECT,
                env=self._house.of_child("migrate", "owner"),
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=file,
                check=False,
            )
        return done.returncode == 0

    def _step(self, name: str, act: Callable[[], None]) -> None:
        begun = monotonic()
        act()
        self._say(f"  {name:<16}{monotonic() - begun:5.1f} s")

    def _stop_all(self) -> None:
        """Those that use the servers first, each group at once, then the servers."""
        self._stopping = True
        servers = {"postgres", "valkey"}
        for group in (
            [child for child in self._children if child.plan.name not in servers],
            [child for child in self._children if child.plan.name in servers],
        ):
            for child in group:
                child.ask_to_stop()
            until = monotonic() + STOP_SECONDS
            for child in group:
                child.wait_stopped(until)
        self._house.places.state.unlink(missing_ok=True)

    def _publish(self) -> None:
        self._state.children = {child.plan.name: child.pid for child in self._children}
        state.write(self._house.places.state, self._state)

    def _listen(self) -> None:
        """Signals wake the loop through a pipe, so that none is missed between two looks."""
        os.set_blocking(self._waker, False)
        signal.set_wakeup_fd(self._waker, warn_on_full_buffer=False)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, self._ask_to_stop)
        signal.signal(signal.SIGCHLD, lambda number, frame: None)

    def _ask_to_stop(self, number: int, frame: object) -> None:
        if self._stopping:
            # Asked twice: the children are tied to us and go when we go.
            os._exit(130)
        self._stopping = True


def _sandbox_state(house: House) -> dict[str, str]:
    if not house.ports.outside:
        return {}
    return {"url": house.sandbox_url, "smtp": f"127.0.0.1:{house.ports.smtp}"}


def _in_words(code: int) -> str:
    return f"exit {code}" if code >= 0 else signal.Signals(-code).name
