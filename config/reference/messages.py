"""The page of every text that is sent to people, with an SMS as it arrives."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from config.reference.markdown import code, page, quote, section, table
from coordination.answers import ANSWERS
from coordination.call_script import Call, lines_of
from coordination.course_texts import Text
from coordination.escalation import LADDERS, Kind, Ladder
from coordination.messages import (
    MESSAGES,
    NOTICES,
    SAFETY_LINE,
    SPOKEN_SAFETY,
    Facts,
    compose,
    page_for,
    reminder_for,
    warning_for,
)
from coordination.reminders import REMINDERS
from coordination.staff_texts import STAFF_TEXTS, StaffFacts, compose_for_staff
from referrals.deadlines import Pace

_EXAMPLE = Facts(
    reference="R-7K2QM",
    practice="NORTHWEST SPINE",
    answer_by=datetime(2000, 1, 3, 20, 35, tzinfo=UTC),
    zone=ZoneInfo("America/Chicago"),
    link="https://tandem.example/a/0MF0GEQZNERZ9P1P",
    reply_code="4821",
    referral="8c7f7f0e-6a0b-4d0a-8a55-0c8b0a3f6a11",
    tier="EMERGENCY",
    written_at=datetime(2000, 1, 3, 20, 20, tzinfo=UTC),
)
_CALL = Call(
    caller="Cook County Spine Network",
    practice="Northwest Spine",
    specialty="spine",
    reference=_EXAMPLE.reference,
    tier=_EXAMPLE.tier,
    answer_by=_EXAMPLE.answer_by,
    zone=_EXAMPLE.zone,
    call_back="+1 555 000 1111",
)

_STAFF = StaffFacts(
    zone=_EXAMPLE.zone,
    person="Dr DEMO Eva Lund, MD",
    begins=datetime(2000, 1, 3, 14, 0, tzinfo=UTC),
    ends=datetime(2000, 1, 10, 14, 0, tzinfo=UTC),
    ways="voice",
    link=_EXAMPLE.link,
    reply_code=_EXAMPLE.reply_code,
)


def render(messages: Mapping[str, Text] = MESSAGES) -> str:
    """Return the page."""
    return page(
        "Every text that is sent to people",
        "`MESSAGES` in `coordination/messages.py` and `coordination/course_texts.py`",
        "No text may hold a fact about a patient. It may use a reference, the short name of a "
        "practice, a time and a link; nothing else can be filled in. Every e-mail and every SMS "
        f"ends with “{SAFETY_LINE}”, and every call with “{SPOKEN_SAFETY}”. An SMS stays one "
        "segment of 160 characters. What does not fit falls away in this order: the practice's "
        "name is cut, then left out; the offer to reply; the time. The link and the safety line "
        "never do.",
        *(_text(name, text) for name, text in messages.items()),
        _staff_section(),
        section(
            "What people hear back when they answer by SMS or by a key",
            table(("answer", "words"), [(f"`{name}`", words) for name, words in ANSWERS.items()]),
        ),
        section(
            "What a person says who calls an answering service or a hospital operator",
            "The script of a call task, as the call list shows it:",
            quote(f"{n}. {line}" for n, line in enumerate(lines_of(_CALL), 1)),
        ),
        section(
            "What a webhook carries",
            "The type is `referral.` and the id of a text above. The times are UTC; the rest is "
            "read over the API. The headers are those of Standard Webhooks, and `webhook-id` is "
            "the id of the delivery, the same at every try.",
            f"```json\n{_notice()}\n```",
        ),
    )


def _staff_section() -> str:
    rows = [
        (f"`{name}`", text.subject, f"`{compose_for_staff(name, _STAFF).sms}`")
        for name, text in STAFF_TEXTS.items()
    ]
    return section(
        "What people of the staff are told that is about no referral",
        "`STAFF_TEXTS` in `coordination/staff_texts.py`. Tests of how they are reached, and who is "
        "on call instead of whom; names of staff and times, and never a patient.",
        table(("id", "subject", "SMS, for example"), rows),
    )


def _notice() -> str:
    data = compose("emergency_surgeon", _EXAMPLE).data
    delivery = {"delivery": "5f0c1b9e-2f64-4c3c-9d0e-1b8f6f6f1f55"}
    return json.dumps(data | {"data": data["data"] | delivery}, indent=2)


def _text(name: str, text: Text) -> str:
    message = compose(name, _EXAMPLE)
    return section(
        f"`{name}`",
        _use(name),
        f"Subject: {text.subject}",
        quote("\n\n".join(text.lines).splitlines()),
        f"SMS, for example ({len(message.sms)} characters): `{message.sms}`",
        f"Call, for example: “{message.voice}”",
    )


def _warns(ladder: Ladder, pace: Pace, kind: Kind, name: str) -> bool:
    return bool(ladder.steps[-1].warned) and warning_for(pace, kind) == name


def _use(name: str) -> str:
    asks = [
        f"{pace} {kind} {specialty}"
        for pace, kind, specialty in LADDERS
        if page_for(pace, kind, specialty) == name
    ]
    warns = [
        f"{pace} {kind}"
        for (pace, kind, _), one in LADDERS.items()
        if _warns(one, pace, kind, name)
    ]
    if warns:
        return (
            f"Warns those who decide, at the end of the ladders {code(warns)}, that nobody answers."
        )
    reminds = [step for step, owed in REMINDERS.items() if reminder_for(owed.kind) == name]
    if reminds:
        return f"Reminds of a step that can wait: {code(reminds)}."
    if name == "call_task":
        return "Tells the people who have to make a call that one is on their list."
    if asks:
        return f"Asks for an answer, on the ladders {code(asks)}."
    return "A notice: nobody has to answer it." if name in NOTICES else "Not used by any ladder."
