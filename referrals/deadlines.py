"""By when each step of a referral must be done. Pure; shown to people and to the alarms.

The figures are engineering defaults that await clinical sign-off.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from referrals.calendars import NoWorkingHours, add_working_hours, is_night, next_morning
from referrals.clinical import Tier


class Pace(StrEnum):
    """How fast a referral has to move: its tier, with the two kinds of SAME_DAY told apart."""

    EMERGENCY = "EMERGENCY"
    SAME_DAY_NOW = "SAME_DAY_NOW"
    SAME_DAY_24H = "SAME_DAY_24H"
    URGENT = "URGENT"
    ROUTINE = "ROUTINE"


ACKNOWLEDGE_WITHIN: Mapping[Pace, timedelta] = {
    Pace.EMERGENCY: timedelta(minutes=15),
    Pace.SAME_DAY_NOW: timedelta(minutes=60),
    Pace.SAME_DAY_24H: timedelta(minutes=60),
    Pace.ROUTINE: timedelta(hours=48),
}
PLAN_WITHIN: Mapping[Pace, timedelta] = {
    Pace.EMERGENCY: timedelta(minutes=30),
    Pace.SAME_DAY_NOW: timedelta(hours=4),
    Pace.SAME_DAY_24H: timedelta(hours=24),
    Pace.URGENT: timedelta(days=14),
    Pace.ROUTINE: timedelta(days=42),
}
URGENT_WORKING_HOURS = 8
# By next action: at SAME_DAY and above, at URGENT, at ROUTINE.
STEP_WITHIN: Mapping[str, tuple[timedelta, timedelta, timedelta]] = {
    "answer_information": (timedelta(hours=1), timedelta(days=1), timedelta(days=5)),
    "schedule": (timedelta(days=1), timedelta(days=2), timedelta(days=7)),
    "report": (timedelta(days=1), timedelta(days=3), timedelta(days=7)),
    "close": (timedelta(days=1), timedelta(days=3), timedelta(days=7)),
    "confirm_cancellation": (timedelta(days=1), timedelta(days=1), timedelta(days=2)),
    "decide_next": (timedelta(days=1), timedelta(days=2), timedelta(days=5)),
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


def acknowledge_by(
    pace: Pace, sent: datetime, zone: ZoneInfo, week: Mapping[str, Sequence[Sequence[str]]]
) -> datetime:
    """Return by when a human must have acknowledged, in UTC.

    :param week: the working hours that count for URGENT, see :mod:`referrals.calendars`. Where a
        practice has none every hour counts: an empty calendar must not hold up a referral.
    """
    if pace is Pace.URGENT:
        try:
            return add_working_hours(sent, URGENT_WORKING_HOURS, week, zone)
        except NoWorkingHours:
            return sent + timedelta(hours=URGENT_WORKING_HOURS)
    return ladder_start(pace, sent, zone) + ACKNOWLEDGE_WITHIN[pace]


def plan_by(pace: Pace, sent: datetime) -> datetime:
    """Return by when a receiving plan must be on record, from receipt, in UTC."""
    return sent + PLAN_WITHIN[pace]


def step_by(next_action: str, pace: Pace, since: datetime) -> datetime:
    """Return by when the next step of a referral under way must be done, in UTC."""
    urgent, soon, routine = STEP_WITHIN[next_action]
    return since + {Pace.URGENT: soon, Pace.ROUTINE: routine}.get(pace, urgent)
