"""The entrance of Celery's workers: `python -m config.worker urgent|default`.

It starts them without Celery's command line, whose shell and colours cost each process a second
and ten megabytes. `celery -A config.worker worker` works too.
"""

import os
import sys

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
os.environ.setdefault("DATABASE_ROLE", "engine")
django.setup()

# It needs the settings. Nothing rings here: who works until nothing is due finds its own events.
from config.celery import app  # noqa: E402

__all__ = ["app"]

# Threads by queue: urgent messages wait for providers, up to eight at a time.
THREADS = {"urgent": 8, "default": 2}
# What can wait until tomorrow yields the processor to the web server and to urgent calls.
NICENESS = {"urgent": 0, "default": 10}

app.autodiscover_tasks(["coordination"])


def main(words: list[str]) -> int:
    """Serve the queue that the command line names until told to stop; return the exit code."""
    if len(words) != 1 or words[0] not in THREADS:
        sys.exit("usage: python -m config.worker urgent|default")
    queue = words[0]
    os.nice(NICENESS[queue])
    worker = app.Worker(
        hostname=f"{queue}@{os.uname().nodename}",
        queues=[queue],
        pool_cls="threads",
        concurrency=THREADS[queue],
        optimization="fair",
        without_gossip=True,
        without_mingle=True,
        without_heartbeat=True,
        quiet=True,
    )
    worker.start()
    return worker.exitcode or 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
