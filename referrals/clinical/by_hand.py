"""What people say about urgency by hand, beside the rules: a tier stated, rules set aside.

A rule that was set aside counts again as soon as somebody gives anything anew that it reads.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from referrals.clinical.outcome import FiredRule
from referrals.clinical.tier import Tier

RULE_ID = "BY-HAND"


@dataclass(frozen=True, slots=True)
class ByHand:
    """What people said: the ids of the rules set aside, and the tier stated, NONE if none was.

    The tier counts where it is above what the other rules say. `within` is as in FiredRule.
    """

    set_aside: frozenset[str] = frozenset()
    tier: Tier = Tier.NONE
    within: str | None = None
    why: str = ""

    def counted(
        self, fired: Sequence[FiredRule], holds: Mapping[Tier, tuple[str, ...]]
    ) -> tuple[FiredRule, ...]:
        """Return what counts of the rules that fired, and the stated tier if it decides."""
        kept = tuple(rule for rule in fired if rule.id not in self.set_aside)
        stated = (self.tier, self.within == "now")
        if all(stated > speed(rule.tier, rule.within) for rule in kept) and self.tier:
            return (self._as_rule(holds.get(self.tier, ())), *kept)
        return kept

    def _as_rule(self, holds: tuple[str, ...]) -> FiredRule:
        return FiredRule(
            id=RULE_ID,
            group="by_hand",
            title="stated by a person",
            tier=self.tier,
            within=self.within,
            route=None,
            reason=self.why,
            action="act on it as on a rule; a clinician says how it ended",
            sources=(),
            holds=holds,
            mark="stated",
        )


NOTHING = ByHand()


def speed(tier: Tier, within: str | None) -> tuple[Tier, bool]:
    """Return what orders urgency: the tier, and of the two kinds of SAME_DAY "now" is faster."""
    return tier, within == "now"


def above(fired: Collection[FiredRule], tier: Tier, within: str | None) -> frozenset[str]:
    """Return the ids of the rules that are more urgent than this."""
    return frozenset(
        rule.id for rule in fired if speed(rule.tier, rule.within) > speed(tier, within)
    )
