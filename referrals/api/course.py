"""How the course of a referral is shown: questions, visits, notes, comments. It only reads."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from referrals.models import ConsultNote, InformationRequest, Note, Referral, Visit


@dataclass(frozen=True)
class Course:
    """What happened to a referral between the two practices, the oldest first."""

    information_requests: Iterable[InformationRequest] = ()
    visits: Iterable[Visit] = ()
    consult_notes: Iterable[ConsultNote] = ()


NOTHING_YET = Course()


def read_course(referral: Referral) -> Course:
    """Read the course of a stored referral."""
    return Course(
        referral.information_requests.select_related("practice").order_by("id"),
        referral.visits.select_related("practice").order_by("id"),
        referral.consult_notes.select_related("practice").order_by("id"),
    )


def course_shown(course: Course, notes: Iterable[Note]) -> dict[str, Any]:
    """Show it on a card, with the comments among the notes."""
    return {
        "information_requests": [_question(one) for one in course.information_requests],
        "visits": [_visit(one) for one in course.visits],
        "consult_notes": [_consult_note(one) for one in course.consult_notes],
        "comments": [
            {"text": note.text, "by": note.written_by, "at": note.written_at}
            for note in notes
            if note.kind == Note.Kind.COMMENT
        ],
    }


def _question(request: InformationRequest) -> dict[str, Any]:
    return {
        "wanted": request.wanted,
        "asked_by": request.asked_by,
        "by_practice": request.practice.name,
        "asked_at": request.asked_at,
        "due_at": request.due_at,
        "answer": request.answer or None,
        "answered_by": request.answered_by or None,
        "answered_at": request.answered_at,
    }


def _visit(visit: Visit) -> dict[str, Any]:
    return {
        "starts_at": visit.starts_at,
        "practice": visit.practice.name,
        "place": visit.place or None,
        "external_id": visit.external_id or None,
        "status": visit.status,
        "reason_code": visit.reason_code or None,
        "booked_by": visit.booked_by,
        "booked_at": visit.booked_at,
        "ended_at": visit.ended_at,
    }


def _consult_note(note: ConsultNote) -> dict[str, Any]:
    return {
        "kind": note.kind,
        "practice": note.practice.name,
        "advice_only": note.advice_only,
        "seen_on": note.seen_on,
        "seen_by": note.seen_by or None,
        "imaging_reviewed": note.imaging_reviewed,
        "recommendation_code": note.recommendation_code or None,
        "refer_back_reason_code": note.refer_back_reason_code or None,
        "red_flag_advice_given": note.red_flag_advice_given,
        "items": note.items,
        "written_by": note.written_by,
        "written_at": note.written_at,
    }
