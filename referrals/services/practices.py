"""Registers practices and their people, with the checks of the models."""

from typing import Any

from referrals.models import Practice, Practitioner


def register_practice(**facts: Any) -> Practice:
    """Register a practice.

    :raises ValidationError: if a fact is wrong, by the name of its field.
    """
    practice = Practice(**facts)
    practice.full_clean()
    practice.save()
    return practice


def register_person(practice: Practice, **facts: Any) -> Practitioner:
    """Register a clinician or a member of the staff of a practice.

    :raises ValidationError: if a fact is wrong, by the name of its field.
    """
    person = Practitioner(practice=practice, **facts)
    person.full_clean()
    person.save()
    return person
