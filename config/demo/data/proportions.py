"""What the synthetic data consists of: how large the network is, and what became of its referrals.

Every figure is made up, in a proportion that a busy network could have. A course is what happened
to one referral, step by step, and where it stands. What a step writes says
:mod:`config.demo.data.steps`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from referrals.clinical import Tier
from referrals.workflow import Status

SEED = 20
# What is open is among the newest: every third of them.
OPEN_SHARE, OPEN_AMONG_NEWEST = 0.02, 3
YEARS = 3

# A larger network has more practices, not busier ones. By turns so busy: few send most.
REFERRALS_A_PRACTICE, FEWEST_PRACTICES = 1_000, 10
PAIN_SHARE = 0.6
BUSY = (1, 2, 1, 1, 3, 1, 5, 1, 2, 1)
PRACTICES_A_REGION = 10

# Of those whose course names no tier; the others are ROUTINE.
URGENT_SHARE = 0.3
# Of all.
SURGEON_SENDS = 0.15
NAMED_RECEIVER = 0.6
KNOWN_PATIENT = 0.2
WITH_A_NOTE = 0.4
MESSAGE_DIES = 0.005

_MINUTE, _HOUR, _DAY = 1, 60, 1440
Span = tuple[int, int]

# How long a step takes after the one before it, in minutes: from, to.
_PACES: tuple[Mapping[str, Span], Mapping[str, Span]] = (
    {
        "ask": (0, 1),
        "nobody": (1, _HOUR),
        "accept": (_HOUR, 3 * _DAY),
        "acknowledge": (_HOUR, 2 * _DAY),
        "want": (_HOUR, _DAY),
        "give": (_HOUR, 4 * _DAY),
        "book": (_HOUR, 4 * _DAY),
        "see": (3 * _DAY, 40 * _DAY),
        "miss": (3 * _DAY, 30 * _DAY),
        "unbook": (_DAY, 10 * _DAY),
        "report": (_DAY, 6 * _DAY),
        "advise": (_DAY, 6 * _DAY),
    },
    {
        "ask": (0, 1),
        "nobody": (1, 2),
        "acknowledge": (1, 12),
        "acknowledge_own": (1, 10),
        "accept": (2, 25),
        "refuse": (2, 15),
        "plan": (0, 15),
        "contact": (2, 30),
        "hand_over": (10, 60),
        "safe": (0, 1),
        "book": (_HOUR, _DAY),
        "see": (_HOUR, _DAY),
        "report": (_HOUR, _DAY),
        "close": (_HOUR, _DAY),
    },
)
_OTHERWISE: Span = (_HOUR, 3 * _DAY)


@dataclass(frozen=True)
class Course:
    """What happened to a referral, with its share of its table, and where it stands.

    ``due`` is by when the next step has to be done: minutes from now, from and to.
    """

    share: float
    steps: str
    status: Status
    next_action: str = ""
    owner: str = "receiver"
    resumes_as: str = ""
    tier: Tier | None = None
    due: Span = (-_DAY, 6 * _DAY)

    @property
    def paced(self) -> list[tuple[str, Span]]:
        """The steps, each with how long it takes after the one before it, in minutes."""
        pace = _PACES[self.tier is not None]
        return [(step, pace.get(step, _OTHERWISE)) for step in self.steps.split()]


_S, _SD, _EM = Status, Tier.SAME_DAY, Tier.EMERGENCY
_SOON: Span = (-20, 180)
_TAKEN = "ask acknowledge accept"
_ONCE_ASKED = "acknowledge accept plan acknowledge_own contact safe"
_SAFE = f"ask {_ONCE_ASKED}"
_AT_THE_ED = "ask acknowledge acknowledge_own accept contact hand_over safe"

# Somebody moves.
OPEN: Sequence[Course] = (
    Course(18, "ask", _S.SENT, "acknowledge"),
    Course(10, "ask acknowledge", _S.RECEIVED, "accept", due=(-_DAY, 30 * _DAY)),
    Course(2, "nobody", _S.SENT, "find_receiver", "sender"),
    Course(
        6, "ask acknowledge want", _S.AWAITING_INFORMATION, "answer_information", "sender",
        "received",
    ),
    Course(
        4, "ask accept want", _S.AWAITING_INFORMATION, "answer_information", "sender", "accepted"
    ),
    Course(12, "ask accept", _S.ACCEPTED, "schedule"),
    Course(18, "ask accept book", _S.SCHEDULED, "see_patient", due=(_DAY, 30 * _DAY)),
    Course(4, "ask accept book", _S.SCHEDULED, "see_patient", due=(-5 * _DAY, -_HOUR)),
    Course(4, "ask accept book miss", _S.NO_SHOW, "schedule"),
    Course(3, "ask accept book unbook", _S.VISIT_CANCELLED, "schedule"),
    Course(5, "ask accept book see", _S.SEEN, "report"),
    Course(
        3, "ask accept call_off", _S.CANCEL_REQUESTED, "confirm_cancellation", "receiver",
        "accepted",
    ),
    Course(8, "ask accept book see report", _S.REPORTED, "close", "sender"),
    Course(4, "ask acknowledge decline", _S.DECLINED, "decide_next", "sender"),
    Course(1, "ask accept book miss fail", _S.FAILED, "decide_next", "sender"),
    Course(2, "ask", _S.SENT, "acknowledge", tier=_SD, due=_SOON),
    Course(1, "ask acknowledge", _S.RECEIVED, "accept", tier=_SD, due=_SOON),
    Course(1, "ask refuse", _S.SENT, "acknowledge", tier=_SD, due=_SOON),
    Course(1, _TAKEN, _S.ACCEPTED, "record_plan", tier=_SD, due=_SOON),
    Course(0.5, f"{_TAKEN} plan", _S.ACCEPTED, "acknowledge", "sender", tier=_SD, due=_SOON),
    Course(1, "ask", _S.SENT, "acknowledge", tier=_EM, due=_SOON),
    Course(0.5, "nobody", _S.SENT, "find_receiver", "coordinator", tier=_EM, due=_SOON),
    Course(
        1, f"{_TAKEN} plan acknowledge_own", _S.ACCEPTED, "reach_patient", "sender", tier=_EM,
        due=_SOON,
    ),
    Course(3, _SAFE, _S.ACCEPTED, "see_patient", tier=_SD, due=(_HOUR, _DAY)),
    Course(2, f"{_SAFE} book see", _S.SEEN, "report", tier=_SD),
    Course(2, f"{_SAFE} book see report", _S.REPORTED, "close", "sender", tier=_SD),
    Course(1, _AT_THE_ED, _S.ACCEPTED, "schedule", tier=_EM),
)  # fmt: skip

_SEEN = "book see report close"
# Nobody moves any more: every way in which a referral may end.
OVER: Sequence[Course] = (
    Course(34, "ask accept book report close", _S.CLOSED),
    Course(18, f"ask acknowledge accept {_SEEN}", _S.CLOSED),
    Course(12, f"ask accept {_SEEN}", _S.CLOSED),
    Course(5, f"ask accept book miss {_SEEN}", _S.CLOSED),
    Course(2, f"ask accept book unbook {_SEEN}", _S.CLOSED),
    Course(5, f"ask acknowledge want give accept {_SEEN}", _S.CLOSED),
    Course(2, "ask accept advise close", _S.CLOSED),
    Course(5, "ask acknowledge decline close", _S.CLOSED),
    Course(2, "ask accept book miss fail close", _S.CLOSED),
    Course(3, "ask cancel", _S.CANCELLED),
    Course(3, "ask accept call_off confirm", _S.CANCELLED),
    Course(2, "ask acknowledge redirect", _S.REDIRECTED),
    Course(1, "ask mistake", _S.ENTERED_IN_ERROR),
    Course(4, f"{_SAFE} book see report close", _S.CLOSED, tier=_SD),
    Course(0.5, f"ask refuse {_ONCE_ASKED} {_SEEN}", _S.CLOSED, tier=_SD),
    Course(1.5, f"{_AT_THE_ED} report close", _S.CLOSED, tier=_EM),
)
