"""What a person says who calls an answering service or a hospital operator. Pure.

No line may hold a patient fact: the operator is a stranger. A line may use only the fields of
:class:`Call`.
"""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from coordination.messages import SPOKEN_SAFETY

_WHOM = {"spine": "spine surgeon on call", "pain": "pain physician on call"}


@dataclass(frozen=True)
class Call:
    """All that a script may say. ``answer_by`` is an instant; ``zone`` is the caller's.

    ``call_back`` is the sender's direct line, empty if it is not known.
    """

    caller: str
    practice: str
    specialty: str
    reference: str
    tier: str
    answer_by: datetime
    zone: ZoneInfo
    call_back: str


CALL_SCRIPT: tuple[str, ...] = (
    "Say: “This is {caller}. I am calling about an urgent referral for {practice}, made through "
    "Tandem.”",
    "Ask for the {whom} of {practice}. If you reach only an operator, ask them to page that "
    "doctor now.",
    "Say: “The reference is {reference}. It is {tier}. The doctor has to answer by {answer_by}, "
    "by the link or the text message from Tandem, or by calling {call_back}.”",
    "If they hesitate, say: “I give no details of the patient on this line. It cannot wait until "
    "morning: please page the doctor now, and tell me your name.”",
    "Say nothing of the patient: no name, no date of birth, no diagnosis.",
    "Write down whom you spoke to, and record what came of the call. A call is not an answer: "
    "Tandem goes on until the doctor has answered.",
    SPOKEN_SAFETY,
)


def lines_of(call: Call) -> list[str]:
    """Fill the script, one sentence or two a line, in the order of the call."""
    fields = {
        "caller": call.caller,
        "practice": call.practice,
        "whom": _WHOM[call.specialty],
        "reference": call.reference,
        "tier": call.tier.replace("_", " "),
        "answer_by": call.answer_by.astimezone(call.zone).strftime("%A %H:%M %Z"),
        "call_back": call.call_back or "you back at your own number",
    }
    return [line.format(**fields) for line in CALL_SCRIPT]
