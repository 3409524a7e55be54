"""Keeps how people are reached, and who is on call."""

from datetime import datetime

from django.db.backends.postgresql.psycopg_any import DateTimeTZRange

from coordination.models import ContactPoint, OnCallShift
from referrals import clock
from referrals.models import Practice, Practitioner


def add_contact_point(
    practice: Practice,
    *,
    channel: str,
    address: str,
    practitioner: Practitioner | None = None,
) -> ContactPoint:
    """Add a verified way to reach a person, or the front desk if no person is given."""
    point = ContactPoint(
        practice=practice, practitioner=practitioner, channel=channel, verified_at=clock.now()
    )
    point.address = address
    point.save()
    return point


def put_on_call(
    practitioner: Practitioner,
    *,
    starts: datetime,
    ends: datetime,
    level: str = OnCallShift.Level.PRIMARY,
) -> OnCallShift:
    """Put somebody on call for their practice, from ``starts`` to just before ``ends``.

    :raises IntegrityError: if somebody is on call at that level already.
    """
    return OnCallShift.objects.create(
        practice=practitioner.practice,
        practitioner=practitioner,
        level=level,
        period=DateTimeTZRange(starts, ends),
    )
