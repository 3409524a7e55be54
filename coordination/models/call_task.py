"""Call tasks: telephone calls that a person has to make, with a script, and what came of them."""

from typing import Self

from django.db import models
from django.db.models import Q

from coordination.models.contact_point import ContactPoint
from coordination.models.delivery import Delivery
from referrals.models import Practice


class CallTaskQuerySet(models.QuerySet["CallTask"]):
    def waiting(self) -> Self:
        """Keep the calls that somebody still has to make, the oldest first.

        A number that is not in use any more is nobody's to call.
        """
        over = Q(delivery__state__in=CallTask.OVER)
        callable_ = Q(delivery__contact_point__in=ContactPoint.objects.usable())
        return self.filter(callable_, outcome="").exclude(over).order_by("opened_at", "pk")

    def for_caller(self, practice_id: int | None) -> Self:
        """Keep the calls that this practice has to make."""
        return self.filter(caller=practice_id)

    def with_all(self) -> Self:
        """Fetch along what a line of the call list shows."""
        return self.select_related(
            "caller",
            "delivery__contact_point__practice",
            "delivery__contact_point__practitioner",
            "delivery__obligation__referral",
        )


class CallTask(models.Model):
    """One call to an answering service or a hospital operator, owed by ``caller``.

    The delivery names the number and the script. A call that reached nobody pulls the next rung
    of the ladder forward, as a message does that did not arrive.
    """

    class Outcome(models.TextChoices):
        REACHED = "reached", "spoke to the clinician"
        MESSAGE_TAKEN = "message_taken", "the operator took the message"
        NO_ANSWER = "no_answer", "nobody answered"
        WRONG_NUMBER = "wrong_number", "wrong number"
        REFUSED = "refused", "the operator could not help"

    # Somebody was on the line.
    ANSWERED = frozenset({Outcome.REACHED, Outcome.MESSAGE_TAKEN})
    # Without an outcome nobody has to call any more.
    OVER = (Delivery.State.CANCELLED, Delivery.State.DEAD)

    delivery = models.OneToOneField(
        Delivery, on_delete=models.PROTECT, primary_key=True, related_name="call_task"
    )
    caller = models.ForeignKey(Practice, on_delete=models.PROTECT, related_name="call_tasks")
    opened_at = models.DateTimeField()
    outcome = models.CharField(max_length=16, choices=Outcome, blank=True)
    spoke_to = models.CharField(max_length=120, blank=True)
    done_by = models.CharField(max_length=160, blank=True)
    done_at = models.DateTimeField(null=True)

    objects = CallTaskQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(outcome="", done_by="", done_at__isnull=True)
                | (~Q(outcome="") & ~Q(done_by="") & Q(done_at__isnull=False)),
                name="call_task_outcome_has_its_caller_and_time",
            ),
        ]
        indexes = [
            models.Index(fields=["caller"], name="call_task_waiting", condition=Q(outcome="")),
        ]

    def __str__(self) -> str:
        return f"call of {self.delivery_id}"

    @property
    def state(self) -> str:
        """Whether it is waiting, recorded, or withdrawn because nobody has to make it any more."""
        if self.outcome:
            return "recorded"
        over = self.delivery.state in CallTask.OVER or not self.delivery.contact_point.is_usable
        return "withdrawn" if over else "waiting"
