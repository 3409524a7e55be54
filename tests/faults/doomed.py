"""Has workers killed or frozen at a chosen line of their work: real processes, real signals."""

import json
import os
import signal
import subprocess
import sys
from types import TracebackType
from typing import Any

from django.conf import settings
from django.db import connection

from config.sandbox.server import Sandbox
from config.servers import places


class Doomed:
    """A context: where such workers come from, for the database of this test and its outside."""

    def __init__(self, outside: Sandbox) -> None:
        self._environ = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "SMTP_URL": outside.smtp_url,
            "SMS_PROVIDER_URL": outside.url,
            "SMS_ACCOUNT_SID": outside.account.sid,
            "SMS_AUTH_TOKEN": outside.account.token,
            "SMS_FROM": settings.SMS_FROM,
        }

    def __enter__(self) -> "Doomed":
        """Start the process that forks them."""
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.worker", connection.settings_dict["NAME"]],
            cwd=places.PROJECT,
            env=self._environ,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Let it end."""
        self._process.communicate(timeout=20)

    def die(self, point: str, *given: Any) -> None:
        """Have a worker do its work up to that point, and be killed there by ``kill -9``."""
        assert self._ask(point, signal.SIGKILL, *given) == -signal.SIGKILL, point

    def freeze(self, point: str) -> int:
        """Have a worker freeze at that point; return its process id."""
        return self._ask(point, signal.SIGSTOP)

    def thaw(self, worker: int) -> int:
        """Let a frozen worker go on, and return its exit code once it has ended."""
        return self._ask("thaw", worker)

    def _ask(self, *words: Any) -> int:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(f"{json.dumps(words)}\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())
