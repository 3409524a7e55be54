"""Writes down that a process works. The watchdog reads it; see ``coordination/alarms.py``."""

import socket

from coordination.models import Heartbeat
from referrals.clock import NOW

_INSTANCE = socket.gethostname()[:64]


def beat(loop: str, *, worked: bool) -> None:
    """Write that the process of this name has turned, and whether there was something to do."""
    Heartbeat.objects.bulk_create(
        [Heartbeat(component=loop, instance=_INSTANCE, at=NOW, last_work_at=NOW)],
        update_conflicts=True,
        unique_fields=["component", "instance"],
        update_fields=["at", "last_work_at"] if worked else ["at"],
    )
