"""Which provider of SMS and calls is failing, so that every process sends by the other."""

from django.db import models


class ProviderTrouble(models.Model):
    """One provider that has failed at least once; ``failing_since`` is empty when it works again.

    While it fails, what is new goes by the other, and one message after ``probe_at`` tries it.
    """

    provider = models.CharField(max_length=8, primary_key=True)
    failing_since = models.DateTimeField(null=True)
    probe_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.provider} failing since {self.failing_since}"
