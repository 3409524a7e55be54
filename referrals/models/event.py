"""The event row is the queue, the timeline and the audit trail. Only outbox and relay touch it."""

from datetime import datetime, timedelta
from typing import Self

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.expressions import Combinable

from referrals.models.append_only import append_only, never_emptied
from referrals.models.practice import Practice
from referrals.models.referral import Referral
from referrals.walls import Actor

SEAL_AFTER = timedelta(seconds=1)
# A step, a notice or a search for a practice that found nobody.
REACHED_NOBODY = ("notice.reached_nobody", "obligation.rung_empty", "referral.nobody_available")
_MARKS = ["relayed_at", "attempts", "retry_at", "sealed_at"]


class EventQuerySet(models.QuerySet["Event"]):
    def visible_to(self, actor: Actor) -> Self:
        """Keep the events of referrals that the actor's practice may see."""
        return self.filter(referral__in=Referral.objects.visible_to(actor))

    def visits_booked(self) -> Self:
        """Keep what tells that a visit was booked, or moved, and when it is."""
        return self.filter(kind="referral.scheduled")

    def unrelayed(self) -> Self:
        return self.filter(relayed_at__isnull=True)

    def unsealed(self) -> Self:
        return self.filter(sealed_at__isnull=True)

    def sealable(self, now: datetime | Combinable) -> Self:
        """Keep what the relay has done with, or has had its time with.

        To mark an event locks its row: one that waits to be relayed would be passed over.
        """
        done = Q(relayed_at__isnull=False) | Q(at__lte=now - SEAL_AFTER)
        return self.unsealed().filter(done)


class Event(models.Model):
    """One thing that happened, by whom. Immutable but for the four marks of relay and sealer.

    ``actor_name`` is the person who answers for it, or the system if nobody was named;
    ``entered_by`` is the key that acted on that person's behalf (FHIR Provenance: ``entered_by``
    is the agent, ``actor_name`` whom it represents). ``data`` never holds patient facts.
    ``practices`` are those concerned when it happened.
    """

    referral = models.ForeignKey(Referral, on_delete=models.PROTECT, related_name="events")
    kind = models.CharField(max_length=40)
    at = models.DateTimeField()
    actor_kind = models.CharField(max_length=16)
    actor_name = models.CharField(max_length=160)
    entered_by = models.CharField(max_length=160, blank=True)
    actor_practice = models.ForeignKey(
        Practice, on_delete=models.PROTECT, related_name="+", null=True
    )
    request_id = models.CharField(max_length=64, blank=True)
    practices = ArrayField(models.BigIntegerField())
    data = models.JSONField(default=dict)
    urgent = models.BooleanField()
    relayed_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    retry_at = models.DateTimeField(null=True)
    sealed_at = models.DateTimeField(null=True)

    objects = EventQuerySet.as_manager()

    class Meta:
        triggers = [
            pgtrigger.Protect(name="event_is_never_deleted", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="event_is_immutable",
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange(exclude=_MARKS),
            ),
            never_emptied("event"),
        ]
        indexes = [
            models.Index(fields=["referral", "id"], name="event_timeline"),
            models.Index(
                fields=["-urgent", "id"],
                name="event_unrelayed",
                condition=Q(relayed_at__isnull=True),
            ),
            models.Index(fields=["id"], name="event_unsealed", condition=Q(sealed_at__isnull=True)),
            models.Index(
                fields=["at"], name="event_reached_nobody", condition=Q(kind__in=REACHED_NOBODY)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.referral_id}"


class EventSeal(models.Model):
    """One link of a practice's hash chain. ``seq`` has no gaps and is the change feed's cursor."""

    practice = models.ForeignKey(Practice, on_delete=models.PROTECT, related_name="+")
    seq = models.BigIntegerField()
    event = models.ForeignKey(Event, on_delete=models.PROTECT, related_name="seals")
    prev_hash = models.BinaryField(max_length=32)
    hash = models.BinaryField(max_length=32)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["practice", "seq"], name="seal_has_its_place"),
            models.UniqueConstraint(fields=["practice", "event"], name="event_is_sealed_once"),
        ]
        triggers = append_only("seal")

    def __str__(self) -> str:
        return f"{self.practice_id}/{self.seq}"
