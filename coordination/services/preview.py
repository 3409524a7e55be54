"""Says who would be told of an urgent case, when and how, by the functions of the ladder itself.

Nothing is stored and nobody is told.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from coordination import escalation
from coordination.escalation import CALLED, Promise, Recipient, Route, Step
from coordination.services import people
from coordination.services.route import would_ask
from referrals.clinical import Tier
from referrals.deadlines import Pace
from referrals.models import Practice, Referral
from referrals.models.practice import Specialty

TIERS = {
    Pace.EMERGENCY: Tier.EMERGENCY,
    Pace.SAME_DAY_NOW: Tier.SAME_DAY,
    Pace.SAME_DAY_24H: Tier.SAME_DAY,
    Pace.URGENT: Tier.URGENT,
    Pace.ROUTINE: Tier.ROUTINE,
}
_OTHER = {Specialty.PAIN: Specialty.SPINE, Specialty.SPINE: Specialty.PAIN}


@dataclass(frozen=True)
class Told:
    """Somebody who would be told: a name and a channel, never an address."""

    name: str
    channel: str
    practice: str


@dataclass(frozen=True)
class Rung:
    """One rung: of which side and obligation, when, for which practice, and who would be told.

    A rung that tells nobody hands over to the next at once. ``practice`` is ``None`` where no
    practice could be asked.
    """

    specialty: str
    kind: str
    number: int
    at: datetime
    practice: str | None
    told: list[Told]


def preview(sender: Practice, *, at: datetime, pace: Pace) -> Iterator[Rung]:
    """List every rung of both sides for a case that this practice sends at that instant.

    The other side is the practice that routing would ask, with its open cases of now; where one
    more practice is asked, the next that routing would.
    """
    sought = _OTHER[Specialty(sender.specialty)]
    referral = Referral(sender=sender, sought_specialty=sought, tier=TIERS[pace])
    asked = would_ask(referral, at)
    sides: dict[str, Practice | None] = {
        sender.specialty: sender,
        sought: asked[0] if asked else None,
    }
    for promise in escalation.plan(pace, Route.BOTH, opened=at, zone=sender.zone):
        others = asked[1:] if promise.specialty == sought else []
        yield from _rungs(promise, referral, sides[promise.specialty], others)


def _rungs(
    promise: Promise, referral: Referral, practice: Practice | None, others: list[Practice]
) -> Iterator[Rung]:
    waiting = list(others)
    asked: list[Practice] = []
    for number, step in enumerate(promise.ladder.steps):
        at = promise.start + step.after
        asked_here = _told(step, step.recipients, referral, practice, at)
        everybody = _told(step, step.recipients + step.warned, referral, practice, at)
        # No answering service is warned.
        told = [one for one in everybody if one in asked_here or one.channel not in CALLED]
        if Recipient.ALTERNATE in step.recipients:
            asked += [waiting.pop(0)] if waiting else []
            for other in asked:
                told += _told(step, (Recipient.ON_CALL,), referral, other, at)
        name = practice.name if practice else None
        yield Rung(promise.specialty, promise.kind, number, at, name, told)


def _told(
    step: Step,
    roles: tuple[Recipient, ...],
    referral: Referral,
    practice: Practice | None,
    at: datetime,
) -> list[Told]:
    points = people.reach(
        roles,
        step.channels,
        referral=referral,
        practice_id=practice.pk if practice else None,
        at=at,
    )
    return [Told(point.owner_name, point.channel, point.practice.name) for point in points]
