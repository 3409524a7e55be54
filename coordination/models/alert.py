"""An alert: a referral that may not rest until people have answered."""

from django.db import models
from django.db.models import Q

from referrals.models import Referral
from referrals.models.referral import TIERS, Within


class Alert(models.Model):
    """One urgent case. ``policy_snapshot`` says by which pace, rule set and compression it runs.

    The ladders themselves are kept on its obligations.
    """

    referral = models.ForeignKey(Referral, on_delete=models.PROTECT, related_name="alerts")
    tier = models.SmallIntegerField(choices=TIERS)
    within = models.CharField(max_length=4, choices=Within, blank=True)
    route = models.CharField(max_length=40)
    policy_snapshot = models.JSONField()
    opened_at = models.DateTimeField()
    opened_for = models.DateTimeField(help_text="The rise of red flags it answers.")
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.CharField(max_length=160, blank=True)
    close_reason = models.CharField(max_length=40, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["referral"],
                condition=Q(closed_at__isnull=True),
                name="referral_has_one_open_alert",
            ),
            models.CheckConstraint(
                condition=Q(closed_at__isnull=True, closed_by="", close_reason="")
                | (Q(closed_at__isnull=False) & ~Q(closed_by="") & ~Q(close_reason="")),
                name="alert_is_closed_by_somebody_for_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"alert of {self.referral_id}"
