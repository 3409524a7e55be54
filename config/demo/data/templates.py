"""What the rules say about the few sets of findings that the synthetic data uses, as lines.

The real rules ran; what they asked is left out of what is over, as if it had been answered.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from config.demo.data.written import as_json, escaped
from coordination.escalation import LADDERS, Kind, Ladder
from coordination.messages import page_for, reminder_for
from coordination.reminders import REMINDERS, ladder_of
from referrals import clinical
from referrals.clinical import Tier
from referrals.deadlines import Pace, pace_of
from referrals.models.practice import Specialty

# What was answered long ago: any day, and about as long as there was.
_A_DAY, _ANSWERED_WITHIN = datetime(2026, 1, 5, tzinfo=UTC), timedelta(days=2)
FINDINGS: Mapping[Tier, Mapping[str, Any]] = {
    Tier.ROUTINE: {"neurogenic_claudication_stable": "present"},
    Tier.URGENT: {"foot_drop": "present", "motor_onset_days": 60},
    Tier.SAME_DAY: {"foot_drop": "present", "motor_onset_days": 3},
    Tier.EMERGENCY: {"saddle_sensory_change": "present", "urinary_retention": "present"},
}


@dataclass(frozen=True)
class Owed:
    """One obligation that a tier brings: its ladder as JSON, its limit in minutes, its text."""

    kind: str
    specialty: str
    ladder: str
    limit: int
    message: str


@dataclass(frozen=True)
class Template:
    """One assessment: the columns of its referral, of itself while open and when over."""

    tier: Tier
    pace: Pace
    within: str
    route: str
    policy: str
    on_referral: str
    while_open: str
    when_over: str
    flags: tuple[tuple[str, Tier], ...]
    submitted: str
    owed: tuple[Owed, ...]

    @property
    def is_urgent(self) -> bool:
        """Whether people must answer now."""
        return self.tier >= Tier.SAME_DAY


def of_tier(tier: Tier) -> Template:
    """Run the rules on the findings of this tier.

    :raises AssertionError: if the rules say another tier now: then FINDINGS has to change.
    """
    found = clinical.assess(clinical.read_submission(FINDINGS[tier]))
    if found.tier is not tier:
        raise AssertionError(f"{FINDINGS[tier]} are {found.tier.name} now, not {tier.name}.")
    within = found.within or ""
    pace = pace_of(tier, within)
    result = found.to_dict()
    urgency = f"{int(tier)}\t{int(found.possible_tier)}\t{within}\t{found.route}"
    given = f"{escaped(as_json(found.as_given))}\t{escaped(as_json(list(found.codes_as_given)))}"
    version = found.ruleset_version
    head = f"{version}\t{found.ruleset_status}\t{given}\tf\t{urgency}"
    return Template(
        tier=tier,
        pace=pace,
        within=within,
        route=found.route,
        policy=as_json({"compression": 1, "pace": pace, "ruleset": version}),
        on_referral=f"{urgency}\t{version}",
        while_open=f"{head}\t{escaped(as_json(result))}",
        when_over=f"{head}\t{escaped(as_json(result | {'questions': [], 'holds': []}))}",
        flags=tuple((one.id, one.tier) for one in found.fired if one.tier >= Tier.SAME_DAY),
        submitted=as_json({"rules": list(found.rules), "tier": tier.name}),
        owed=tuple(_all_owed(pace)),
    )


def _all_owed(pace: Pace) -> Iterator[Owed]:
    if pace in (Pace.URGENT, Pace.ROUTINE):
        for sought in (Specialty.PAIN, Specialty.SPINE):
            yield next_step("acknowledge", sought, _A_DAY, _A_DAY + _ANSWERED_WITHIN)
    for (its_pace, kind, specialty), ladder in LADDERS.items():
        if its_pace is pace:
            yield _owed(kind, specialty, ladder, page_for(pace, kind, specialty))


def next_step(step: str, specialty: str, since: datetime, due: datetime) -> Owed:
    """Return what whoever has the move of a referral that can wait owes, and is reminded of."""
    kind, promise = REMINDERS[step].kind, {"due": due.isoformat(), "step": step}
    ladder = ladder_of(step, since, due)
    return _owed(kind, specialty, ladder, reminder_for(kind), promise=promise)


def _owed(kind: Kind, specialty: str, ladder: Ladder, message: str, **more: object) -> Owed:
    limit = int(ladder.limit.total_seconds() / 60)
    return Owed(kind, specialty, escaped(as_json(ladder.snapshot() | more)), limit, message)


def acknowledgement_of(template: Template, specialty: str) -> Owed:
    """Return what the practice of that specialty owes first."""
    (owed,) = (o for o in template.owed if (o.kind, o.specialty) == (Kind.ACKNOWLEDGE, specialty))
    return owed
