"""Who is on call, and who is their backup. Two primaries at one time are impossible."""

from datetime import UTC, datetime
from typing import Self

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeOperators
from django.db import models
from django.db.models import F, Q

from referrals.models import Practice, Practitioner


class OnCallShiftQuerySet(models.QuerySet["OnCallShift"]):
    def standing(self) -> Self:
        """Keep the shifts that were not taken back."""
        return self.filter(taken_back_at__isnull=True)

    def covering(self, at: datetime) -> Self:
        """Keep the shifts that hold at this instant."""
        return self.standing().filter(period__contains=at)

    def between(self, begin: datetime, end: datetime) -> Self:
        """Keep the shifts that hold at any time from ``begin`` to just before ``end``."""
        return self.standing().filter(period__overlap=(begin, end))


class OnCallShift(models.Model):
    """One practitioner on call for one practice, from (inclusive) to (exclusive).

    Shifts are all that a ladder reads. ``rotation`` is the one that wrote it, as long as nobody
    has agreed on something else. One that is taken back stays as a row and holds nothing.
    """

    class Level(models.TextChoices):
        PRIMARY = "primary"
        BACKUP = "backup"

    practice = models.ForeignKey(Practice, on_delete=models.PROTECT, related_name="shifts")
    practitioner = models.ForeignKey(Practitioner, on_delete=models.PROTECT, related_name="shifts")
    level = models.CharField(max_length=8, choices=Level, default=Level.PRIMARY)
    period = DateTimeRangeField()
    rotation = models.ForeignKey(
        "coordination.Rotation", on_delete=models.PROTECT, related_name="shifts", null=True
    )
    taken_back_at = models.DateTimeField(null=True)

    objects = OnCallShiftQuerySet.as_manager()

    class Meta:
        constraints = [
            ExclusionConstraint(
                name="one_person_on_call_at_each_level",
                expressions=[
                    (F("practice"), RangeOperators.EQUAL),
                    (F("level"), RangeOperators.EQUAL),
                    (F("period"), RangeOperators.OVERLAPS),
                ],
                condition=Q(taken_back_at__isnull=True),
            ),
            models.CheckConstraint(
                condition=Q(period__isempty=False)
                & Q(period__lower_inf=False, period__upper_inf=False),
                name="shift_begins_and_ends",
            ),
            # What Python cannot read would stop whoever reads it.
            models.CheckConstraint(
                condition=Q(
                    period__startswith__gte=datetime(2000, 1, 1, tzinfo=UTC),
                    period__endswith__lte=datetime(2200, 1, 1, tzinfo=UTC),
                ),
                name="shift_is_of_our_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.practitioner} ({self.level})"
