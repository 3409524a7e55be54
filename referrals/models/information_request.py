"""InformationRequest: what the receiving side asked of the sender, and the answer. Free text."""

from typing import Self

from django.db import models
from django.db.models import Q

from referrals.models.append_only import written_once
from referrals.models.practice import Practice
from referrals.models.referral import Referral


class InformationRequestQuerySet(models.QuerySet["InformationRequest"]):
    def waiting(self) -> Self:
        """Keep what the sender has not answered yet."""
        return self.filter(answered_at__isnull=True)


class InformationRequest(models.Model):
    """One question to the sender. The engine's database role cannot read it."""

    referral = models.ForeignKey(
        Referral, on_delete=models.PROTECT, related_name="information_requests"
    )
    practice = models.ForeignKey(Practice, on_delete=models.PROTECT, related_name="+")
    wanted = models.TextField()
    asked_by = models.CharField(max_length=160)
    asked_at = models.DateTimeField()
    due_at = models.DateTimeField()
    answer = models.TextField(blank=True)
    answered_by = models.CharField(max_length=160, blank=True)
    answered_at = models.DateTimeField(null=True)

    objects = InformationRequestQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(answer="", answered_by="", answered_at__isnull=True)
                | (~Q(answer="") & ~Q(answered_by="") & Q(answered_at__isnull=False)),
                name="information_answer_is_whole",
            ),
        ]
        triggers = written_once("information_request", but=("answer", "answered_by", "answered_at"))

    def __str__(self) -> str:
        return f"asked about {self.referral_id}"
