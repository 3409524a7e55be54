"""DUTIES: which process takes which work at once, and which it leaves to others for a while.

Every process can do all work, so that any one of them is enough. But a worker that yields the
processor must not be the one to hold an urgent message, and elective work must not take the
processor from people who wait for an answer.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.db.models import Q
from django.db.models.expressions import Combinable

_NEVER = timedelta(days=36_500)


@dataclass(frozen=True)
class Duty:
    """How long a process leaves urgent and elective work to whoever takes it at once.

    ``loop`` is the name under which the process shows that it works; empty for one by hand.
    """

    urgent_after: timedelta = timedelta()
    elective_after: timedelta = timedelta()
    loop: str = ""

    def late(self) -> "Duty":
        """Return the duty to take only urgent work, and only what others have left for too long."""
        return replace(self, elective_after=_NEVER)

    def leaves(self, now: datetime | Combinable, *, since: str, urgent: Q, elective: Q) -> Q:
        """Match the work that is this process's only when nobody else has taken it for a while.

        :param since: the column that says since when it can be taken.
        """
        left = Q(pk__in=())
        for kind, wait in ((urgent, self.urgent_after), (elective, self.elective_after)):
            if wait:
                left |= kind & Q(**{f"{since}__gt": now - wait})
        return left


ALL = Duty()
# For an answer that is wanted within days, ten seconds are nothing.
_ELECTIVE_AFTER = timedelta(seconds=10)
DUTIES = {
    "urgent": Duty(elective_after=_ELECTIVE_AFTER, loop="worker-urgent"),
    "default": Duty(urgent_after=timedelta(seconds=1), loop="worker-default"),
    "dispatch": Duty(elective_after=_ELECTIVE_AFTER, loop="dispatch"),
}
