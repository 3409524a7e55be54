"""By when each step of a referral must be done. Pure; shown to people and to the alarms.

The figures are engineering defaults that await clinical sign-off.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from referrals.calendars import (
    Calendar,
    NoWorkingHours,
    add_working_days,
    add_working_hours,
    is_night,
    next_morning,
)
from referrals.clinical import Tier


class Pace(StrEnum):
    """How fast a referral has to move: its tier, with the two kinds of SAME_DAY told apart."""

    EMERGENCY = "EMERGENCY"
    SAME_DAY_NOW = "SAME_DAY_NOW"
    SAME_DAY_24H = "SAME_DAY_24H"
    URGENT = "URGENT"
    ROUTINE = "ROUTINE"


@dataclass(frozen=True)
class WorkingHours:
    """So many hours during which the practice is open."""

    count: int

    @property
    def plainly(self) -> timedelta:
        return timedelta(hours=self.count)


@dataclass(frozen=True)
class WorkingDays:
    """Until closing time, so many working days later."""

    count: int

    @property
    def plainly(self) -> timedelta:
        return timedelta(days=self.count)


Wait = timedelta | WorkingHours | WorkingDays

# A red flag goes by the clock on the wall; what can wait goes by the working calendar.
ACKNOWLEDGE_WITHIN: Mapping[Pace, timedelta] = {
    Pace.EMERGENCY: timedelta(minutes=15),
    Pace.SAME_DAY_NOW: timedelta(minutes=60),
    Pace.SAME_DAY_24H: timedelta(minutes=60),
}
ACKNOWLEDGE_WORKING: Mapping[Pace, WorkingHours | WorkingDays] = {
    Pace.URGENT: WorkingHours(8),
    Pace.ROUTINE: WorkingDays(2),
}
PLAN_WITHIN: Mapping[Pace, timedelta] = {
    Pace.EMERGENCY: timedelta(minutes=30),
    Pace.SAME_DAY_NOW: timedelta(hours=4),
    Pace.SAME_DAY_24H: timedelta(hours=24),
    Pace.URGENT: timedelta(days=14),
    Pace.ROUTINE: timedelta(days=42),
}
# After a patient has left for an emergency department: asked whether they are there, and late.
ARRIVAL_ASKED_AFTER = timedelta(minutes=60)
ARRIVAL_WITHIN = timedelta(minutes=75)
# By next action: at SAME_DAY and above, at URGENT, at ROUTINE.
STEP_WITHIN: Mapping[str, tuple[timedelta, WorkingDays, WorkingDays]] = {
    "answer_information": (timedelta(hours=1), WorkingDays(1), WorkingDays(5)),
    "schedule": (timedelta(days=1), WorkingDays(2), WorkingDays(5)),
    "report": (timedelta(days=1), WorkingDays(3), WorkingDays(5)),
    "close": (timedelta(days=1), WorkingDays(3), WorkingDays(5)),
    "confirm_cancellation": (timedelta(days=1), WorkingDays(1), WorkingDays(2)),
    "decide_next": (timedelta(days=1), WorkingDays(2), WorkingDays(5)),
}


def pace_of(tier: Tier, within: str) -> Pace:
    """Say how fast a referral of this tier moves; a SAME_DAY without a kind counts as "now"."""
    if tier is Tier.SAME_DAY:
        return Pace.SAME_DAY_24H if within == "24h" else Pace.SAME_DAY_NOW
    return Pace(max(tier, Tier.ROUTINE).name)


def ladder_start(pace: Pace, sent: datetime, zone: ZoneInfo) -> datetime:
    """Return when the first page goes out: at once, or at 07:00 for a 24-hour case by night."""
    if pace is Pace.SAME_DAY_24H and is_night(sent, zone):
        return next_morning(sent, zone)
    return sent


def acknowledge_by(pace: Pace, sent: datetime, calendar: Calendar) -> datetime:
    """Return by when a human must have acknowledged, in UTC.

    :param calendar: of the practice that has to acknowledge.
    """
    if pace in ACKNOWLEDGE_WORKING:
        return _after(sent, ACKNOWLEDGE_WORKING[pace], calendar)
    return ladder_start(pace, sent, calendar.zone) + ACKNOWLEDGE_WITHIN[pace]


def plan_by(pace: Pace, sent: datetime) -> datetime:
    """Return by when a receiving plan must be on record, from receipt, in UTC."""
    return sent + PLAN_WITHIN[pace]


def step_by(next_action: str, pace: Pace, since: datetime, calendar: Calendar) -> datetime:
    """Return by when the next step of a referral under way must be done, in UTC.

    :param calendar: of the practice whose move it is.
    """
    urgent, soon, routine = STEP_WITHIN[next_action]
    waits: Mapping[Pace, Wait] = {Pace.URGENT: soon, Pace.ROUTINE: routine}
    return _after(since, waits.get(pace, urgent), calendar)


def _after(since: datetime, wait: Wait, calendar: Calendar) -> datetime:
    # An empty calendar must not hold up a referral: every hour and every day counts then.
    if isinstance(wait, timedelta):
        return since + wait
    try:
        if isinstance(wait, WorkingHours):
            return add_working_hours(since, wait.count, calendar)
        return add_working_days(since, wait.count, calendar)
    except NoWorkingHours:
        return since + wait.plainly
