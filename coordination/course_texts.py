"""What the other side is told of the course of a referral. Pure; no text holds a patient fact."""

from collections.abc import Mapping
from dataclasses import dataclass

SIGN_IN = "Read the referral at the desk or in your own system: reference {reference}."


@dataclass(frozen=True)
class Text:
    """A message before its facts are filled in.

    ``ask`` goes on where ``sms`` ends, before the link. ``keys`` are the answers that a reply or a
    pressed key may give: 1 is "I have seen this", 2 is "I cannot".
    """

    subject: str
    lines: tuple[str, ...]
    sms: str
    ask: str = ""
    keys: str = ""


# By the last word of the event that it tells of.
COURSE: Mapping[str, Text] = {
    "information_requested": Text(
        "{reference}: the receiving practice asks for information",
        (
            "The practice that has {reference} needs to know something before it goes on. What it "
            "asks stands in the referral.",
            SIGN_IN,
        ),
        "TANDEM {reference}: the receiving practice asks for information. See the referral.",
    ),
    "information_given": Text(
        "{reference}: the sender has answered",
        ("The sender has answered what you asked about {reference}.", SIGN_IN),
        "TANDEM {reference}: the sender has answered what you asked.",
    ),
    "scheduled": Text(
        "{reference}: a visit is booked",
        ("A visit is booked for the patient of {reference}, or has moved.", SIGN_IN),
        "TANDEM {reference}: a visit is booked, or has moved. See the referral.",
    ),
    "no_show": Text(
        "{reference}: the patient did not come",
        (
            "The patient of {reference} did not come. The receiving practice books another visit.",
            SIGN_IN,
        ),
        "TANDEM {reference}: the patient did not come. Another visit is to be booked.",
    ),
    "visit_cancelled": Text(
        "{reference}: a visit was cancelled",
        ("A visit of {reference} was cancelled. The receiving practice books another.", SIGN_IN),
        "TANDEM {reference}: a visit was cancelled. The referral goes on.",
    ),
    "reported": Text(
        "{reference}: the report is there",
        ("The report on {reference} is there. Read it, and then close the referral.", SIGN_IN),
        "TANDEM {reference}: the report is there. Read it, then close the referral.",
    ),
    "closed": Text(
        "{reference}: closed by the sender",
        ("The sender has closed {reference}. Nothing is asked of anybody any more.", SIGN_IN),
        "TANDEM {reference}: closed by the sender. Nothing is asked any more.",
    ),
    "cancellation_requested": Text(
        "{reference}: the sender calls it off",
        (
            "The sender asks to cancel {reference}. Confirm it; if you have seen the patient, send "
            "your report instead.",
            SIGN_IN,
        ),
        "TANDEM {reference}: the sender asks to cancel. Confirm it, or send your report.",
    ),
    "cancellation_withdrawn": Text(
        "{reference}: the sender does not call it off after all",
        (
            "The sender has withdrawn the cancellation of {reference}. It goes on as before, and "
            "what you owed is yours again.",
            SIGN_IN,
        ),
        "TANDEM {reference}: the cancellation is withdrawn. It goes on as before.",
    ),
    "cancelled": Text(
        "{reference} was cancelled",
        ("{reference} was cancelled. Nothing is to be done for it any more.", SIGN_IN),
        "TANDEM {reference}: cancelled. Nothing is to be done for it any more.",
    ),
    "redirected": Text(
        "{reference}: the patient goes to another practice",
        ("{reference} has ended. A new referral to another practice carries on.", SIGN_IN),
        "TANDEM {reference}: ended, the patient was sent to another practice.",
    ),
    "failed": Text(
        "{reference}: the receiving practice cannot go on",
        (
            "The receiving practice cannot go on with {reference}, and says why in the referral. "
            "Decide what comes next.",
            SIGN_IN,
        ),
        "TANDEM {reference}: the receiving practice cannot go on. Decide what comes next.",
    ),
    "entered_in_error": Text(
        "{reference} was sent in error",
        (
            "The sender has marked {reference} as entered in error. Do nothing for it. If you have "
            "done something already, telephone the sender.",
            SIGN_IN,
        ),
        "TANDEM {reference}: entered in error. Do nothing for it.",
    ),
}
