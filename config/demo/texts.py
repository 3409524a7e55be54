"""Tells which of the texts a message that arrived outside is. Pure."""

import re

from config.demo.outside import Message, is_answer
from coordination.course_texts import Text
from coordination.messages import MESSAGES

_FIELD = re.compile(r"\\\{(\w+)\\\}")
# On a call the letters of a reference are spoken one by one.
_FIELDS = {"reference": "R(?:-[0-9A-Z]+|(?:, [0-9A-Z])+)", "to": "(?: to [^.:]*)?"}


def text_id(message: Message) -> str:
    """Return which of the texts this message is; empty for what is heard back for an answer."""
    if is_answer(message):
        return ""
    for name, text in MESSAGES.items():
        if any(pattern.search(place) for pattern, place in _places(name, text, message)):
            return name
    return ""


def _places(name: str, text: Text, message: Message) -> list[tuple[re.Pattern[str], str]]:
    if message["channel"] == "webhook":
        return [(re.compile(rf'"referral\.{name}"'), message["body"])]
    if message["channel"] == "email":
        return [(_pattern(text.subject), message["details"].get("subject", ""))]
    return [(_pattern(text.sms), message["body"]), (_pattern(text.lines[0]), message["body"])]


def _pattern(template: str) -> re.Pattern[str]:
    filled = _FIELD.sub(lambda field: _FIELDS.get(field[1], ".*?"), re.escape(template))
    return re.compile(filled)
