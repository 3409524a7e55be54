"""Which referrals stand on which list of a practice: one condition each, for list and count.

Each begins with what the practice is to the referral, for which there is an index of what moves.
"""

from collections.abc import Callable, Mapping

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import BooleanField, F, Func, Q

from referrals import clock, worklists
from referrals.clinical import Tier
from referrals.models.ask import Ask
from referrals.workflow import LIVE, Side, Status

URGENT_TIERS = (Tier.SAME_DAY.value, Tier.EMERGENCY.value)
URGENT_NOT_SAFE = Q(tier__in=URGENT_TIERS, safe_at__isnull=True, status__in=sorted(LIVE))
# Who moves next in every one of them: the lists of a practice are a small part of its referrals.
SOMEBODY_MOVES = ~Q(next_action="")
_NOBODY_HAS_IT = Q(
    owner_side=Side.RECEIVER.value,
    next_action__in=("acknowledge", "accept"),
    tier__lt=Tier.SAME_DAY.value,
)
_INFORMATION = Q(status=Status.AWAITING_INFORMATION)


def _sent_by(practice_id: int) -> Q:
    return Q(sender=practice_id)


def _taken_by(practice_id: int) -> Q:
    return Q(receiver=practice_id)


def _asked(practice_id: int, **which: str) -> Q:
    # An array that is gathered once, and looked up by the primary key. With "exists" or "in"
    # beside "or" PostgreSQL goes over everybody's open referrals to find a practice's few.
    asks = Ask.objects.not_accepted().filter(practice=practice_id, **which).values("referral")
    sql = Func(
        F("pk"),
        ArraySubquery(asks),
        template="%(expressions)s)",
        arg_joiner=" = ANY(",
        output_field=BooleanField(),
    )
    return Q(sql)


def _before(practice_id: int) -> Q:
    # Theirs, or they are asked and have not answered yet.
    return _taken_by(practice_id) | _asked(practice_id, answer="")


def concerns(practice_id: int) -> Q:
    """Keep what the practice sent, has taken, or was asked to take: whoever accepted has taken."""
    return _sent_by(practice_id) | _taken_by(practice_id) | _asked(practice_id)


CONDITIONS: Mapping[str, Callable[[int], Q]] = {
    worklists.URGENT: lambda practice_id: concerns(practice_id) & URGENT_NOT_SAFE,
    "to_answer": lambda practice_id: _before(practice_id) & _NOBODY_HAS_IT,
    "asked_of_us": lambda practice_id: _sent_by(practice_id) & _INFORMATION,
    "to_schedule": lambda practice_id: (
        _taken_by(practice_id) & Q(next_action="schedule") & ~Q(status=Status.NO_SHOW)
    ),
    "to_rebook": lambda practice_id: _taken_by(practice_id) & Q(status=Status.NO_SHOW),
    # A visit whose hour is over, and nobody has said what came of it; or it was, and is not told.
    "report_due": lambda practice_id: (
        _taken_by(practice_id)
        & (Q(next_action="report") | Q(next_action="see_patient", due_at__lt=clock.NOW))
    ),
    "to_close": lambda practice_id: _sent_by(practice_id) & Q(next_action="close"),
    "to_confirm": lambda practice_id: _before(practice_id) & Q(next_action="confirm_cancellation"),
    "to_decide": lambda practice_id: (
        _sent_by(practice_id)
        & Q(owner_side=Side.SENDER.value, next_action__in=("decide_next", "find_receiver"))
    ),
    "asked_by_us": lambda practice_id: _before(practice_id) & _INFORMATION,
    "unanswered": lambda practice_id: _sent_by(practice_id) & _NOBODY_HAS_IT,
}
