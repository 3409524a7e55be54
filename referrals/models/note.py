"""Free text of a referral: question and notes. The engine's database role cannot read it.

Append-only, also for the owner.
"""

from django.db import models

from referrals.models.append_only import append_only
from referrals.models.referral import Referral


class Note(models.Model):
    """One text somebody wrote into a referral."""

    class Kind(models.TextChoices):
        QUESTION = "clinical_question"
        NOTE = "note"
        # What was said to a coded reason.
        COMMENT = "comment"

    referral = models.ForeignKey(Referral, on_delete=models.PROTECT, related_name="notes")
    kind = models.CharField(max_length=20, choices=Kind)
    text = models.TextField()
    written_by = models.CharField(max_length=120)
    written_at = models.DateTimeField()

    class Meta:
        triggers = append_only("note")

    def __str__(self) -> str:
        return f"{self.kind} of {self.referral_id}"
