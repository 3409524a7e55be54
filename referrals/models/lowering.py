"""Lowerings: one clinician proposes that a case is less urgent, a second person confirms it."""

from typing import Self

from django.db import models
from django.db.models import F, Q

from referrals.models.append_only import written_once
from referrals.models.assessment import Assessment
from referrals.models.practice import Practitioner
from referrals.models.referral import TIERS, Referral, Within

_MARKS = ["confirmed_by", "confirmed_at", "withdrawn_by", "withdrawn_at"]


class LoweringQuerySet(models.QuerySet["Lowering"]):
    def waiting(self) -> Self:
        """Keep what was neither confirmed nor withdrawn; it may have been overtaken since."""
        return self.filter(confirmed_at__isnull=True, withdrawn_at__isnull=True)


class Lowering(models.Model):
    """One proposal to lower the urgency of a referral. Nothing falls until it is confirmed.

    ``assessment`` is what the clinician judged: any later one, and so any rise, overtakes it.
    """

    referral = models.ForeignKey(Referral, on_delete=models.PROTECT, related_name="lowerings")
    assessment = models.ForeignKey(Assessment, on_delete=models.PROTECT, related_name="+")
    tier = models.SmallIntegerField(choices=TIERS)
    within = models.CharField(max_length=4, choices=Within, blank=True)
    reason_code = models.CharField(max_length=40)
    basis = models.CharField(max_length=300, help_text="What was seen, and when.")
    proposed_by = models.ForeignKey(Practitioner, on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()
    confirmed_by = models.ForeignKey(
        Practitioner, on_delete=models.PROTECT, related_name="+", null=True
    )
    confirmed_at = models.DateTimeField(null=True)
    withdrawn_by = models.CharField(max_length=160, blank=True)
    withdrawn_at = models.DateTimeField(null=True)

    objects = LoweringQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["referral"],
                condition=Q(confirmed_at__isnull=True, withdrawn_at__isnull=True),
                name="referral_has_one_lowering_waiting",
            ),
            models.CheckConstraint(
                condition=Q(confirmed_by__isnull=True, confirmed_at__isnull=True)
                | Q(confirmed_by__isnull=False, confirmed_at__isnull=False, withdrawn_by="")
                & ~Q(confirmed_by=F("proposed_by")),
                name="lowering_is_confirmed_by_a_second_person",
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_by="", withdrawn_at__isnull=True)
                | (~Q(withdrawn_by="") & Q(withdrawn_at__isnull=False)),
                name="lowering_is_withdrawn_by_somebody",
            ),
        ]
        triggers = written_once("lowering", but=_MARKS)

    def __str__(self) -> str:
        return f"{self.referral_id} to {self.get_tier_display()}"
