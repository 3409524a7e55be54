"""Every text that leaves the house, by id. Pure. No text may hold a patient fact.

A text may use only the fields of :class:`Facts`: a reference, names of practices, a time, a link.
What does not fit into one SMS falls away in this order: the practice's name is cut, then left out;
the offer to reply; the time. The link and the safety line never do.
"""

import re
import unicodedata
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from coordination.course_texts import COURSE, SIGN_IN, Text
from coordination.escalation import FIRST_PROVIDER, PAIN, SPINE, Kind
from coordination.reminder_texts import REMINDERS_OF
from coordination.task_texts import TASKS
from referrals.deadlines import Pace

SAFETY_LINE = "Does not replace 911/ED"
SPOKEN_SAFETY = "This does not replace 911 or the emergency department."
_SMS_LIMIT = 160
_SHORTEST_NAME = 6
# Letters outside the GSM-7 alphabet would more than halve what fits into one SMS.
_NOT_GSM = re.compile(r"[^A-Za-z0-9 @_!\"#%&'()*+,\-./:;<=>?]")

_NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Facts:
    """All that a message may say. ``answer_by`` is an instant; ``zone`` is the reader's.

    ``reply_code`` is empty for whoever cannot answer by telephone: a front desk has no name.
    ``referral``, ``tier`` and ``written_at`` are for machines, which read the rest over the API.
    """

    reference: str
    practice: str
    answer_by: datetime
    zone: ZoneInfo
    link: str
    reply_code: str = ""
    referral: str = ""
    tier: str = ""
    written_at: datetime = _NEVER


@dataclass(frozen=True)
class Message:
    """A message as it is sent: ``subject`` and ``body`` by e-mail, ``sms`` as one segment.

    ``voice`` is spoken on a call, and ``keys`` may be pressed there; SMS and calls go by
    ``provider``. ``data`` goes to a machine, signed with ``secret`` at the instant ``at``.
    """

    subject: str
    body: str
    sms: str
    voice: str = ""
    keys: str = ""
    data: dict[str, Any] = field(default_factory=dict)
    secret: str = field(default="", repr=False)
    at: datetime = _NEVER
    provider: str = FIRST_PROVIDER


MESSAGES: dict[str, Text] = {
    "emergency_surgeon": Text(
        "EMERGENCY referral {reference}: answer by {answer_by}",
        (
            "An EMERGENCY referral is waiting for the spine surgeon on call of {practice}.",
            "Answer by {answer_by}: {link}\n"
            "Accept there with your PIN, say that you have seen it, or that you cannot.",
            SIGN_IN,
        ),
        "TANDEM EMERGENCY {reference}{to}.",
        "Answer by {answer_by}:",
        "12",
    ),
    "emergency_pain": Text(
        "EMERGENCY {reference}: send the patient to the emergency department now",
        (
            "Referral {reference} is an EMERGENCY by the red-flag rules.",
            "If it has not been done: call the patient and send them to the emergency department "
            "now. The surgeon on call is being told as well.",
            "Confirm that you have seen this by {answer_by}: {link}",
            SIGN_IN,
        ),
        "TANDEM EMERGENCY {reference}: patient to ED now.",
        "Confirm by {answer_by}:",
        "1",
    ),
    "same_day_surgeon": Text(
        "SAME-DAY referral {reference}: answer by {answer_by}",
        (
            "A SAME-DAY referral is waiting for the spine surgeon on call of {practice}.",
            "Answer by {answer_by}: {link}\n"
            "Accept there with your PIN, say that you have seen it, or that you cannot.",
            SIGN_IN,
        ),
        "TANDEM SAME DAY {reference}{to}.",
        "Answer by {answer_by}:",
        "12",
    ),
    "same_day_pain": Text(
        "SAME-DAY {reference}: a decision is needed today",
        (
            "Referral {reference} needs a decision today by the red-flag rules.",
            "The surgeon on call is being told as well.",
            "Confirm that you have seen this by {answer_by}: {link}",
            SIGN_IN,
        ),
        "TANDEM SAME DAY {reference}: decide today.",
        "Confirm by {answer_by}:",
        "1",
    ),
    "new_referral": Text(
        "New referral {reference} for {practice}",
        ("A new referral is waiting for {practice}. Acknowledge it by {answer_by}.", SIGN_IN),
        "TANDEM new referral {reference} for {practice}. Acknowledge by {answer_by}.",
    ),
    **TASKS,
    "taken": Text(
        "{reference} was taken by {practice}",
        ("{practice} has accepted {reference}. Nobody else needs to take it.", SIGN_IN),
        "TANDEM {reference} taken by {practice}. Nobody else needs to take it.",
    ),
    "given_back": Text(
        "{reference} was given back",
        (
            "The practice that had accepted {reference} cannot take the patient after all. "
            "The next practice is being asked. If you had accepted: you are not expected any more.",
            SIGN_IN,
        ),
        "TANDEM {reference}: given back by who had accepted. The next practice is being asked.",
    ),
    "declined": Text(
        "{reference} was declined",
        (
            "{reference} was declined. The sender decides what comes next; the reason stands in "
            "the referral.",
            SIGN_IN,
        ),
        "TANDEM {reference} was declined. The sender decides what comes next.",
    ),
    "ed_took_over": Text(
        "{reference}: handed over to an emergency department",
        (
            "{reference} was handed over to a named clinician of an emergency department. "
            "A surgeon who has not answered need not answer any more. One who has accepted "
            "goes on.",
            SIGN_IN,
        ),
        "TANDEM {reference}: handed over to an emergency department.",
    ),
    "surgeon_informed": Text(
        "{reference}: 911 was advised; for your information",
        (
            "The rules sent the patient of {reference} to 911 for a cause that is not spinal.",
            "Nothing is asked of the surgeon. You may read the referral.",
            SIGN_IN,
        ),
        "TANDEM {reference}: 911 advised, not for spine surgery. For information only.",
    ),
    "call_task": Text(
        "Please call {practice} about {reference} by {answer_by}",
        (
            "{practice} is reached by telephone through its answering service or hospital "
            "operator, and somebody has to call. It is urgent.",
            "The number and what to say stand in the call list of referral {reference}. Call now, "
            "and record what came of it by {answer_by}.",
            SIGN_IN,
        ),
        "TANDEM {reference}: please call {practice}. Number and words are in your call list.",
    ),
    "webhook_off": Text(
        "Your system takes no messages from Tandem any more",
        (
            "Your own system answered that the address of its webhook is gone. Tandem sends "
            "nothing there any more; it was last tried for {reference}.",
            "Your people are told by telephone, SMS and e-mail as before. Ask whoever looks after "
            "your system for the new address, and give it to Tandem's operator.",
        ),
        "TANDEM: your system takes no more messages, last tried for {reference}.",
    ),
    "lowered": Text(
        "{reference}: the urgency was lowered",
        (
            "A clinician and a second person have lowered the urgency of {reference}. "
            "What is still to be done, and by when, stands in the referral.",
            SIGN_IN,
        ),
        "TANDEM {reference}: urgency lowered by two people. See there what is still to do.",
    ),
    **COURSE,
    **dict(REMINDERS_OF.values()),
    "safe": Text(
        "{reference}: all answered, plan on record",
        (
            "Everybody who owed an answer on {reference} has given it, and the receiving plan is "
            "on record. You will get no more calls about this alert.",
            SIGN_IN,
        ),
        "TANDEM {reference}: all answered, plan on record. No more calls.",
    ),
}

# What the other side is told of an act, by its event.
OF_EVENTS = {f"referral.{message_id}": message_id for message_id in COURSE}
# They end something or inform; nobody has to answer them.
NOTICES = frozenset(
    {
        *COURSE,
        "taken",
        "given_back",
        "declined",
        "lowered",
        "safe",
        "ed_took_over",
        "surgeon_informed",
        "webhook_off",
    }
)

_TASKS = {
    Kind.PLAN: "plan_missing",
    Kind.PATIENT: "patient_task",
    Kind.ED_HANDOVER: "ed_handover_task",
    Kind.ARRIVAL: "arrival_task",
    Kind.PHYSICIAN: "physician_task",
}
_ROLES = {PAIN: "pain", SPINE: "surgeon"}


def reminder_for(kind: Kind) -> str:
    """Return the id of the text that reminds of a step that can wait."""
    return "new_referral" if kind is Kind.ACKNOWLEDGE else REMINDERS_OF[kind][0]


def page_for(pace: Pace, kind: Kind, specialty: str) -> str:
    """Return the id of the text that asks for this obligation of an urgent case."""
    if kind is not Kind.ACKNOWLEDGE:
        return _TASKS[kind]
    speed = "emergency" if pace is Pace.EMERGENCY else "same_day"
    return f"{speed}_{_ROLES[specialty]}"


def warning_for(pace: Pace, kind: Kind) -> str:
    """Return the id of the text for whoever decides when a ladder has come to its end."""
    if kind is Kind.PLAN:
        return "no_plan_ed"
    return "no_surgeon_ed" if pace is Pace.EMERGENCY else "no_surgeon"


_REPLIES = {"1": "reply 1 seen +{code} or", "12": "reply 1 seen, 2 cannot +{code} or"}
_PRESS = {
    "1": "Press 1 if you have seen this.",
    "12": "Press 1 if you have seen this. Press 2 if you cannot: then the next is asked.",
}


def compose(message_id: str, facts: Facts) -> Message:
    """Fill a text with its facts, as it is mailed, texted and spoken."""
    text = MESSAGES[message_id]
    at = facts.answer_by.astimezone(facts.zone)
    fields = {
        "reference": facts.reference,
        # A line break in a name would make a subject that no mail server takes.
        "practice": " ".join(facts.practice.split()),
        "answer_by": at.strftime("%a %H:%M %Z"),
        "link": facts.link,
    }
    body = "\n\n".join((*text.lines, f"{SAFETY_LINE}: in danger call 911."))
    return Message(
        text.subject.format(**fields),
        body.format(**fields),
        _one_segment(text, dict(fields), facts.reply_code),
        _spoken(text, facts, at),
        text.keys if facts.reply_code else "",
        _notice(message_id, facts),
    )


def _notice(message_id: str, facts: Facts) -> dict[str, Any]:
    """Build what a webhook carries: type, time and ids (Standard Webhooks, a thin payload)."""
    return {
        "type": f"referral.{message_id}",
        "timestamp": facts.written_at.isoformat(),
        "data": {
            "referral": facts.referral,
            "reference": facts.reference,
            "tier": facts.tier,
            "answer_by": facts.answer_by.astimezone(UTC).isoformat(),
        },
    }


def _one_segment(text: Text, fields: dict[str, str], code: str) -> str:
    fields["practice"] = plain(fields["practice"])
    # The reader's phone shows the reader's own time; the zone costs letters.
    fields["answer_by"] = fields["answer_by"].rpartition(" ")[0]
    reply = _REPLIES[text.keys].format(code=code) if code and text.keys else ""
    shapes = [(text.ask, reply, True), (text.ask, reply, False)]
    shapes += [(text.ask, "", True), (text.ask, "", False), ("", "", False)]
    fitting = (_fit(text, fields, *shape) for shape in shapes)
    return next((sms for sms in fitting if len(sms) <= _SMS_LIMIT), _fit(text, fields, *shapes[-1]))


def _fit(text: Text, fields: dict[str, str], ask: str, reply: str, named: bool) -> str:
    name, link = fields["practice"], fields["link"] if text.ask else ""
    words = [word for word in (text.sms, ask, reply, link, SAFETY_LINE) if word]

    def fill(practice: str) -> str:
        to = f" to {practice}" if named else ""
        filled = fields | {"practice": practice, "to": to}
        return " ".join(word.format(**filled) for word in words)

    surplus = max(0, len(fill(name)) - _SMS_LIMIT)
    return fill(name[: max(_SHORTEST_NAME, len(name) - surplus)])


def _spoken(text: Text, facts: Facts, at: datetime) -> str:
    """Say on a call what the e-mail says, without links; the reference letter by letter."""
    letters = ", ".join(facts.reference.replace("-", ""))
    name = " ".join("".join(c if c.isprintable() else " " for c in facts.practice).split())
    when = f"{at:%A} {at.hour % 12 or 12}:{at:%M %p %Z}"
    said = [line for line in text.lines if "{link}" not in line and line != SIGN_IN]
    words = " ".join(said).format(reference=letters, practice=name, answer_by=when)
    ask = f"Answer by {when}." if text.keys else ""
    offered = _PRESS[text.keys] if text.keys and facts.reply_code else ""
    spoken = ("This is Tandem.", words, f"Reference {letters}.", ask, offered, SPOKEN_SAFETY)
    return " ".join(word for word in spoken if word)


def plain(name: str) -> str:
    """Return a name in letters that an SMS counts once."""
    letters = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return _NOT_GSM.sub("-", letters)
