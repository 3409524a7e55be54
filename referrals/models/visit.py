"""Visit: an appointment at the receiving practice, and what came of it (FHIR Appointment)."""

from typing import Self

from django.db import models
from django.db.models import Q

from referrals.models.append_only import written_once
from referrals.models.practice import Practice
from referrals.models.referral import Referral


class VisitQuerySet(models.QuerySet["Visit"]):
    def booked(self) -> Self:
        """Keep what is still to come."""
        return self.filter(status=Visit.Status.BOOKED)


class Visit(models.Model):
    """One appointment of one referral. A new time is a new row; the old one stays in sight."""

    class Status(models.TextChoices):
        BOOKED = "booked"
        RESCHEDULED = "rescheduled"
        NO_SHOW = "noshow", "no show"
        CANCELLED = "cancelled"
        FULFILLED = "fulfilled"

    referral = models.ForeignKey(Referral, on_delete=models.PROTECT, related_name="visits")
    practice = models.ForeignKey(Practice, on_delete=models.PROTECT, related_name="+")
    starts_at = models.DateTimeField()
    place = models.CharField(max_length=160, blank=True)
    external_id = models.CharField(
        max_length=80, blank=True, help_text="Its id in the receiver's own scheduling system."
    )
    status = models.CharField(max_length=12, choices=Status, default=Status.BOOKED)
    reason_code = models.CharField(max_length=40, blank=True, help_text="Why it did not happen.")
    booked_by = models.CharField(max_length=160)
    booked_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True, help_text="When its end was recorded.")

    objects = VisitQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["referral"],
                condition=Q(status="booked"),
                name="referral_has_one_booked_visit",
            ),
            models.CheckConstraint(
                condition=Q(status="booked", ended_at__isnull=True)
                | (~Q(status="booked") & Q(ended_at__isnull=False)),
                name="visit_that_is_over_has_its_time",
            ),
        ]
        triggers = written_once("visit", but=("status", "reason_code", "ended_at"))

    def __str__(self) -> str:
        return f"{self.starts_at:%Y-%m-%d %H:%M} for {self.referral_id}"
