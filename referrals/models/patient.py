"""The patient, as a practice registered them. Every fact may be missing: a red flag never waits."""

import uuid

from django.db import models
from django.db.models import Q

from referrals.models.practice import Practice


class AdministrativeSex(models.TextChoices):
    FEMALE = "female"
    MALE = "male"
    OTHER = "other"
    UNKNOWN = "unknown"


class Patient(models.Model):
    """Who the referral is about. ``is_demo`` marks a person who does not exist."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    practice = models.ForeignKey(Practice, on_delete=models.PROTECT, related_name="patients")
    family_name = models.CharField(max_length=80, blank=True)
    given_name = models.CharField(max_length=80, blank=True)
    birth_date = models.DateField(null=True, blank=True)
    sex = models.CharField(
        max_length=8, choices=AdministrativeSex, default=AdministrativeSex.UNKNOWN
    )
    mrn = models.CharField(max_length=40, blank=True)
    disputed_mrn = models.CharField(
        max_length=40, blank=True, help_text="Sent as theirs, but it belongs to another name here."
    )
    phone = models.CharField(max_length=20, blank=True)
    payer = models.CharField(max_length=80, blank=True)
    is_demo = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["practice", "mrn"],
                condition=~Q(mrn=""),
                name="patient_has_one_mrn_in_a_practice",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.family_name}, {self.given_name}"
