"""The receiving plan: who takes the patient, where, when. Without one no urgent case is safe."""

from django.db import models

from referrals.models import Practice, Referral
from referrals.models.append_only import append_only


class Plan(models.Model):
    """One receiving plan. Append-only: a changed plan is a new row, the latest counts."""

    class Disposition(models.TextChoices):
        EMERGENCY_DEPARTMENT = "emergency_department"
        ADMISSION = "admission"
        CLINIC_VISIT = "clinic_visit"

    referral = models.ForeignKey(Referral, on_delete=models.PROTECT, related_name="plans")
    practice = models.ForeignKey(Practice, on_delete=models.PROTECT, related_name="+")
    disposition = models.CharField(max_length=24, choices=Disposition)
    clinician = models.CharField(max_length=120, help_text="Who receives the patient.")
    place = models.CharField(max_length=120)
    at = models.DateTimeField()
    recorded_by = models.CharField(max_length=160)
    recorded_at = models.DateTimeField()

    class Meta:
        triggers = append_only("plan")

    def __str__(self) -> str:
        return f"{self.disposition} at {self.place}"
