"""Which practice is asked first, and why, in words. Pure: it is handed the candidates."""

from collections.abc import Iterable
from dataclasses import dataclass

from referrals.clinical import Tier

EMERGENCY_CAPABILITY = "emergency"
# Beyond it one practice is as busy as another, and counting on would hold up a red flag.
COUNTED_TO = 100


class NobodyAvailable(Exception):
    """No practice can be asked. The message says why, in words for the coordinators."""


@dataclass(frozen=True)
class Candidate:
    """A practice of the sought specialty that was not asked yet; ``open_cases`` up to a hundred."""

    practice_id: int
    name: str
    region: str
    capabilities: frozenset[str]
    on_call: str | None
    open_cases: int


@dataclass(frozen=True)
class Choice:
    """The practice to ask, with the reason shown to people."""

    practice_id: int
    reason: str


def choose(candidates: Iterable[Candidate], *, tier: Tier, region: str) -> Choice:
    """Pick the practice to ask.

    Red flags go only to a practice with a surgeon on call now, emergencies to one that takes
    them; then the own region comes first, then the practice with the fewest open cases.

    :raises NobodyAvailable: if no candidate can take this tier.
    """
    everyone = list(candidates)
    able = [candidate for candidate in everyone if _able(candidate, tier)]
    if not able:
        raise NobodyAvailable(_nobody(everyone, tier))
    best = min(able, key=lambda c: (c.region != region, c.open_cases, c.practice_id))
    return Choice(best.practice_id, _reason(best, tier, region, others=len(able) - 1))


def _able(candidate: Candidate, tier: Tier) -> bool:
    if tier is Tier.EMERGENCY and EMERGENCY_CAPABILITY not in candidate.capabilities:
        return False
    return tier < Tier.SAME_DAY or candidate.on_call is not None


def _reason(best: Candidate, tier: Tier, region: str, *, others: int) -> str:
    parts = [f"{best.on_call} is on call" if best.on_call else "takes new referrals"]
    if tier is Tier.EMERGENCY:
        parts.append("takes emergencies")
    parts.append(
        "same region" if best.region == region else f"nearest region with cover: {best.region}"
    )
    more = " or more" if best.open_cases >= COUNTED_TO else ""
    parts.append(f"{best.open_cases}{more} open")
    if others:
        parts.append(f"{others} more could be asked")
    return f"{best.name}: {', '.join(parts)}"


def _nobody(everyone: list[Candidate], tier: Tier) -> str:
    if not everyone:
        return "No practice of this specialty is left to ask."
    names = ", ".join(candidate.name for candidate in everyone)
    wanted = "takes emergencies and has" if tier is Tier.EMERGENCY else "has"
    return f"No practice {wanted} somebody on call now (looked at {names})."
