"""Assessments: what the rules said about which findings. Append-only, also for the owner."""

from django.db import models

from referrals.models.append_only import append_only
from referrals.models.referral import TIERS, Referral, Within


class Assessment(models.Model):
    """One run of the rules: findings and codes as given, rules fired, reasons, version."""

    referral = models.ForeignKey(Referral, on_delete=models.PROTECT, related_name="assessments")
    assessed_at = models.DateTimeField()
    given_by = models.CharField(max_length=120)
    ruleset_version = models.CharField(max_length=40)
    ruleset_status = models.CharField(max_length=30)
    findings = models.JSONField(help_text="As given, with units.")
    codes = models.JSONField(default=list)
    stated_by_clinician = models.BooleanField(
        help_text="Whether a named clinician stood behind findings that explain a red flag away."
    )
    tier = models.SmallIntegerField(choices=TIERS)
    possible_tier = models.SmallIntegerField(choices=TIERS)
    within = models.CharField(max_length=4, choices=Within, blank=True)
    route = models.CharField(max_length=40)
    result = models.JSONField(help_text="Rules fired, reasons, questions, holds, in words.")

    class Meta:
        triggers = append_only("assessment")
        indexes = [models.Index(fields=["referral", "-id"], name="assessment_latest")]

    def __str__(self) -> str:
        return f"{self.referral_id} by {self.ruleset_version}"
