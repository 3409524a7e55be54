"""Red flags belong to the patient and stay open until a clinician records how they ended."""

from typing import Self

from django.db import models
from django.db.models import F, Q

from referrals.models.assessment import Assessment
from referrals.models.patient import Patient
from referrals.models.practice import Practitioner
from referrals.models.referral import TIERS, Referral


class RedFlagQuerySet(models.QuerySet["RedFlag"]):
    def unresolved(self, patient_id: int) -> Self:
        """Keep the flags of this patient that no clinician has resolved."""
        return self.filter(patient_id=patient_id, resolution="")

    def of(self, patient_id: int, rule_id: str) -> "RedFlag":
        """Return the open flag of this rule, or the one that was resolved last.

        :raises RedFlag.DoesNotExist: if the rule never fired for this patient.
        """
        # PostgreSQL cannot even be asked for a text with a NUL in it.
        found = self.filter(patient_id=patient_id, rule_id=rule_id.replace("\0", ""))
        return found.order_by(F("resolved_at").desc(nulls_first=True))[:1].get()


class RedFlag(models.Model):
    """One rule of SAME_DAY or above that fired for a patient, and its resolution."""

    class Resolution(models.TextChoices):
        TREATED = "treated"
        RULED_OUT_BY_IMAGING = "ruled_out_by_imaging", "ruled out by imaging"
        RULED_OUT_BY_EXAMINATION = "ruled_out_by_examination", "ruled out by examination"
        ENTERED_IN_ERROR = "entered_in_error"

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="red_flags")
    referral = models.ForeignKey(Referral, on_delete=models.PROTECT, related_name="red_flags")
    assessment = models.ForeignKey(Assessment, on_delete=models.PROTECT, related_name="red_flags")
    rule_id = models.CharField(max_length=20)
    tier = models.SmallIntegerField(choices=TIERS)
    raised_at = models.DateTimeField()
    resolution = models.CharField(max_length=24, choices=Resolution, blank=True)
    resolved_at = models.DateTimeField(null=True, blank=True)
    resolved_by = models.ForeignKey(
        Practitioner, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    basis = models.CharField(max_length=300, blank=True, help_text="What was done or seen.")
    basis_on = models.DateField(null=True, blank=True, help_text="The day it was done or seen.")

    objects = RedFlagQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["patient", "rule_id"],
                condition=Q(resolution=""),
                name="red_flag_is_open_once_per_patient",
            ),
            models.CheckConstraint(
                condition=Q(
                    resolution="",
                    resolved_at__isnull=True,
                    resolved_by__isnull=True,
                    basis="",
                    basis_on__isnull=True,
                )
                | (
                    ~Q(resolution="")
                    & ~Q(basis="")
                    & Q(
                        resolved_at__isnull=False,
                        resolved_by__isnull=False,
                        basis_on__isnull=False,
                    )
                ),
                name="red_flag_resolution_is_whole",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.rule_id} of {self.referral_id}"
