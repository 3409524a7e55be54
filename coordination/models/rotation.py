"""Rotations: who takes turns on call. They write shifts ahead; the ladder reads shifts alone."""

from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import Q
from django.db.models.expressions import Combinable

from coordination.models.on_call import OnCallShift
from coordination.rota import Pattern
from referrals.models import Practice, Practitioner

MOST_DAYS = 28


class RotationQuerySet(models.QuerySet["Rotation"]):
    def running(self) -> Self:
        """Keep those that write shifts, of practices that are open."""
        return self.filter(ended_at__isnull=True, practice__is_active=True)

    def behind(self, until: datetime | Combinable) -> Self:
        """Keep of these the ones whose shifts do not reach that far."""
        return self.running().filter(written_until__lt=until)


class Rotation(models.Model):
    """The members of one practice take turns at one level, in the order of ``places``.

    ``written_until`` is how far its shifts are written. A rotation is never changed: another one
    takes its place, and this one stays as history.
    """

    class Unit(models.TextChoices):
        DAY = "day", "days"
        WEEK = "week", "weeks"

    practice = models.ForeignKey(Practice, on_delete=models.PROTECT, related_name="rotations")
    level = models.CharField(max_length=8, choices=OnCallShift.Level)
    length = models.PositiveSmallIntegerField()
    unit = models.CharField(max_length=4, choices=Unit)
    hand_over_weekday = models.PositiveSmallIntegerField(null=True, help_text="ISO: 1 is Monday.")
    hand_over_at = models.TimeField(help_text="In the time of the practice.")
    starts_on = models.DateField()
    written_until = models.DateTimeField()
    begun_at = models.DateTimeField()
    begun_by = models.CharField(max_length=160)
    ended_at = models.DateTimeField(null=True)
    ended_by = models.CharField(max_length=160, blank=True)

    objects = RotationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["practice", "level"],
                condition=Q(ended_at__isnull=True),
                name="practice_has_one_rotation_at_each_level",
            ),
            models.CheckConstraint(
                condition=Q(
                    unit="day", hand_over_weekday__isnull=True, length__range=(1, MOST_DAYS)
                )
                | Q(
                    unit="week",
                    hand_over_weekday__range=(1, 7),
                    length__range=(1, MOST_DAYS // 7),
                ),
                name="rotation_of_weeks_has_its_weekday",
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True, ended_by="")
                | (Q(ended_at__isnull=False) & ~Q(ended_by="")),
                name="rotation_is_ended_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"rotation of {self.practice} ({self.level})"

    def pattern(self, members: int) -> Pattern:
        """Return its calendar, for so many members."""
        return Pattern(
            members=members,
            starts_on=self.starts_on,
            hand_over_at=self.hand_over_at,
            zone=self.practice.zone,
            days=self.length * (7 if self.unit == self.Unit.WEEK else 1),
            weekday=self.hand_over_weekday,
        )


class RotationPlace(models.Model):
    """One member's place in a rotation."""

    rotation = models.ForeignKey(Rotation, on_delete=models.PROTECT, related_name="places")
    practitioner = models.ForeignKey(Practitioner, on_delete=models.PROTECT, related_name="+")
    place = models.PositiveSmallIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["rotation", "place"], name="rotation_place_is_taken_once"
            ),
            models.UniqueConstraint(
                fields=["rotation", "practitioner"], name="rotation_has_each_member_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.place}. {self.practitioner}"
