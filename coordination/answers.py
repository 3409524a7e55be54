"""What people hear back when they answered by SMS or by a key. Pure; no text names a patient."""

from collections.abc import Mapping

from coordination.messages import SAFETY_LINE, SPOKEN_SAFETY

ANSWERS: Mapping[str, str] = {
    "seen_surgeon": (
        "Recorded: you have seen {reference}. Seen is not accepted: accept by the link or at the "
        "desk, or we ring again{again}."
    ),
    "seen_pain": (
        "Recorded: you have seen {reference}. Still owed: the patient reached and on the way. "
        "Record it at the desk."
    ),
    "passed": "Recorded: you cannot take {reference}. The next is being asked now.",
    "answered_before": "Somebody has answered {reference} before you. Nothing is recorded for you.",
    "too_late": "{reference} can no longer be answered this way. Open the link or telephone.",
    "only_seen": "You can only say that you have seen {reference}: 1. Nothing is recorded.",
    "over": "{reference} is closed. Nothing is owed any more.",
    "needs_a_name": "A front desk cannot answer this way. Open the link and type your name.",
    "coordinates": "You coordinate and cannot answer {reference} for a side. Telephone them.",
    "not_understood": (
        'Not understood, or closed. Reply 1 or 2 and the 4 digits of the message, such as "1 1234",'
        " or open its link, or telephone."
    ),
    "works": "Recorded: this way of reaching you works. That was a test; there is nothing to do.",
    "only_a_test": (
        "That was a test, and there is no patient. Reply 1 and its 4 digits, or press 1, to say "
        "that it reached you."
    ),
    "wrong_key": "That key means nothing here. Nothing is recorded, and we go on calling.",
    "too_many": "Too many wrong replies. Wait one minute, or open the link.",
}


def as_sms(answer: str, reference: str = "", again: str = "") -> str:
    """Return the SMS that goes back; one segment.

    :param again: the hour at which people are rung again, empty if it is not known.
    """
    return f"{_words(answer, reference, again)} {SAFETY_LINE}"


def as_speech(answer: str, reference: str = "", again: str = "") -> str:
    """Return what is said on the call, the reference letter by letter."""
    letters = ", ".join(reference.replace("-", ""))
    return f"{_words(answer, letters, again)} {SPOKEN_SAFETY} Goodbye."


def _words(answer: str, reference: str, again: str) -> str:
    at = f" at {again}" if again else ""
    return ANSWERS[answer].format(reference=reference, again=at)
