"""Registers practices and their people, with the checks of the models."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from referrals import clock
from referrals.models import EmergencyDirectory, Practice, Practitioner


def register_practice(**facts: Any) -> Practice:
    """Register a practice.

    :raises ValidationError: if a fact is wrong, by the name of its field.
    """
    practice = Practice(**facts)
    practice.full_clean()
    practice.save()
    return practice


def register_emergency_department(practice: Practice, **facts: Any) -> EmergencyDirectory:
    """Register where a practice sends emergencies.

    :raises ValidationError: if a fact is wrong, by the name of its field, or there is an entry.
    """
    entry = EmergencyDirectory(practice=practice, **facts)
    entry.full_clean()
    entry.save()
    return entry


def review_emergency_department(practice_id: int) -> EmergencyDirectory:
    """Note that somebody has looked today whether the entry is right, in the practice's time.

    :raises EmergencyDirectory.DoesNotExist: if there is none.
    """
    entry = EmergencyDirectory.objects.select_related("practice").get(practice=practice_id)
    entry.reviewed_at = clock.now().astimezone(entry.practice.zone).date()
    entry.save(update_fields=["reviewed_at"])
    return entry


def register_person(practice: Practice, **facts: Any) -> Practitioner:
    """Register a clinician or a member of the staff of a practice.

    :raises ValidationError: if a fact is wrong, by the name of its field.
    """
    person = Practitioner(practice=practice, **facts)
    person.full_clean()
    person.save()
    return person


def set_holidays(practice_id: int, days: Iterable[date]) -> Practice:
    """Say on which local days a practice is closed; what is due already stays due."""
    practice = Practice.objects.get(pk=practice_id)
    practice.holidays = sorted(set(days))
    practice.save(update_fields=["holidays"])
    return practice
