"""What people are reminded of while a step that can wait is theirs. Pure.

No text holds a patient fact; each is true before its time is over as well as after.
"""

from collections.abc import Mapping

from coordination.course_texts import SIGN_IN, Text
from coordination.escalation import Kind


def _reminder(what: str, do: str, short: str) -> Text:
    return Text(
        f"{{reference}}: {what}",
        (f"{do} Due: {{answer_by}}.", SIGN_IN),
        f"TANDEM {{reference}}: {short} Due {{answer_by}}.",
    )


REMINDERS_OF: Mapping[Kind, tuple[str, Text]] = {
    Kind.PLAN: (
        "answer_due",
        _reminder(
            "accept or decline",
            "{practice} has seen {reference} and has neither accepted nor declined it yet.",
            "neither accepted nor declined yet.",
        ),
    ),
    Kind.VISIT: (
        "visit_due",
        _reminder(
            "the visit",
            "No visit is booked for the patient of {reference}, or it is over and nobody has said "
            "what came of it.",
            "no visit booked, or nobody said what came of it.",
        ),
    ),
    Kind.REPORT: (
        "report_due",
        _reminder(
            "the report is not there yet",
            "The patient of {reference} was seen, and the report has not been sent yet.",
            "the report has not been sent yet.",
        ),
    ),
    Kind.CLOSE: (
        "close_due",
        _reminder(
            "a report waits to be read",
            "The report on {reference} is there. Nobody has read it and closed the referral yet.",
            "read the report, then close.",
        ),
    ),
    Kind.INFORMATION: (
        "information_due",
        _reminder(
            "an answer is missing",
            "The receiving practice asked something about {reference} and waits for your answer.",
            "the receiving practice waits for your answer.",
        ),
    ),
    Kind.DECIDE: (
        "decision_due",
        _reminder(
            "decide what comes next",
            "{reference} waits for a decision of {practice}: what comes next stands at the top of "
            "the referral.",
            "waits for your decision. See the referral.",
        ),
    ),
}
