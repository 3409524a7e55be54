"""What the referral page shows of the course: questions, visits, notes, and the report to read."""

from collections.abc import Iterator, Mapping
from typing import Any

from coordination.admin import words
from referrals.models import ConsultNote
from referrals.models.consult_note import ITEMS
from referrals.reasons import RECOMMENDATIONS, REFERRAL_REASONS, VISIT_CANCEL_REASONS


def of(card: Mapping[str, Any]) -> dict[str, Any]:
    """Put the course of a card into words."""
    notes = [_note(note) for note in card["consult_notes"]]
    reports = [note for note in notes if note["kind"] == ConsultNote.Kind.FINAL]
    interim = [note for note in notes if note["kind"] == ConsultNote.Kind.INTERIM]
    return {
        "visits": [_visit(visit) for visit in card["visits"]],
        # That the patient was seen may be all that was recorded; the visit says so already.
        "interim_notes": [note for note in interim if note["told"] or note["seen_on"]],
        "report": reports[-1] if reports else None,
        "earlier_reports": reports[:-1],
    }


def _visit(visit: Mapping[str, Any]) -> dict[str, Any]:
    why = visit["reason_code"] or ""
    return {
        **visit,
        "state": words.VISITS[visit["status"]],
        "why": VISIT_CANCEL_REASONS.get(why, why),
    }


def _note(note: Mapping[str, Any]) -> dict[str, Any]:
    items = note["items"]
    told = [(says, items[name]) for name, says in ITEMS.items() if items.get(name)]
    return {**note, "facts": list(_facts(note)), "told": told}


def _facts(note: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    recommended, back = note["recommendation_code"], note["refer_back_reason_code"]
    if recommended:
        yield "Recommended", RECOMMENDATIONS.get(recommended, recommended)
    if back:
        yield "Goes back because", REFERRAL_REASONS.get(back, back)
    for label, answer in (
        ("The patient knows when to come back at once", note["red_flag_advice_given"]),
        ("The pictures were looked at", note["imaging_reviewed"]),
    ):
        if answer is not None:
            yield label, "yes" if answer else "no"
