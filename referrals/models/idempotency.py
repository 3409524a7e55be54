"""Answers kept, so that a repeated request is answered and not done twice."""

from django.db import models

from referrals.models.practice import Practice


class IdempotentRequest(models.Model):
    """One Idempotency-Key of one practice, the hash of its body, and the answer it got."""

    practice = models.ForeignKey(Practice, on_delete=models.PROTECT, related_name="+")
    key = models.CharField(max_length=128)
    route = models.CharField(max_length=200)
    body_hash = models.BinaryField(max_length=32)
    status = models.PositiveSmallIntegerField(null=True)
    etag = models.CharField(max_length=40, blank=True)
    location = models.CharField(max_length=200, blank=True)
    body = models.BinaryField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["practice", "key"], name="idempotency_key_is_used_once")
        ]

    def __str__(self) -> str:
        return self.key
