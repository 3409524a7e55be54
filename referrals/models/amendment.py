"""Amendments: what a sent referral said before somebody corrected it. Append-only."""

from django.db import models

from referrals.models.append_only import append_only
from referrals.models.referral import Referral


class Amendment(models.Model):
    """One correction: the version it replaced, by whom, and the old value of each changed field.

    ``before`` maps the field, as a JSON pointer into the body of a referral, to what stood there.
    It holds patient facts: the engine's database role cannot read it.
    """

    referral = models.ForeignKey(Referral, on_delete=models.PROTECT, related_name="amendments")
    version = models.PositiveIntegerField(help_text="The version in which the old values stood.")
    before = models.JSONField()
    amended_by = models.CharField(max_length=160)
    amended_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["referral", "version"], name="version_is_amended_once"),
        ]
        triggers = append_only("amendment")

    def __str__(self) -> str:
        return f"{self.referral_id} v{self.version}"
