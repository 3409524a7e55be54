"""Deliveries: one message to one contact point, claimed by lease and token, sent, then recorded."""

import uuid
from datetime import datetime
from typing import Self

import pgtrigger
from django.db import models
from django.db.models import Q
from django.db.models.expressions import Combinable

from coordination.duties import ALL, Duty
from coordination.escalation import BY_PROVIDER, CALLED
from coordination.models.contact_point import ContactPoint
from coordination.models.obligation import Obligation
from referrals.models.append_only import never_emptied

# The first message to a side, another urgent one, and what can wait until tomorrow. A notice lies
# between them: everybody takes it at once.
FIRST_OF_SIDE, URGENT, ELECTIVE = 0, 1, 5


class DeliveryQuerySet(models.QuerySet["Delivery"]):
    def with_owner(self) -> Self:
        """Fetch along whom each message went to."""
        return self.select_related("contact_point__practitioner", "contact_point__practice")

    def claimable(self, now: datetime | Combinable, duty: Duty = ALL) -> Self:
        """Keep what is due and not in another worker's hands, the most urgent first."""
        urgent, elective = Q(priority__lte=URGENT), Q(priority__gte=ELECTIVE)
        left = duty.leaves(now, since="due_at", urgent=urgent, elective=elective)
        due = self.open().filter(due_at__lte=now).exclude(left)
        return due.order_by("priority", "due_at", "uuid")

    def first_of_side(self, now: datetime | Combinable, duty: Duty = ALL) -> Self:
        """Keep of these the first message to each side: nothing is sent before it."""
        return self.claimable(now, duty).filter(priority=FIRST_OF_SIDE)

    def open(self) -> Self:
        return self.filter(state__in=(Delivery.State.PENDING, Delivery.State.LEASED))

    def held_by(self, delivery_uuid: uuid.UUID, token: uuid.UUID) -> Self:
        """Keep the delivery only if this token still holds its lease."""
        return self.filter(uuid=delivery_uuid, lease_token=token, state=Delivery.State.LEASED)


class Delivery(models.Model):
    """One message on its way. ``uuid`` is the idempotency key at the far end.

    ``due_at`` is when it may next be claimed: its time while pending, the lease's end while leased.
    ``sent`` is what the far end took, ``delivered`` what it reports as arrived; neither is *seen*.
    ``priority`` 0 is the first message to a side, 1 another urgent one, 5 the rest.
    """

    class State(models.TextChoices):
        PENDING = "pending"
        LEASED = "leased"
        SENT = "sent"
        DELIVERED = "delivered"
        DEAD = "dead"
        CANCELLED = "cancelled"

    uuid = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    obligation = models.ForeignKey(Obligation, on_delete=models.PROTECT, related_name="deliveries")
    contact_point = models.ForeignKey(
        ContactPoint, on_delete=models.PROTECT, related_name="deliveries"
    )
    channel = models.CharField(max_length=24)
    message = models.CharField(max_length=24, help_text="Id of the text in messages.py.")
    round = models.PositiveIntegerField()
    rung = models.PositiveSmallIntegerField()
    priority = models.PositiveSmallIntegerField()
    state = models.CharField(max_length=10, choices=State, default=State.PENDING)
    created_at = models.DateTimeField()
    due_at = models.DateTimeField()
    # An urgent message is tried until somebody answers: for weeks, if nobody does.
    attempts = models.PositiveIntegerField(default=0)
    lease_token = models.UUIDField(null=True)
    sent_at = models.DateTimeField(null=True)
    delivered_at = models.DateTimeField(null=True)
    dead_at = models.DateTimeField(null=True)
    provider_message_id = models.CharField(max_length=80, blank=True)
    error_code = models.CharField(max_length=40, blank=True)

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "deliveries"
        constraints = [
            models.UniqueConstraint(
                fields=["obligation", "message", "round", "rung", "contact_point"],
                name="nobody_is_told_twice_on_one_rung",
            ),
            models.CheckConstraint(
                condition=Q(state="leased", lease_token__isnull=False)
                | (~Q(state="leased") & Q(lease_token__isnull=True)),
                name="delivery_leased_has_its_token",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=("sent", "delivered"))
                | Q(sent_at__isnull=False, attempts__gte=1),
                name="delivery_sent_was_attempted",
            ),
            models.CheckConstraint(
                condition=~Q(state="delivered") | Q(delivered_at__isnull=False),
                name="delivery_delivered_has_its_time",
            ),
        ]
        indexes = [
            models.Index(
                fields=["priority", "due_at"],
                name="delivery_claimable",
                condition=Q(state__in=("pending", "leased")),
            ),
            models.Index(
                fields=["contact_point", "sent_at"],
                name="delivery_without_a_report",
                condition=Q(state="sent", channel__in=BY_PROVIDER),
            ),
            # What is over moves to PastDelivery; a call that people made stays with its call task.
            models.Index(
                fields=["created_at"],
                name="delivery_that_is_over",
                condition=Q(state__in=("sent", "delivered", "dead", "cancelled"))
                & ~Q(channel__in=CALLED),
            ),
            # Few of very many, and the watchdog asks for them every ten seconds.
            models.Index(fields=["obligation"], name="delivery_dead", condition=Q(state="dead")),
        ]

    def __str__(self) -> str:
        return f"{self.channel} {self.message} ({self.state})"

    @property
    def in_words(self) -> dict[str, str]:
        """What the timeline says of it; never its address."""
        return {
            "to": self.contact_point.owner_name,
            "channel": self.channel,
            "message": self.message,
            "delivery": str(self.pk),
        }


class DeliveryAttempt(models.Model):
    """One claim of a delivery. Written before the send, finished once, never changed after."""

    delivery = models.ForeignKey(Delivery, on_delete=models.PROTECT, related_name="attempt_log")
    n = models.PositiveIntegerField()
    worker = models.CharField(max_length=80)
    provider = models.CharField(
        max_length=8, blank=True, help_text="By which one of SMS and calls; empty for the rest."
    )
    claimed_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=10, blank=True)
    code = models.CharField(max_length=40, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["delivery", "n"], name="attempt_has_its_number"),
        ]
        triggers = [
            pgtrigger.Protect(name="attempt_is_never_deleted", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="attempt_is_finished_once",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__finished_at__isnull=False),
            ),
            never_emptied("attempt"),
        ]

    def __str__(self) -> str:
        return f"attempt {self.n} of {self.delivery_id}"
