"""`manage.py sandbox`: mail, SMS and voice on this machine that only record."""

import signal
import threading
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from config.sandbox.server import Sandbox
from config.sandbox.sms import Account


class Command(BaseCommand):
    """Runs the sandbox until SIGTERM or Ctrl-C."""

    help = "Runs the outside world for demo and tests: mail, SMS and calls are kept, never sent."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the options."""
        parser.add_argument(
            "--http", type=int, default=9000, help="port of the SMS and voice provider"
        )
        parser.add_argument("--smtp", type=int, default=9025, help="port of the mail server")
        parser.add_argument("--file", type=Path, help="where to keep messages, as JSON lines")

    def handle(self, *args: Any, **options: Any) -> None:
        """Take messages until somebody stops the process."""
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda number, frame: stop.set())
        account = Account(
            settings.SMS_ACCOUNT_SID or "ACsandbox", settings.SMS_AUTH_TOKEN or "sandbox-token"
        )
        with Sandbox(
            http_port=options["http"],
            smtp_port=options["smtp"],
            path=options["file"],
            account=account,
            inbound=f"{settings.PUBLIC_URL}/provider/sms",
        ) as sandbox:
            self.stdout.write(f"Sandbox at {sandbox.url}, mail at {sandbox.smtp_url}")
            stop.wait()
