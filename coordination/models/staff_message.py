"""Messages to people of the staff that belong to no referral: tests, and who is on call."""

import uuid
from datetime import datetime, timedelta
from typing import Self

from django.db import models
from django.db.models import F, Q
from django.db.models.expressions import Combinable

from coordination.duties import ALL, Duty
from coordination.models.contact_point import ContactPoint
from coordination.staff_texts import STAFF_TEXTS, TEST

ANSWER_WITHIN = timedelta(hours=24)


class StaffMessageQuerySet(models.QuerySet["StaffMessage"]):
    def claimable(self, now: datetime | Combinable, duty: Duty = ALL) -> Self:
        """Keep what is due and not in another worker's hands. All of it can wait a little."""
        left = duty.leaves(now, since="due_at", urgent=Q(pk__in=()), elective=Q())
        waiting = self.filter(state__in=(StaffMessage.State.PENDING, StaffMessage.State.LEASED))
        return waiting.filter(due_at__lte=now).exclude(left).order_by("due_at", "uuid")

    def tests(self) -> Self:
        return self.filter(kind=TEST)

    def unanswered(self, at: datetime) -> Self:
        """Keep the tests that failed, or that nobody answered in time; not what works since."""
        late = Q(state=StaffMessage.State.SENT, sent_at__lte=at - ANSWER_WITHIN)
        dead = Q(state=StaffMessage.State.DEAD)
        works = Q(contact_point__verified_at__gte=F("created_at"))
        return self.tests().filter(late | dead, answered_at__isnull=True).exclude(works)


class StaffMessage(models.Model):
    """One message to one contact point. ``uuid`` is the idempotency key at the far end.

    It is no :class:`Delivery`: nobody owes an answer, no ladder follows, and nothing of it may
    stand in the way of what is urgent. Claimed by lease and token, sent, then recorded, as those
    are. ``occasion`` tells one week's test, or one change of the rota, from the next. A test has a
    link, and a code where it can be answered by telephone; ``passed_on_at`` is when the coordinator
    was told that nobody did.
    """

    class State(models.TextChoices):
        PENDING = "pending"
        LEASED = "leased"
        SENT = "sent"
        DEAD = "dead"

    uuid = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    contact_point = models.ForeignKey(
        ContactPoint, on_delete=models.PROTECT, related_name="staff_messages"
    )
    kind = models.CharField(max_length=12, choices=[(kind, kind) for kind in STAFF_TEXTS])
    occasion = models.CharField(max_length=60)
    facts = models.JSONField(default=dict, help_text="Names of staff and times; never a patient's.")
    state = models.CharField(max_length=8, choices=State, default=State.PENDING)
    created_at = models.DateTimeField()
    due_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    lease_token = models.UUIDField(null=True)
    sent_at = models.DateTimeField(null=True)
    error_code = models.CharField(max_length=40, blank=True)
    secret_hash = models.BinaryField(max_length=32, null=True)
    reply_code = models.CharField(max_length=4, blank=True)
    answered_at = models.DateTimeField(null=True)
    answered_via = models.CharField(max_length=12, blank=True)
    passed_on_at = models.DateTimeField(null=True)

    objects = StaffMessageQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["contact_point", "kind", "occasion"],
                name="staff_are_told_once_on_each_occasion",
            ),
            models.UniqueConstraint(
                fields=["secret_hash"],
                condition=Q(secret_hash__isnull=False),
                name="test_has_its_own_link",
            ),
            models.CheckConstraint(
                condition=Q(state="leased", lease_token__isnull=False)
                | (~Q(state="leased") & Q(lease_token__isnull=True)),
                name="staff_message_leased_has_its_token",
            ),
            models.CheckConstraint(
                condition=~Q(state="sent") | Q(sent_at__isnull=False, attempts__gte=1),
                name="staff_message_sent_was_attempted",
            ),
            models.CheckConstraint(
                condition=Q(answered_at__isnull=True, answered_via="")
                | (Q(answered_at__isnull=False, kind=TEST) & ~Q(answered_via="")),
                name="only_a_test_is_answered_by_some_way",
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_at"],
                name="staff_message_claimable",
                condition=Q(state__in=("pending", "leased")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} by {self.contact_point.channel} ({self.state})"
