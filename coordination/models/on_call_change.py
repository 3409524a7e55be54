"""What was changed about who is on call: by whom, when and why. Written once."""

from datetime import datetime
from typing import Self

from django.db import models

from coordination.models.on_call import OnCallShift
from referrals.models import Practice, Practitioner
from referrals.models.append_only import append_only


class OnCallChangeQuerySet(models.QuerySet["OnCallChange"]):
    def overrides(self, after: datetime) -> Self:
        """Keep the overrides that end later than that, the next to begin first."""
        kept = self.filter(kind=OnCallChange.Kind.OVERRIDE, ends__gt=after)
        return kept.select_related("person").order_by("begins", "pk")


class OnCallChange(models.Model):
    """One entry of the history of being on call. Append-only.

    ``instead_of`` names who was on call before; for a rotation ``members`` are named in order.
    """

    class Kind(models.TextChoices):
        SHIFT = "shift", "put on call"
        OVERRIDE = "override", "on call instead"
        SWAP = "swap", "shifts swapped"
        ROTATION = "rotation", "rotation began"
        ROTATION_ENDED = "rotation_ended", "rotation ended"

    practice = models.ForeignKey(Practice, on_delete=models.PROTECT, related_name="+")
    level = models.CharField(max_length=8, choices=OnCallShift.Level)
    kind = models.CharField(max_length=16, choices=Kind)
    person = models.ForeignKey(Practitioner, on_delete=models.PROTECT, related_name="+", null=True)
    begins = models.DateTimeField()
    ends = models.DateTimeField(null=True)
    instead_of = models.JSONField(default=list)
    members = models.JSONField(default=list)
    reason = models.CharField(max_length=200, blank=True)
    entered_by = models.CharField(max_length=160)
    at = models.DateTimeField()

    objects = OnCallChangeQuerySet.as_manager()

    class Meta:
        triggers = append_only("on_call_change")

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.practice}"
