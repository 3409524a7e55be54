"""Who is rung for an urgent case until a human answers. LADDERS is the table; this file is pure.

Of steps that can wait people are reminded: :mod:`coordination.reminders`.

Times are engineering defaults that await clinical sign-off. A ladder never ends: its last step
repeats until somebody answers.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from referrals.deadlines import (
    ACKNOWLEDGE_WITHIN,
    ARRIVAL_ASKED_AFTER,
    ARRIVAL_WITHIN,
    PLAN_WITHIN,
    Pace,
    ladder_start,
)

PAIN, SPINE = "pain", "spine"
SMS, EMAIL, VOICE, WEBHOOK = "sms", "email", "voice", "webhook"
ANSWERING_SERVICE, HOSPITAL_OPERATOR = "answering_service", "hospital_operator"

WRITTEN = (SMS, EMAIL, WEBHOOK)
# What makes a telephone ring: a machine's call, or one that a person has to make.
SPOKEN = (VOICE, ANSWERING_SERVICE, HOSPITAL_OPERATOR)
ALL = WRITTEN + SPOKEN
# What goes by a provider of SMS and calls; there may be a second, for when the first fails.
BY_PROVIDER = (SMS, VOICE)
FIRST_PROVIDER, SECOND_PROVIDER = "first", "second"
# Calls that a person has to make.
CALLED = (ANSWERING_SERVICE, HOSPITAL_OPERATOR)
CHANNEL_WORDS: dict[str, str] = {
    SMS: "text message",
    EMAIL: "e-mail",
    VOICE: "telephone call",
    WEBHOOK: "their own system",
    ANSWERING_SERVICE: "answering service",
    HOSPITAL_OPERATOR: "hospital operator",
}
# Elective referrals ring nobody.
QUIET = (EMAIL, WEBHOOK)


class Kind(StrEnum):
    """What is owed."""

    ACKNOWLEDGE = "acknowledge"
    PLAN = "plan"
    PATIENT = "patient"
    ED_HANDOVER = "ed_handover"
    VISIT = "visit"
    REPORT = "report"
    CLOSE = "close"
    INFORMATION = "information"
    DECIDE = "decide"
    ARRIVAL = "arrival"
    PHYSICIAN = "physician"


# Opened by what people report of the patient, not together with the alert.
OF_THE_PATIENT = (Kind.ARRIVAL, Kind.PHYSICIAN)


class Recipient(StrEnum):
    """A role, resolved to people at the moment a step is due."""

    ON_CALL = "on_call"
    BACKUP = "backup"
    GROUP = "group"
    FRONT_DESK = "front_desk"
    RESPONSIBLE = "responsible"
    COORDINATOR = "coordinator"
    NETWORK = "network"
    ALTERNATE = "alternate"
    DIRECTOR = "director"
    REFERRER = "referrer"


class Route(StrEnum):
    """What the rules say about who goes first. The route chooses the obligations."""

    BOTH = "spine_surgeon_and_pain"
    CALL_911_AND_BOTH = "call_911_and_spine_surgery"
    CALL_911 = "call_911_not_spine_surgery"
    PAIN_FIRST = "pain_physician_first"


@dataclass(frozen=True)
class Step:
    """One rung: so long after the ladder starts, these roles are told by these channels.

    ``warned`` are told besides that nobody has answered, and what to do now.
    """

    after: timedelta
    recipients: tuple[Recipient, ...]
    channels: tuple[str, ...] = ALL
    warned: tuple[Recipient, ...] = ()


@dataclass(frozen=True)
class Ladder:
    """The rungs of one obligation; the last repeats for ever. ``limit`` is when it is overdue.

    ``lapses_after`` is how long an acknowledgement holds that leads to nothing, ``None`` where it
    holds for ever.
    """

    limit: timedelta
    repeat_every: timedelta
    steps: tuple[Step, ...]
    lapses_after: timedelta | None = None

    def snapshot(self, *, compression: float = 1) -> dict[str, Any]:
        """Return the ladder as JSON, every wait in seconds and divided by ``compression``."""
        return {
            "limit": self.limit.total_seconds() / compression,
            "repeat_every": self.repeat_every.total_seconds() / compression,
            "lapses_after": (
                self.lapses_after.total_seconds() / compression if self.lapses_after else None
            ),
            "steps": [
                {
                    "after": step.after.total_seconds() / compression,
                    "recipients": list(step.recipients),
                    "channels": list(step.channels),
                    "warned": list(step.warned),
                }
                for step in self.steps
            ],
        }


@dataclass(frozen=True)
class Promise:
    """One obligation to open: whose, of which kind, on which ladder, ringing first at ``start``."""

    kind: Kind
    specialty: str
    ladder: Ladder
    start: datetime


def _minutes(count: int) -> timedelta:
    return timedelta(minutes=count)


def _step(
    minutes: int,
    *recipients: Recipient,
    by: tuple[str, ...] = ALL,
    warned: tuple[Recipient, ...] = (),
) -> Step:
    return Step(_minutes(minutes), recipients, by, warned)


def _task(limit: timedelta, repeat: int, *who: Recipient) -> Ladder:
    """Build the ladder of a task: its owner is reminded at half time, the network at the limit."""
    everyone = (*who, Recipient.GROUP, Recipient.NETWORK)
    return Ladder(limit, _minutes(repeat), (Step(limit / 2, who, WRITTEN), Step(limit, everyone)))


def _plan_today(limit: timedelta, repeat: int) -> Ladder:
    """Build the ladder of a plan that is due today: who owes it is called an hour before, too.

    At the limit the advice becomes "send the patient to the emergency department".
    """
    who = (Recipient.ON_CALL, Recipient.BACKUP)
    steps = (
        Step(limit / 2, who, WRITTEN),
        Step(limit - _minutes(60), who),
        Step(limit, (*who, Recipient.GROUP), warned=_WARNED),
    )
    return Ladder(limit, _minutes(repeat), steps)


_R = Recipient
# Who decides for the patient when the ladder of the surgeon's side has come to its end.
_WARNED = (_R.NETWORK, _R.DIRECTOR, _R.REFERRER)

# How long "seen" holds for whoever has to accept or to plan.
HOLDS: Mapping[Pace, timedelta] = {
    Pace.EMERGENCY: _minutes(15),
    Pace.SAME_DAY_NOW: _minutes(60),
    Pace.SAME_DAY_24H: timedelta(hours=4),
}

_SAME_DAY_SURGEON = Ladder(
    limit=ACKNOWLEDGE_WITHIN[Pace.SAME_DAY_NOW],
    repeat_every=_minutes(20),
    lapses_after=HOLDS[Pace.SAME_DAY_NOW],
    steps=(
        _step(0, _R.ON_CALL, _R.FRONT_DESK, by=WRITTEN),
        _step(15, _R.ON_CALL, by=SPOKEN),
        _step(20, _R.BACKUP),
        _step(40, _R.GROUP),
        _step(60, _R.NETWORK, _R.ALTERNATE, warned=(_R.DIRECTOR, _R.REFERRER)),
    ),
)
_SAME_DAY_PAIN = Ladder(
    limit=ACKNOWLEDGE_WITHIN[Pace.SAME_DAY_NOW],
    repeat_every=_minutes(20),
    lapses_after=HOLDS[Pace.SAME_DAY_NOW],
    steps=(
        _step(0, _R.RESPONSIBLE, _R.COORDINATOR, by=WRITTEN),
        _step(20, _R.RESPONSIBLE, by=SPOKEN),
        _step(40, _R.GROUP, _R.FRONT_DESK),
        _step(60, _R.GROUP, _R.COORDINATOR, _R.NETWORK),
    ),
)

# Asked once the patient should be there.
_ARRIVAL = Ladder(
    limit=ARRIVAL_WITHIN,
    repeat_every=_minutes(15),
    steps=(
        Step(ARRIVAL_ASKED_AFTER, (_R.RESPONSIBLE, _R.COORDINATOR, _R.FRONT_DESK)),
        Step(ARRIVAL_WITHIN, (_R.RESPONSIBLE, _R.COORDINATOR, _R.GROUP)),
        Step(ARRIVAL_WITHIN + _minutes(15), (_R.COORDINATOR, _R.GROUP, _R.NETWORK)),
    ),
)


def _physician(limit: int) -> Ladder:
    """Build the ladder of a patient who does not go, or is not found: the physician at once."""
    return Ladder(
        limit=_minutes(limit),
        repeat_every=_minutes(15),
        steps=(
            _step(0, _R.RESPONSIBLE),
            _step(limit // 2, _R.RESPONSIBLE, _R.GROUP, _R.COORDINATOR),
            _step(limit, _R.RESPONSIBLE, _R.GROUP, _R.COORDINATOR, _R.NETWORK),
        ),
    )


LADDERS: dict[tuple[Pace, Kind, str], Ladder] = {
    (Pace.EMERGENCY, Kind.ACKNOWLEDGE, SPINE): Ladder(
        limit=ACKNOWLEDGE_WITHIN[Pace.EMERGENCY],
        repeat_every=_minutes(15),
        lapses_after=HOLDS[Pace.EMERGENCY],
        steps=(
            _step(0, _R.ON_CALL, _R.FRONT_DESK, by=WRITTEN),
            _step(2, _R.ON_CALL, by=SPOKEN),
            _step(5, _R.BACKUP),
            _step(10, _R.GROUP, _R.FRONT_DESK),
            _step(15, _R.NETWORK, _R.ALTERNATE),
            _step(30, _R.GROUP, _R.ALTERNATE, warned=_WARNED),
        ),
    ),
    (Pace.EMERGENCY, Kind.ACKNOWLEDGE, PAIN): Ladder(
        limit=ACKNOWLEDGE_WITHIN[Pace.EMERGENCY],
        repeat_every=_minutes(15),
        lapses_after=HOLDS[Pace.EMERGENCY],
        steps=(
            _step(0, _R.RESPONSIBLE, _R.COORDINATOR, by=WRITTEN),
            _step(5, _R.RESPONSIBLE, by=SPOKEN),
            _step(10, _R.GROUP, _R.FRONT_DESK),
            _step(15, _R.GROUP, _R.COORDINATOR, _R.NETWORK),
        ),
    ),
    (Pace.EMERGENCY, Kind.PLAN, SPINE): _task(
        PLAN_WITHIN[Pace.EMERGENCY], 15, _R.ON_CALL, _R.BACKUP
    ),
    (Pace.EMERGENCY, Kind.PATIENT, PAIN): _task(_minutes(30), 15, _R.RESPONSIBLE, _R.COORDINATOR),
    (Pace.EMERGENCY, Kind.ED_HANDOVER, PAIN): _task(
        PLAN_WITHIN[Pace.EMERGENCY], 15, _R.RESPONSIBLE, _R.COORDINATOR
    ),
    (Pace.SAME_DAY_NOW, Kind.ACKNOWLEDGE, SPINE): _SAME_DAY_SURGEON,
    (Pace.SAME_DAY_NOW, Kind.ACKNOWLEDGE, PAIN): _SAME_DAY_PAIN,
    (Pace.SAME_DAY_NOW, Kind.PLAN, SPINE): _plan_today(PLAN_WITHIN[Pace.SAME_DAY_NOW], 20),
    (Pace.SAME_DAY_NOW, Kind.PATIENT, PAIN): _task(
        _minutes(120), 20, _R.RESPONSIBLE, _R.COORDINATOR
    ),
    (Pace.SAME_DAY_24H, Kind.ACKNOWLEDGE, SPINE): replace(
        _SAME_DAY_SURGEON, lapses_after=HOLDS[Pace.SAME_DAY_24H]
    ),
    (Pace.SAME_DAY_24H, Kind.ACKNOWLEDGE, PAIN): replace(
        _SAME_DAY_PAIN, lapses_after=HOLDS[Pace.SAME_DAY_24H]
    ),
    (Pace.SAME_DAY_24H, Kind.PLAN, SPINE): _plan_today(PLAN_WITHIN[Pace.SAME_DAY_24H], 60),
    (Pace.EMERGENCY, Kind.ARRIVAL, PAIN): _ARRIVAL,
    (Pace.SAME_DAY_NOW, Kind.ARRIVAL, PAIN): _ARRIVAL,
    (Pace.SAME_DAY_24H, Kind.ARRIVAL, PAIN): _ARRIVAL,
    (Pace.EMERGENCY, Kind.PHYSICIAN, PAIN): _physician(10),
    (Pace.SAME_DAY_NOW, Kind.PHYSICIAN, PAIN): _physician(20),
    (Pace.SAME_DAY_24H, Kind.PHYSICIAN, PAIN): _physician(20),
}

SURGEON_WAITS = _minutes(60)


def has_to_take_or_plan(specialty: str, sought: str) -> bool:
    """Say whether "seen" by this specialty must lead to an acceptance or a plan, or it lapses.

    A pain clinic that sent the patient takes nobody; what it owes has ladders of its own.
    """
    return specialty in (SPINE, sought)


def lapses_at(
    ladder: Mapping[str, Any], pace: Pace, seen: datetime, zone: ZoneInfo
) -> datetime | None:
    """Return when an acknowledgement of that instant lapses; never at night in a 24-hour case.

    :param ladder: the snapshot of the obligation; one of before lapses were known has none.
    """
    after = ladder.get("lapses_after")
    return ladder_start(pace, seen + timedelta(seconds=after), zone) if after else None


def plan(
    pace: Pace, route: str, *, opened: datetime, zone: ZoneInfo, compression: float = 1
) -> tuple[Promise, ...]:
    """List the obligations of an urgent case, each with the instant its ladder starts.

    :param zone: the sender's zone, where the patient is; a 24-hour case that comes at night
        starts at 07:00 there, on both sides together.
    :param compression: divides the wait of a surgeon who comes second.
    """
    start = ladder_start(pace, opened, zone)
    return tuple(_promises(pace, route, start, SURGEON_WAITS / compression))


def _promises(
    pace: Pace, route: str, start: datetime, surgeon_waits: timedelta
) -> Iterator[Promise]:
    for (row_pace, kind, specialty), ladder in LADDERS.items():
        is_later = kind in OF_THE_PATIENT
        if row_pace is not pace or is_later or (specialty == SPINE and route == Route.CALL_911):
            continue
        waits = specialty == SPINE and route == Route.PAIN_FIRST
        yield Promise(kind, specialty, ladder, start + surgeon_waits if waits else start)
