"""Ask: a practice was asked to take a referral. It gives that practice sight of it."""

from typing import Self

from django.db import models
from django.db.models import Q

from referrals.models.practice import Practice


class AskQuerySet(models.QuerySet["Ask"]):
    def not_accepted(self) -> Self:
        """Keep what was not answered with yes; whoever said yes is the receiver."""
        return self.exclude(answer="accepted")


class Ask(models.Model):
    """One practice asked about one referral, why it was chosen, and what it answered."""

    class Answer(models.TextChoices):
        ACCEPTED = "accepted"
        PASSED = "passed"
        DECLINED = "declined"

    referral = models.ForeignKey("Referral", on_delete=models.PROTECT, related_name="asks")
    practice = models.ForeignKey(Practice, on_delete=models.PROTECT, related_name="asks")
    reason = models.CharField(max_length=300, help_text="Why this practice, in words.")
    asked_at = models.DateTimeField()
    answer = models.CharField(max_length=10, choices=Answer, blank=True)
    answer_reason = models.CharField(max_length=40, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)

    objects = AskQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["referral", "practice"], name="practice_is_asked_once_per_referral"
            ),
            models.UniqueConstraint(
                fields=["referral"],
                condition=Q(answer="accepted"),
                name="referral_has_one_acceptance",
            ),
            models.CheckConstraint(
                condition=Q(answer="", answered_at__isnull=True)
                | (~Q(answer="") & Q(answered_at__isnull=False)),
                name="ask_answer_has_its_time",
            ),
        ]
        indexes = [
            models.Index(fields=["practice", "referral"], name="ask_by_practice"),
            models.Index(
                fields=["practice", "answer", "referral"],
                name="ask_not_accepted",
                condition=~Q(answer="accepted"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.practice} asked about {self.referral_id}"
