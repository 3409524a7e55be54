"""Deliveries that are long over, out of the way of those that are still to be sent."""

from typing import Self

from django.db import models

from coordination.models.contact_point import ContactPoint
from coordination.models.obligation import Obligation
from referrals.models.append_only import append_only


class PastDeliveryQuerySet(models.QuerySet["PastDelivery"]):
    def with_owner(self) -> Self:
        """Fetch along whom each message went to."""
        return self.select_related("contact_point__practitioner", "contact_point__practice")


class PastDelivery(models.Model):
    """One delivery as it ended, with its attempts. Written by ``tandem_move_to_history`` alone.

    The columns are those of ``Delivery``; there is no lease any more.
    """

    uuid = models.UUIDField(unique=True)
    obligation = models.ForeignKey(
        Obligation, on_delete=models.PROTECT, related_name="past_deliveries"
    )
    contact_point = models.ForeignKey(
        ContactPoint, on_delete=models.PROTECT, related_name="past_deliveries"
    )
    channel = models.CharField(max_length=24)
    message = models.CharField(max_length=24)
    round = models.PositiveIntegerField()
    rung = models.PositiveSmallIntegerField()
    priority = models.PositiveSmallIntegerField()
    state = models.CharField(max_length=10)
    created_at = models.DateTimeField()
    due_at = models.DateTimeField()
    attempts = models.PositiveIntegerField()
    sent_at = models.DateTimeField(null=True)
    delivered_at = models.DateTimeField(null=True)
    dead_at = models.DateTimeField(null=True)
    provider_message_id = models.CharField(max_length=80, blank=True)
    error_code = models.CharField(max_length=40, blank=True)
    tries = models.JSONField(help_text="The attempts, in their order.")
    moved_at = models.DateTimeField()

    objects = PastDeliveryQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "past deliveries"
        triggers = append_only("past_delivery")

    def __str__(self) -> str:
        return f"{self.channel} {self.message} ({self.state})"
