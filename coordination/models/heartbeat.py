"""Heartbeats: when each process last did its work. A process beats by turning, not by living."""

from datetime import timedelta
from typing import Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Max
from django.db.models.expressions import Combinable


class HeartbeatQuerySet(models.QuerySet["Heartbeat"]):
    def ages(self, now: Combinable) -> dict[str, timedelta]:
        """Return how long ago a process of each name last worked, whichever machine it runs on."""
        by_name = self.order_by().values_list("component")
        return dict(by_name.annotate(age=now - Max("at")))

    def since(self, age: timedelta, now: Combinable) -> Self:
        """Keep those that are younger."""
        return self.filter(at__gt=now - age)


class Heartbeat(models.Model):
    """One process on one machine.

    ``at`` is its last turn that went right, ``last_work_at`` the last that found something to do.
    ``alarms`` is left by the watchdog alone: what it found wrong, by code.
    """

    component = models.CharField(max_length=24)
    instance = models.CharField(max_length=64, help_text="The name of the machine.")
    at = models.DateTimeField()
    last_work_at = models.DateTimeField()
    alarms = ArrayField(models.CharField(max_length=40), default=list)

    objects = HeartbeatQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["component", "instance"], name="each_process_has_one_heartbeat"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.component} on {self.instance}"
