"""Corrects a referral that was sent. What stood there before is kept, version by version."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from referrals.models import Amendment, Note, Patient, Practitioner, Referral
from referrals.services import moves
from referrals.services.moves import Move
from referrals.walls import Actor

_OWN_COLUMNS = ("call_back", "reason_code", "responsible")
_QUESTION = "clinical_question"


@transaction.atomic
def amend(
    referral_id: int,
    fields: Mapping[str, Any],
    patient: Mapping[str, Any],
    *,
    by: Actor,
    if_version: int | None,
) -> Referral:
    """Give fields of a referral and facts of its patient new values; what is the same stays.

    :param fields: ``call_back``, ``reason_code``, ``responsible`` and ``clinical_question``.
    :param patient: columns of :class:`Patient`. All referrals of this patient show the new values.
    """
    move = moves.begin("amend", referral_id, by=by, if_version=if_version)
    before = {**_amend_referral(move, fields), **_amend_patient(move.referral, patient)}
    if not before:
        return move.referral
    Amendment.objects.create(
        referral=move.referral,
        version=move.referral.version,
        before=before,
        amended_by=by.name,
        amended_at=move.at,
    )
    moves.finish(move, "referral.amended", {"fields": sorted(before)})
    return move.referral


def _amend_referral(move: Move, fields: Mapping[str, Any]) -> dict[str, Any]:
    columns = {name: value for name, value in fields.items() if name in _OWN_COLUMNS}
    before = _replace(move.referral, columns)
    if _QUESTION in fields:
        before |= _ask_anew(move, fields[_QUESTION])
    return {f"/{name}": _plain(value) for name, value in before.items()}


def _ask_anew(move: Move, text: str) -> dict[str, Any]:
    # Notes are never changed: the latest question is the one that is asked.
    asked = move.referral.notes.filter(kind=Note.Kind.QUESTION).order_by("-id").first()
    old = asked.text if asked else ""
    if old == text:
        return {}
    Note.objects.create(
        referral=move.referral,
        kind=Note.Kind.QUESTION,
        text=text,
        written_by=move.by.name,
        written_at=move.at,
    )
    return {_QUESTION: old}


def _amend_patient(referral: Referral, facts: Mapping[str, Any]) -> dict[str, Any]:
    if not facts:
        return {}
    patient = Patient.objects.select_for_update(no_key=True).get(pk=referral.patient_id)
    before = _replace(patient, facts)
    patient.save(update_fields=list(before))
    return {f"/patient/{name}": _plain(value) for name, value in before.items()}


def _replace(row: Referral | Patient, values: Mapping[str, Any]) -> dict[str, Any]:
    before = {}
    for name, value in values.items():
        if (old := getattr(row, name)) != value:
            before[name] = old
            setattr(row, name, value)
    return before


def _plain(value: Any) -> Any:
    if isinstance(value, Practitioner):
        return str(value)
    return value if value is None or isinstance(value, str) else value.isoformat()
