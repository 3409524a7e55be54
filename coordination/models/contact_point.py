"""How a person or a front desk is reached. The address itself is encrypted."""

import uuid
from typing import Self

from django.db import models
from django.db.models import Q

from referrals.encryption import Undecryptable, decrypt, encrypt, fingerprint
from referrals.models import Practice, Practitioner


class ContactPointQuerySet(models.QuerySet["ContactPoint"]):
    def usable(self) -> Self:
        """Keep what was verified and is still in use, of people who still work there."""
        left = Q(practitioner__is_active=False)
        return self.filter(verified_at__isnull=False, is_active=True).exclude(left)


class ContactPoint(models.Model):
    """One address of one channel (FHIR ContactPoint): of a practitioner, or of the front desk."""

    uuid = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    practice = models.ForeignKey(Practice, on_delete=models.PROTECT, related_name="contact_points")
    practitioner = models.ForeignKey(
        Practitioner,
        on_delete=models.PROTECT,
        related_name="contact_points",
        null=True,
        blank=True,
        help_text="Empty for the front desk of the practice.",
    )
    channel = models.CharField(max_length=24)
    encrypted_address = models.BinaryField()
    address_fingerprint = models.BinaryField(
        max_length=32, null=True, help_text="Finds whose number a reply came from."
    )
    encrypted_secret = models.BinaryField(
        null=True, blank=True, help_text="What a webhook is signed with."
    )
    verified_at = models.DateTimeField(null=True, blank=True)
    failing_since = models.DateTimeField(null=True, blank=True)
    is_active = models.BooleanField(default=True)

    objects = ContactPointQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(channel=""), name="contact_point_has_a_channel"),
            models.CheckConstraint(
                condition=~Q(channel="webhook") | Q(encrypted_secret__isnull=False),
                name="webhook_has_its_secret",
            ),
        ]
        indexes = [models.Index(fields=["address_fingerprint"], name="contact_point_by_address")]

    def __str__(self) -> str:
        return f"{self.channel} of {self.practitioner or self.practice}"

    @property
    def is_usable(self) -> bool:
        """Whether it was verified, is in use, and is of somebody who still works there."""
        works_there = self.practitioner is None or self.practitioner.is_active
        return bool(self.verified_at and self.is_active and works_there)

    @property
    def owner_name(self) -> str:
        """The person's name, or the front desk of the practice."""
        if self.practitioner:
            return str(self.practitioner)
        return f"{self.practice.short_name} front desk"

    @property
    def address(self) -> str:
        return decrypt(bytes(self.encrypted_address), bound_to=self._place("address"))

    @address.setter
    def address(self, value: str) -> None:
        self.encrypted_address = encrypt(value, bound_to=self._place("address"))
        self.address_fingerprint = fingerprint(value)

    @property
    def address_to_show(self) -> str | None:
        """The address for a page, or ``None`` if it cannot be read: one row must not end a page."""
        try:
            return self.address
        except Undecryptable:
            return None

    @property
    def secret(self) -> str:
        """The signing secret of a webhook; empty for every other channel."""
        if self.encrypted_secret is None:
            return ""
        return decrypt(bytes(self.encrypted_secret), bound_to=self._place("secret"))

    @secret.setter
    def secret(self, value: str) -> None:
        self.encrypted_secret = encrypt(value, bound_to=self._place("secret"))

    def _place(self, column: str) -> str:
        return f"contact_point:{self.uuid}:{column}"
