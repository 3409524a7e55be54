"""Every text that leaves the house, by id. Pure. No text may hold a patient fact.

A text may use only the fields of :class:`Facts`: a reference, names of practices, a time, a link.
"""

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from coordination.escalation import PAIN, SPINE, Kind
from referrals.deadlines import Pace

SAFETY_LINE = "Does not replace 911/ED"
_SMS_LIMIT = 160
_SHORTEST_NAME = 6
# Letters outside the GSM-7 alphabet would more than halve what fits into one SMS.
_NOT_GSM = re.compile(r"[^A-Za-z0-9 @_!\"#%&'()*+,\-./:;<=>?]")


@dataclass(frozen=True)
class Facts:
    """All that a message may say. ``answer_by`` is an instant; ``zone`` is the reader's."""

    reference: str
    practice: str
    answer_by: datetime
    zone: ZoneInfo
    link: str


@dataclass(frozen=True)
class Text:
    """A message before its facts are filled in."""

    subject: str
    lines: tuple[str, ...]
    sms: str


@dataclass(frozen=True)
class Message:
    """A message as it is sent: ``subject`` and ``body`` by e-mail, ``sms`` as one segment."""

    subject: str
    body: str
    sms: str


_SIGN_IN = "Open the referral in your own system or over the Tandem API: reference {reference}."

MESSAGES: dict[str, Text] = {
    "emergency_surgeon": Text(
        "EMERGENCY referral {reference}: answer by {answer_by}",
        (
            "An EMERGENCY referral is waiting for the spine surgeon on call of {practice}.",
            "Answer by {answer_by}: {link}",
            "Say there that you have seen it, or that you cannot; accept it over the API.",
            _SIGN_IN,
        ),
        "TANDEM EMERGENCY {reference} to {practice}. Answer by {answer_by}: {link} ",
    ),
    "emergency_pain": Text(
        "EMERGENCY {reference}: send the patient to the emergency department now",
        (
            "Referral {reference} is an EMERGENCY by the red-flag rules.",
            "If it has not been done: call the patient and send them to the emergency department "
            "now. The surgeon on call is being told as well.",
            "Confirm that you have seen this by {answer_by}: {link}",
            _SIGN_IN,
        ),
        "TANDEM EMERGENCY {reference}: patient to ED now. Confirm by {answer_by}: {link} ",
    ),
    "same_day_surgeon": Text(
        "SAME-DAY referral {reference}: answer by {answer_by}",
        (
            "A SAME-DAY referral is waiting for the spine surgeon on call of {practice}.",
            "Answer by {answer_by}: {link}",
            "Say there that you have seen it, or that you cannot; accept it over the API.",
            _SIGN_IN,
        ),
        "TANDEM SAME DAY {reference} to {practice}. Answer by {answer_by}: {link} ",
    ),
    "same_day_pain": Text(
        "SAME-DAY {reference}: a decision is needed today",
        (
            "Referral {reference} needs a decision today by the red-flag rules.",
            "The surgeon on call is being told as well.",
            "Confirm that you have seen this by {answer_by}: {link}",
            _SIGN_IN,
        ),
        "TANDEM SAME DAY {reference}: decide today. Confirm by {answer_by}: {link} ",
    ),
    "new_referral": Text(
        "New referral {reference} for {practice}",
        ("A new referral is waiting for {practice}. Acknowledge it by {answer_by}.", _SIGN_IN),
        "TANDEM new referral {reference} for {practice}. Acknowledge by {answer_by}. ",
    ),
    "plan_missing": Text(
        "{reference}: no receiving plan yet",
        (
            "Nobody has recorded who receives the patient of {reference}, where and when.",
            "It must be on record by {answer_by}. If nobody can: emergency department.",
            _SIGN_IN,
        ),
        "TANDEM {reference}: no receiving plan. Record who, where, when by {answer_by}. ",
    ),
    "patient_task": Text(
        "{reference}: call the patient",
        (
            "Nobody has recorded that the patient of {reference} was reached and knows where to "
            "go. Call now, and record the outcome by {answer_by}.",
            _SIGN_IN,
        ),
        "TANDEM {reference}: call the patient, record the outcome by {answer_by}. ",
    ),
    "ed_handover_task": Text(
        "{reference}: speak to the emergency department",
        (
            "Nobody has recorded a spoken handover of {reference} to a named nurse or physician "
            "of the emergency department. Call now, and record it by {answer_by}.",
            _SIGN_IN,
        ),
        "TANDEM {reference}: call the ED, record the handover by {answer_by}. ",
    ),
    "taken": Text(
        "{reference} was taken by {practice}",
        ("{practice} has accepted {reference}. Nobody else needs to take it.", _SIGN_IN),
        "TANDEM {reference} taken by {practice}. Nobody else needs to take it. ",
    ),
    "declined": Text(
        "{reference} was declined",
        (
            "{reference} was declined. The sender decides what comes next; the reason stands in "
            "the referral.",
            _SIGN_IN,
        ),
        "TANDEM {reference} was declined. The sender decides what comes next. ",
    ),
    "ed_took_over": Text(
        "{reference}: an emergency department took over",
        (
            "{reference} was handed over to a named clinician of an emergency department. "
            "The surgeon who was asked need not answer any more.",
            _SIGN_IN,
        ),
        "TANDEM {reference}: an emergency department took over. ",
    ),
    "surgeon_informed": Text(
        "{reference}: 911 was advised; for your information",
        (
            "The rules sent the patient of {reference} to 911 for a cause that is not spinal.",
            "Nothing is asked of the surgeon. You may read the referral.",
            _SIGN_IN,
        ),
        "TANDEM {reference}: 911 advised, not for spine surgery. For information only. ",
    ),
    "safe": Text(
        "{reference}: all answered, plan on record",
        (
            "Everybody who owed an answer on {reference} has given it, and the receiving plan is "
            "on record. You will get no more calls about this alert.",
            _SIGN_IN,
        ),
        "TANDEM {reference}: all answered, plan on record. No more calls. ",
    ),
}

# They end something or inform; nobody has to answer them.
NOTICES = frozenset({"taken", "declined", "safe", "ed_took_over", "surgeon_informed"})

_TASKS = {
    Kind.PLAN: "plan_missing",
    Kind.PATIENT: "patient_task",
    Kind.ED_HANDOVER: "ed_handover_task",
}
_ROLES = {PAIN: "pain", SPINE: "surgeon"}


def page_for(pace: Pace, kind: Kind, specialty: str) -> str:
    """Return the id of the text that asks for this obligation."""
    if kind is not Kind.ACKNOWLEDGE:
        return _TASKS[kind]
    if pace in (Pace.URGENT, Pace.ROUTINE):
        return "new_referral"
    speed = "emergency" if pace is Pace.EMERGENCY else "same_day"
    return f"{speed}_{_ROLES[specialty]}"


def compose(message_id: str, facts: Facts) -> Message:
    """Fill a text with its facts; an SMS is cut at the practice's name to stay one segment."""
    text = MESSAGES[message_id]
    fields = {
        "reference": facts.reference,
        # A line break in a name would make a subject that no mail server takes.
        "practice": " ".join(facts.practice.split()),
        "answer_by": facts.answer_by.astimezone(facts.zone).strftime("%a %H:%M %Z"),
        "link": facts.link,
    }
    body = "\n\n".join((*text.lines, f"{SAFETY_LINE}: in danger call 911."))
    return Message(text.subject.format(**fields), body.format(**fields), _one_segment(text, fields))


def _one_segment(text: Text, fields: dict[str, str]) -> str:
    fields = fields | {"practice": _plain(fields["practice"])}
    sms = text.sms.format(**fields) + SAFETY_LINE
    surplus = len(sms) - _SMS_LIMIT
    if surplus <= 0:
        return sms
    room = max(_SHORTEST_NAME, len(fields["practice"]) - surplus)
    return text.sms.format(**(fields | {"practice": fields["practice"][:room]})) + SAFETY_LINE


def _plain(name: str) -> str:
    letters = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return _NOT_GSM.sub("-", letters)
