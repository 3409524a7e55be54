"""API keys of a practice. Only the hash of a secret is stored; the secret is shown once."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from referrals.models.practice import Practice


class Scope(models.TextChoices):
    READ = "referral.read"
    WRITE = "referral.write"
    RESPOND = "referral.respond"
    ACKNOWLEDGE = "escalation.ack"


class ApiKey(models.Model):
    """One credential of a practice's system: ``prefix.secret``, with scopes and an end."""

    practice = models.ForeignKey(Practice, on_delete=models.PROTECT, related_name="api_keys")
    name = models.CharField(max_length=60)
    prefix = models.CharField(max_length=12, unique=True)
    secret_hash = models.BinaryField(max_length=32)
    scopes = ArrayField(models.CharField(max_length=30))
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = "API key"
        constraints = [
            models.CheckConstraint(
                condition=Q(scopes__contained_by=Scope.values), name="api_key_has_known_scopes"
            ),
            models.CheckConstraint(
                condition=Q(expires_at__gt=models.F("created_at")), name="api_key_expires"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.practice}: {self.name} ({self.prefix}.…)"
