"""Submits a referral: assessed, stored and recorded in one transaction, so never unflagged."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from referrals import clinical, deadlines, outbox
from referrals.models import (
    Assessment,
    Note,
    Patient,
    Practice,
    Practitioner,
    RedFlag,
    Referral,
)
from referrals.models.patient import AdministrativeSex
from referrals.models.referral import SHOWN_OF_A_LINK, OwnerSide
from referrals.reference import reference
from referrals.services.assessing import keep
from referrals.services.respond import ask
from referrals.walls import Actor
from referrals.workflow import Status

NAMED_BY_SENDER = "named by the sender"


@dataclass(frozen=True)
class Intake:
    """A referral as it came in, its shape already checked.

    ``findings`` are read by :func:`referrals.clinical.read_submission`. ``patient`` maps columns
    of :class:`Patient` to values; all of them may be missing.
    """

    sought_specialty: str
    reason_code: str
    findings: clinical.Submission
    receiver: Practice | None = None
    based_on: Referral | None = None
    responsible: Practitioner | None = None
    call_back: str = ""
    clinical_question: str = ""
    notes: tuple[str, ...] = ()
    patient: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Submitted:
    """A new referral with what was stored beside it, so that its answer reads nothing again."""

    referral: Referral
    assessment: Assessment
    new_flags: list[RedFlag]
    notes: list[Note]


@transaction.atomic
def submit(intake: Intake, *, by: Actor) -> Referral:
    """Send a referral: assess its findings, store it, and record what happened."""
    return take_in(intake, by=by).referral


def take_in(intake: Intake, *, by: Actor) -> Submitted:
    """Do as :func:`submit` within the caller's transaction, and return all that was stored."""
    at, number = _instant_and_number()
    assessment = clinical.assess(intake.findings, now=at)
    # With what its card shows, so that the card asks for nothing.
    sender = Practice.objects.select_related("emergency_directory").get(pk=by.own_practice_id)
    referral = _store(intake, assessment, sender, number, at)
    notes = _keep_notes(intake, referral, by, at)
    kept = keep(
        assessment,
        referral,
        by=by,
        at=at,
        stated_by_clinician=intake.findings.stated_by_clinician,
    )
    outbox.record(
        "referral.submitted",
        referral=referral,
        by=by,
        at=at,
        data={"tier": assessment.tier.name, "rules": list(assessment.rules)},
    )
    if intake.receiver:
        ask(referral, intake.receiver.pk, reason=NAMED_BY_SENDER, by=by, at=at)
    return Submitted(referral, kept.assessment, kept.new_flags, notes)


def _store(
    intake: Intake,
    assessment: clinical.Assessment,
    sender: Practice,
    number: int,
    at: datetime,
) -> Referral:
    pace = deadlines.pace_of(assessment.tier, assessment.within or "")
    owner = intake.receiver or sender
    patient, was_known = _patient(intake, sender)
    return Referral.objects.create(
        pk=number,
        reference=reference(number),
        patient=patient,
        sender=sender,
        receiver=intake.receiver,
        sought_specialty=intake.sought_specialty,
        responsible=intake.responsible,
        based_on=intake.based_on,
        possible_duplicate_of=_live_duplicate(patient, intake) if was_known else None,
        reason_code=intake.reason_code,
        call_back=intake.call_back,
        status=Status.SENT,
        tier=assessment.tier,
        possible_tier=assessment.possible_tier,
        within=assessment.within or "",
        route=assessment.route,
        assessed_with=assessment.ruleset_version,
        owner_side=OwnerSide.RECEIVER,
        next_action="acknowledge",
        due_at=deadlines.acknowledge_by(pace, at, owner.calendar),
        sent_at=at,
        raised_at=at if assessment.tier >= clinical.Tier.SAME_DAY else None,
    )


def _instant_and_number() -> tuple[datetime, int]:
    # The clock's question and the sequence's in one.
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT clock_timestamp(), nextval(pg_get_serial_sequence('referrals_referral', 'id'))"
        )
        at, number = cursor.fetchone()
    return at, int(number)


def _live_duplicate(patient: Patient, intake: Intake) -> Referral | None:
    # It is said and linked; nothing is merged, and a red flag is sent all the same.
    live = Referral.objects.live_of(patient, intake.sought_specialty)
    return live.only(*SHOWN_OF_A_LINK).order_by("-id").first()


def _patient(intake: Intake, sender: Practice) -> tuple[Patient, bool]:
    # With whether the practice knew them before.
    facts = dict(intake.patient)
    mrn = facts.pop("mrn", "")
    if not mrn:
        return Patient.objects.create(practice=sender, **facts), False
    known, is_new = Patient.objects.get_or_create(practice=sender, mrn=mrn, defaults=facts)
    if is_new:
        return known, False
    if _is_somebody_else(known, facts):
        # Two people must never become one record, and a red flag must not wait for the answer.
        return Patient.objects.create(practice=sender, disputed_mrn=mrn, **facts), False
    return _completed(known, facts), True


def _is_somebody_else(known: Patient, facts: Mapping[str, Any]) -> bool:
    name, born = facts.get("family_name", ""), facts.get("birth_date")
    other_name = name and known.family_name and name.casefold() != known.family_name.casefold()
    return bool(other_name or (born and known.birth_date and born != known.birth_date))


def _completed(known: Patient, facts: Mapping[str, Any]) -> Patient:
    # What was not known before is kept now; what was known is not overwritten by a referral.
    learned = {name: value for name, value in facts.items() if value and not _knows(known, name)}
    for name, value in learned.items():
        setattr(known, name, value)
    known.save(update_fields=list(learned))
    return known


def _knows(patient: Patient, name: str) -> bool:
    return getattr(patient, name) not in ("", None, AdministrativeSex.UNKNOWN)


def _keep_notes(intake: Intake, referral: Referral, by: Actor, at: datetime) -> list[Note]:
    texts = [(Note.Kind.NOTE, text) for text in intake.notes]
    if intake.clinical_question:
        texts.insert(0, (Note.Kind.QUESTION, intake.clinical_question))
    return Note.objects.bulk_create(
        Note(referral=referral, kind=kind, text=text, written_by=by.name, written_at=at)
        for kind, text in texts
    )
