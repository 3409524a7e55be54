"""The access log: who looked at which referrals, by which way. Ids only, no patient facts."""

from uuid import UUID

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models

from referrals.models.append_only import append_only
from referrals.models.practice import Practice


class AccessManager(models.Manager["Access"]):
    def to(self, referral: UUID, *, before: int, size: int) -> "list[Access]":
        """Return the newest accesses of the practice that asks to one referral.

        A function of the database finds them: a row policy turns the index on arrays off.
        """
        sql = "SELECT * FROM tandem_accesses_to(%s, %s, %s)"
        return list(self.raw(sql, [referral, before, size]))


class Access(models.Model):
    """One request that was shown facts of patients (FHIR AuditEvent). Append-only.

    ``actor_name`` is the key or the account, whomever it speaks for. ``route`` is the pattern of
    the address: the address itself may hold a secret. The practice sees its own rows alone.
    """

    at = models.DateTimeField()
    actor_kind = models.CharField(max_length=16)
    actor_name = models.CharField(max_length=160)
    practice = models.ForeignKey(Practice, on_delete=models.PROTECT, related_name="+")
    request_id = models.CharField(max_length=64, blank=True)
    method = models.CharField(max_length=8)
    route = models.CharField(max_length=120)
    status = models.PositiveSmallIntegerField()
    referrals = ArrayField(models.UUIDField())

    objects = AccessManager()

    class Meta:
        triggers = append_only("access")
        indexes = [GinIndex(fields=["referrals"], name="access_by_referral", fastupdate=False)]

    def __str__(self) -> str:
        return f"{self.actor_name}: {self.method} {self.route}"
