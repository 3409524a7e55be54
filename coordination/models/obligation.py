"""Obligations: what somebody owes, by when, and who is rung until they answer."""

from datetime import datetime
from typing import Any, Self

from django.db import models
from django.db.models import Q
from django.db.models.expressions import Combinable

from coordination.duties import ALL, Duty
from coordination.escalation import Kind
from coordination.models.alert import Alert
from referrals.models import Practice, Practitioner, Referral
from referrals.models.practice import Specialty


class ObligationQuerySet(models.QuerySet["Obligation"]):
    def running(self) -> Self:
        return self.filter(state=Obligation.State.RUNNING)

    def due(self, now: datetime | Combinable, duty: Duty = ALL) -> Self:
        """Keep what rings now or lapses now, the longest overdue first."""
        urgent, elective = Q(alert__isnull=False), Q(alert__isnull=True)
        left = duty.leaves(now, since="next_due_at", urgent=urgent, elective=elective)
        due = self.filter(next_due_at__lte=now).exclude(left)
        return due.order_by("next_due_at", "id")


class Obligation(models.Model):
    """One promise owed by one side of one referral, with its ladder, rung and evidence.

    ``next_due_at`` is when a running one rings next, and when one that was answered lapses.
    ``specialty`` says whose ladder it is; ``practice`` who owes it at present, ``None`` while no
    practice of that specialty is known.
    """

    class State(models.TextChoices):
        RUNNING = "running"
        ANSWERED = "answered"
        CLOSED = "closed"

    alert = models.ForeignKey(
        Alert, on_delete=models.PROTECT, related_name="obligations", null=True
    )
    referral = models.ForeignKey(Referral, on_delete=models.PROTECT, related_name="obligations")
    practice = models.ForeignKey(
        Practice, on_delete=models.PROTECT, related_name="obligations", null=True
    )
    kind = models.CharField(max_length=16, choices=[(k.value, k.value) for k in Kind])
    specialty = models.CharField(max_length=16, choices=Specialty)
    ladder = models.JSONField(help_text="The steps as snapshot, with demo compression applied.")
    state = models.CharField(max_length=8, choices=State, default=State.RUNNING)
    rung = models.PositiveSmallIntegerField(default=0)
    round = models.PositiveIntegerField(default=0)
    opened_at = models.DateTimeField()
    next_due_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField()
    exhausted_at = models.DateTimeField(
        null=True, help_text="When its last rung was reached; it repeats until somebody answers."
    )
    answered_at = models.DateTimeField(null=True)
    answered_by = models.CharField(max_length=160, blank=True)
    answered_for = models.ForeignKey(
        Practitioner,
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        help_text="For whom somebody else has acknowledged.",
    )
    answered_via = models.CharField(max_length=12, blank=True)
    outcome = models.JSONField(default=dict, help_text="What was recorded, never patient facts.")

    objects = ObligationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(state="running") | Q(next_due_at__isnull=False),
                name="obligation_running_rings_again",
            ),
            models.CheckConstraint(
                condition=~Q(state="closed") | Q(next_due_at__isnull=True),
                name="obligation_closed_rings_no_more",
            ),
            models.CheckConstraint(
                condition=~Q(state="answered")
                | (Q(answered_at__isnull=False) & ~Q(answered_by="") & ~Q(answered_via="")),
                name="obligation_is_answered_by_somebody",
            ),
            models.UniqueConstraint(
                fields=["alert", "kind", "specialty"], name="alert_has_each_obligation_once"
            ),
            models.UniqueConstraint(
                fields=["referral", "kind", "specialty"],
                condition=Q(alert__isnull=True),
                name="referral_has_each_obligation_once",
            ),
        ]
        indexes = [
            models.Index(
                fields=["next_due_at"],
                name="obligation_has_its_time",
                condition=Q(next_due_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} by {self.specialty} for {self.referral_id}"

    @property
    def lapses_at(self) -> datetime | None:
        """When what was answered is owed anew, unless it leads to something before."""
        return self.next_due_at if self.state == Obligation.State.ANSWERED else None

    @property
    def messages(self) -> list[Any]:
        """All that was written to anybody, also long ago, the oldest first."""
        written = [*self.past_deliveries.all(), *self.deliveries.all()]
        return sorted(written, key=lambda one: (one.created_at, one.priority))
