"""The five tiers of urgency and their order; it knows nothing of rules or people."""

from enum import IntEnum


class Tier(IntEnum):
    """Urgency, ordered: a higher tier is the more urgent one."""

    NONE = 0
    ROUTINE = 1
    URGENT = 2
    SAME_DAY = 3
    EMERGENCY = 4
