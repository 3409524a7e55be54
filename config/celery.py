"""The Celery application: doorbells without payload, two queues, threads.

Only `config.wsgi`, `config.worker` and `config.beat` import this; it needs the settings and no
models. Nothing that must happen depends on it.
"""

import os
from typing import Any

from celery import Celery
from celery.signals import (
    after_task_publish,
    setup_logging,
    task_postrun,
    task_prerun,
    worker_init,
    worker_ready,
)
from django.conf import settings
from django.db import close_old_connections

from config import start
from config.bell import Bell

DRAIN = "coordination.drain"
BEAT_SECONDS = 10.0
PRODUCER_TIMEOUT = 1.0
# A consumer waits in BRPOP for a second: its socket must wait longer than that.
CONSUMER_TIMEOUT = 5.0
TRANSPORT = {
    "visibility_timeout": 60,
    "unacked_restore_interval": 10,
    "unacked_restore_throttle": 1,
    "socket_timeout": CONSUMER_TIMEOUT,
    "socket_connect_timeout": 1.0,
    "socket_keepalive": True,
    "health_check_interval": 10,
}

# Without Celery's own Django fix-up: it runs every system check and loads the whole API for it.
app = Celery("tandem", fixups=[])
app.conf.update(
    broker_url=settings.CELERY_BROKER_URL,
    broker_connection_retry_on_startup=True,
    broker_connection_max_retries=None,
    broker_transport_options=TRANSPORT,
    accept_content=["json"],
    task_serializer="json",
    task_ignore_result=True,
    task_acks_late=True,
    task_default_queue="default",
    # Beat only rings the bell; the dispatcher polls, whether beat lives or not.
    beat_schedule={
        queue: {
            "task": DRAIN,
            "schedule": BEAT_SECONDS,
            "options": {"queue": queue, "expires": BEAT_SECONDS},
        }
        for queue in ("urgent", "default")
    },
    beat_schedule_filename=str(settings.BEAT_SCHEDULE),
    worker_prefetch_multiplier=1,
    worker_hijack_root_logger=False,
    worker_redirect_stdouts=False,
    worker_cancel_long_running_tasks_on_connection_loss=False,
    timezone="UTC",
    enable_utc=True,
)

_producer = app.connection_for_write(
    transport_options={**TRANSPORT, "socket_timeout": PRODUCER_TIMEOUT}
)


def ring(urgent: bool) -> None:
    """Put one empty message into a queue, or raise within about a second."""
    app.signature(DRAIN).apply_async(
        queue="urgent" if urgent else "default",
        connection=_producer,
        retry=False,
        ignore_result=True,
    )


bell = Bell(ring)


@setup_logging.connect
def _keep_our_logging(**options: Any) -> None:
    """Being connected is enough: Celery then leaves Django's logging alone."""


@worker_init.connect
def _refuse_unsafe_role(**options: Any) -> None:
    start.refuse_unsafe_role()


@worker_ready.connect
def _say_ready(**options: Any) -> None:
    name = os.environ.get("TANDEM_CHILD")
    if name:
        (settings.READY_FOLDER / name).write_text(f"{os.getpid()}\n")


@task_postrun.connect
@after_task_publish.connect
def _say_working(**options: Any) -> None:
    """Beat rings every ten seconds: a worker that lives has worked a moment ago, and so has beat.

    The web server rings too; it is asked by HTTP and leaves no note.
    """
    name = os.environ.get("TANDEM_CHILD", "web")
    if name != "web":
        (settings.READY_FOLDER / name).touch()


@task_prerun.connect
@task_postrun.connect
def _give_connection_back(**options: Any) -> None:
    close_old_connections()
