"""What people of the staff are told that is about no referral. Pure; no patient is meant or named.

Tests of whether a way to reach somebody works, and who is on call instead of whom.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from coordination.course_texts import Text
from coordination.messages import SAFETY_LINE, SPOKEN_SAFETY, Message, plain

_SMS_LIMIT = 160
_DESK = "Who is on call stands under “Coverage” at the desk."


@dataclass(frozen=True)
class StaffFacts:
    """All that such a message may say: names of staff, times in the reader's ``zone``, a link.

    ``person`` is the one it is about. ``reply_code`` is empty where nobody can reply.
    """

    zone: ZoneInfo
    person: str = ""
    begins: datetime | None = None
    ends: datetime | None = None
    ways: str = ""
    link: str = ""
    reply_code: str = ""


TEST, SWAPPED, INSTEAD, RELIEVED, UNANSWERED = (
    "test", "swapped", "instead", "relieved", "unanswered",
)  # fmt: skip

STAFF_TEXTS: Mapping[str, Text] = {
    TEST: Text(
        "TEST from Tandem: does this reach you?",
        (
            "This is a TEST. There is no patient, and nothing has happened.",
            "You are on call within a week. Say that this way of reaching you works: {link}",
            "If you do not answer within a day, the coordinator of your practice is told.",
        ),
        "TANDEM TEST, no patient. Does this reach you?",
        keys="1",
    ),
    SWAPPED: Text(
        "On call: a swap with {person}",
        (
            "Two shifts were swapped: you are on call from {begins} to {ends}, and {person} has "
            "the shift that was yours.",
            _DESK,
        ),
        "TANDEM on-call swap: you are on call {begins} to {ends}, {person} has your shift.",
    ),
    INSTEAD: Text(
        "On call: you, from {begins}",
        ("You were put on call from {begins} to {ends}, instead of whoever was.", _DESK),
        "TANDEM: you are on call {begins} to {ends}, instead of whoever was.",
    ),
    RELIEVED: Text(
        "On call: {person} instead of you, from {begins}",
        ("From {begins} to {ends} {person} is on call instead of you.", _DESK),
        "TANDEM: {person} is on call instead of you {begins} to {ends}.",
    ),
    UNANSWERED: Text(
        "{person} did not answer a test",
        (
            "{person} is on call within a week and did not answer the test by {ways}.",
            "Ask them whether it reached them, and mend it under “How we are reached” at the desk. "
            "Until then an emergency may not reach them by that way.",
        ),
        "TANDEM: {person} did not answer the test by {ways}. Ask them, mend it at the desk.",
    ),
}


def compose_for_staff(kind: str, facts: StaffFacts) -> Message:
    """Fill a text with its facts, as it is mailed, texted and spoken."""
    text = STAFF_TEXTS[kind]
    fields = {
        "person": " ".join(facts.person.split()),
        "begins": _when(facts.begins, facts.zone),
        "ends": _when(facts.ends, facts.zone),
        "ways": facts.ways,
        "link": facts.link,
    }
    body = "\n\n".join((*text.lines, f"{SAFETY_LINE}: in danger call 911."))
    said = " ".join(line for line in text.lines if "{link}" not in line).format(**fields)
    press = "Press 1 if you hear this." if facts.reply_code and text.keys else ""
    spoken = ("This is Tandem.", said, press, SPOKEN_SAFETY)
    return Message(
        text.subject.format(**fields),
        body.format(**fields),
        _one_segment(text, fields, facts),
        " ".join(word for word in spoken if word),
        text.keys if facts.reply_code else "",
    )


def _when(at: datetime | None, zone: ZoneInfo) -> str:
    return f"{at.astimezone(zone):%a %b %d %H:%M}" if at else ""


def _one_segment(text: Text, fields: dict[str, str], facts: StaffFacts) -> str:
    reply = f"reply 1 +{facts.reply_code} or" if facts.reply_code and text.keys else ""
    name = plain(fields["person"])

    def fill(person: str) -> str:
        said = text.sms.format(**(fields | {"person": person}))
        ways = (reply, facts.link) if text.keys else ()
        return " ".join(word for word in (said, *ways, SAFETY_LINE) if word)

    surplus = max(0, len(fill(name)) - _SMS_LIMIT)
    return fill(name[: max(1, len(name) - surplus)])
