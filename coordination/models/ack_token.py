"""The link of an urgent message. Only its hash is stored; it names a person and an obligation."""

from django.db import models

from coordination.models.contact_point import ContactPoint
from coordination.models.obligation import Obligation


class AckToken(models.Model):
    """A link that answers "seen" or "cannot" as the holder of one contact point."""

    secret_hash = models.BinaryField(max_length=32, unique=True)
    obligation = models.ForeignKey(Obligation, on_delete=models.PROTECT, related_name="ack_tokens")
    contact_point = models.ForeignKey(ContactPoint, on_delete=models.PROTECT, related_name="+")
    issued_at = models.DateTimeField()
    reply_code = models.CharField(
        max_length=4, blank=True, help_text="Names the question in a reply by SMS."
    )

    def __str__(self) -> str:
        return f"link for {self.obligation_id}"
