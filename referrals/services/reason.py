"""Why somebody acts: a code for machines and, where it says too little, words for people."""

from dataclasses import dataclass

from referrals.models import Note
from referrals.services.moves import Move


@dataclass(frozen=True)
class Reason:
    """A code of :mod:`referrals.reasons`, and words where the code wants them."""

    code: str
    comment: str = ""


def keep_comment(move: Move, text: str) -> None:
    """Keep what was said to a coded reason; it may be about the patient, so no event holds it."""
    if text:
        Note.objects.create(
            referral=move.referral,
            kind=Note.Kind.COMMENT,
            text=text,
            written_by=move.by.name[:120],
            written_at=move.at,
        )
