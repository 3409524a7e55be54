"""Who of a practice says something that only a person by name may say."""

from referrals.models import Practitioner
from referrals.walls import Actor


class NotAClinician(Exception):
    """Only a person with the right profession, by name, may say this."""


def named_person(by: Actor) -> Practitioner:
    """Return the active person of the acting practice who is named.

    :raises NotAClinician: if nobody is named.
    """
    staff = Practitioner.objects.filter(practice_id=by.own_practice_id, is_active=True)
    person = staff.filter(pk=by.practitioner_id).first() if by.practitioner_id else None
    if person is None:
        raise NotAClinician("Name yourself in 'by': only a person of your practice may say this.")
    return person


def named_clinician(by: Actor) -> Practitioner:
    """Return the clinician of the acting practice who is named.

    :raises NotAClinician: if nobody is named, or somebody who is no clinician.
    """
    person = named_person(by)
    if not person.is_clinician:
        raise NotAClinician("Only a clinician named in 'by' may say this.")
    return person
