"""REMINDERS: who is reminded of a step that can wait, and when. This file is pure.

Time counts in shares of what the step has: 0 is when it becomes somebody's, 1 when it is due. By
when it is due says :mod:`referrals.deadlines`, by the working calendar of whoever owes it. Nobody
is telephoned, and the last reminder repeats every day until the step is done.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from coordination.escalation import QUIET, Kind, Ladder, Recipient, Step

AGAIN_AFTER = timedelta(hours=24)


@dataclass(frozen=True)
class Reminder:
    """These roles are written to when that share of the time has passed, and so long after that."""

    share: float
    recipients: tuple[Recipient, ...]
    later: timedelta = timedelta()


@dataclass(frozen=True)
class Clock:
    """What is owed as long as a step is next, and who is reminded of it."""

    kind: Kind
    reminders: tuple[Reminder, ...]


_R = Recipient
_AT_ONCE = Reminder(0, (_R.FRONT_DESK,))
_HALF_TIME = Reminder(0.5, (_R.FRONT_DESK,))
_OVER = Reminder(1, (_R.FRONT_DESK, _R.COORDINATOR))
_NETWORK = (_R.FRONT_DESK, _R.COORDINATOR, _R.NETWORK)
_LATE = Reminder(1, _NETWORK, timedelta(hours=24))
_USUAL = (_HALF_TIME, _OVER, _LATE)
# The hour of a visit is not when somebody has to write down what came of it.
_AFTER_THE_VISIT = (
    Reminder(1, (_R.FRONT_DESK, _R.COORDINATOR), timedelta(hours=24)),
    Reminder(1, _NETWORK, timedelta(hours=72)),
)

# By the next action of the referral.
REMINDERS: Mapping[str, Clock] = {
    "acknowledge": Clock(Kind.ACKNOWLEDGE, (_AT_ONCE, *_USUAL)),
    "accept": Clock(Kind.PLAN, _USUAL),
    "schedule": Clock(Kind.VISIT, _USUAL),
    "see_patient": Clock(Kind.VISIT, _AFTER_THE_VISIT),
    "report": Clock(Kind.REPORT, _USUAL),
    "close": Clock(Kind.CLOSE, _USUAL),
    "answer_information": Clock(Kind.INFORMATION, _USUAL),
    "confirm_cancellation": Clock(Kind.DECIDE, _USUAL),
    "decide_next": Clock(Kind.DECIDE, _USUAL),
    "find_receiver": Clock(Kind.DECIDE, _USUAL),
}


def ladder_of(step: str, since: datetime, due: datetime) -> Ladder:
    """Return the ladder of a step that is owed since then and due then.

    A step that was due already is reminded of at once.
    """
    given = max(due - since, timedelta())
    steps: dict[timedelta, Step] = {}
    for one in REMINDERS[step].reminders:
        after = given * one.share + one.later
        # Where no time is left, the later reminder tells more people.
        steps[after] = Step(after, one.recipients, QUIET)
    return Ladder(given, AGAIN_AFTER, tuple(steps[after] for after in sorted(steps)))
