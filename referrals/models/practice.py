"""Practices and the people who work in them. No patient facts here."""

import uuid
from datetime import time
from functools import cache
from typing import Self
from zoneinfo import ZoneInfo, available_timezones

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Exists, F, Q

from referrals.calendars import Calendar


class Specialty(models.TextChoices):
    PAIN = "pain", "interventional pain management"
    SPINE = "spine", "spine surgery"
    COORDINATION = "coordination", "network coordination"


class Role(models.TextChoices):
    CLINICIAN = "clinician"
    NURSE = "nurse"
    COORDINATOR = "coordinator"
    FRONT_DESK = "front_desk"
    MEDICAL_DIRECTOR = "medical_director"


CLINICIANS = (Role.CLINICIAN, Role.MEDICAL_DIRECTOR)


def working_week() -> dict[str, list[list[str]]]:
    """Return the usual hours: ISO weekday to a list of local ``[opens, closes]``."""
    return {str(day): [["08:00", "17:00"]] for day in range(1, 6)}


def possible_week(value: object) -> None:
    """Refuse hours that are not weekdays "1" to "7" with ``["HH:MM", "HH:MM"]`` pairs."""
    try:
        for day, sessions in value.items():  # type: ignore[attr-defined]
            opened = [
                (time.fromisoformat(begin), time.fromisoformat(end)) for begin, end in sessions
            ]
            if day not in set("1234567") or any(begin >= end for begin, end in opened):
                raise ValueError(day)
    except (AttributeError, TypeError, ValueError) as error:
        raise ValidationError(
            'Hours are ISO weekdays with sessions, such as {"1": [["08:00", "17:00"]]}.'
        ) from error


@cache
def _zones() -> set[str]:
    # To list them reads some six hundred files.
    return available_timezones()


def known_zone(value: str) -> None:
    """Refuse a time zone that the IANA database does not know."""
    if value not in _zones():
        raise ValidationError(f"{value!r} is not an IANA time zone, such as America/Chicago.")


class PracticeQuerySet(models.QuerySet["Practice"]):
    def beside(self, practice_id: int | None) -> Self:
        """Keep those of the same world: the synthetic pair meets nobody, and nobody meets it.

        Every way from one practice to another goes through here.
        """
        synthetic = Practice.objects.filter(pk=practice_id or 0, is_synthetic=True)
        return self.alias(is_in_the_pair=Exists(synthetic)).filter(
            is_synthetic=F("is_in_the_pair"), is_active=True
        )


class Practice(models.Model):
    """One practice: a FHIR Organization with its place, hours and what it can take."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField(max_length=120, unique=True)
    short_name = models.CharField(max_length=24, help_text="As shown in an SMS.")
    specialty = models.CharField(max_length=16, choices=Specialty)
    time_zone = models.CharField(max_length=40, validators=[known_zone])
    hours = models.JSONField(default=working_week, validators=[possible_week])
    holidays = ArrayField(
        models.DateField(),
        default=list,
        blank=True,
        help_text="Days on which the practice is closed, such as 2026-12-25. No red flag waits "
        "for them.",
    )
    region = models.CharField(max_length=40)
    capabilities = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    is_active = models.BooleanField(default=True)
    is_synthetic = models.BooleanField(
        default=False,
        editable=False,
        help_text="One of the pair by which the watchdog tries the whole way; nobody's practice.",
    )

    objects = PracticeQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(specialty__in=Specialty.values), name="practice_has_a_known_specialty"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    @property
    def calendar(self) -> Calendar:
        return Calendar(self.zone, self.hours, frozenset(self.holidays))


class EmergencyDirectory(models.Model):
    """Where a practice sends emergencies. Reviewed every quarter."""

    practice = models.OneToOneField(
        Practice, on_delete=models.PROTECT, related_name="emergency_directory"
    )
    ed_name = models.CharField(max_length=120)
    ed_phone = models.CharField(max_length=20)
    mri_around_the_clock = models.BooleanField()
    spine_cover = models.CharField(max_length=120)
    transfer_agreement = models.BooleanField()
    reviewed_at = models.DateField()

    class Meta:
        verbose_name_plural = "emergency directories"

    def __str__(self) -> str:
        return f"{self.ed_name} ({self.ed_phone})"


class Practitioner(models.Model):
    """A person of a practice, clinician or staff (FHIR Practitioner with one PractitionerRole)."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    practice = models.ForeignKey(Practice, on_delete=models.PROTECT, related_name="practitioners")
    # With the credentials it fits wherever a signature is stored.
    name = models.CharField(max_length=80)
    role = models.CharField(max_length=20, choices=Role)
    credentials = models.CharField(max_length=38, blank=True, help_text="Such as MD, FAANS.")
    npi = models.CharField(max_length=10, blank=True, help_text="National Provider Identifier.")
    is_active = models.BooleanField(default=True)
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="practitioner",
        null=True,
        blank=True,
        help_text="The account with which this person signs in at the desk.",
    )
    pin_hash = models.CharField(
        max_length=128, blank=True, editable=False, help_text="Accepts from the link of a message."
    )
    pin_failures = models.PositiveSmallIntegerField(default=0, editable=False)
    pin_locked_until = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(role__in=Role.values), name="practitioner_has_a_known_role"
            ),
            models.CheckConstraint(
                condition=~Q(role=Role.CLINICIAN) | ~Q(credentials=""),
                name="clinician_has_credentials",
            ),
            models.CheckConstraint(
                condition=Q(npi="") | Q(npi__regex=r"^\d{10}$"), name="npi_has_ten_digits"
            ),
            models.UniqueConstraint(
                fields=["practice", "name"], name="practitioner_is_named_once_in_a_practice"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name}, {self.credentials}" if self.credentials else self.name

    @property
    def is_clinician(self) -> bool:
        return self.role in CLINICIANS

    @property
    def is_clinical(self) -> bool:
        """Whether this is a clinician or a nurse."""
        return self.is_clinician or self.role == Role.NURSE
