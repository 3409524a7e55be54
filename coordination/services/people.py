"""Turns the roles of a step into contact points, at the moment the step is due. It only reads."""

from collections.abc import Callable, Iterable
from datetime import datetime

from django.contrib.postgres.fields import ArrayField
from django.db.models import F, Func, IntegerField, Q, QuerySet, TextField, Value
from django.db.models.functions import Cast
from django.db.models.lookups import IsNull

from coordination.escalation import (
    CALLED,
    EMAIL,
    SMS,
    VOICE,
    WEBHOOK,
    Recipient,
)
from coordination.models import ContactPoint, OnCallShift
from referrals.models import Practice, Referral
from referrals.models.practice import Role, Specialty

NOBODY = Q(pk__in=())

# Who is told first on a rung: what a person carries, before what they have to look at.
_FIRST_BY = (SMS, VOICE, EMAIL, WEBHOOK, *CALLED)

_PEOPLE_FIRST = (
    IsNull(F("practitioner"), True),
    Func(
        Value(list(_FIRST_BY), output_field=ArrayField(TextField())),
        Cast("channel", TextField()),
        function="array_position",
        output_field=IntegerField(),
    ),
)

Finder = Callable[[Referral, int | None, datetime], Q]


def reach(
    roles: Iterable[Recipient],
    channels: Iterable[str],
    *,
    referral: Referral,
    practice_id: int | None,
    at: datetime,
) -> QuerySet[ContactPoint]:
    """Find the usable contact points of these roles of one practice, people before the desk.

    The first of them is the first to be told: a person's SMS, if there is one.
    """
    wanted = NOBODY
    for role in roles:
        wanted |= _FINDERS[role](referral, practice_id, at)
    return (
        ContactPoint.objects.usable()
        .filter(wanted, channel__in=list(channels))
        .select_related("practice", "practitioner")
        .order_by(*_PEOPLE_FIRST, "practitioner", "uuid")
    )


def names_on_call(practices: Iterable[int], at: datetime) -> dict[int, str]:
    """Name who is on call for each of these practices and can be reached; the others are absent."""
    shifts = (
        OnCallShift.objects.covering(at)
        .filter(practice__in=practices, level=OnCallShift.Level.PRIMARY)
        .filter(practitioner__in=ContactPoint.objects.usable().values("practitioner"))
        .select_related("practitioner")
        # A period that Python cannot hold must not keep anybody from being asked.
        .defer("period")
        .order_by("-id")
    )
    return {shift.practice_id: str(shift.practitioner) for shift in shifts}


def reachable(practitioners: Iterable[int]) -> set[int]:
    """Return which of these people a message finds."""
    points = ContactPoint.objects.usable().filter(practitioner__in=list(practitioners))
    return {pk for pk in points.values_list("practitioner", flat=True) if pk is not None}


def _on_shift(level: str) -> Finder:
    def find(referral: Referral, practice_id: int | None, at: datetime) -> Q:
        shifts = OnCallShift.objects.covering(at).filter(practice=practice_id, level=level)
        return Q(practitioner__in=shifts.values("practitioner"))

    return find


def _on_call(referral: Referral, practice_id: int | None, at: datetime) -> Q:
    # Its answering service finds whoever is on call tonight, also when no rota says who that is.
    service = Q(practice=practice_id, practitioner__isnull=True, channel__in=CALLED)
    return _on_shift(OnCallShift.Level.PRIMARY)(referral, practice_id, at) | service


def _of_role(*roles: str) -> Finder:
    def find(referral: Referral, practice_id: int | None, at: datetime) -> Q:
        return Q(practitioner__practice=practice_id, practitioner__role__in=roles) & Q(
            practitioner__is_active=True
        )

    return find


def _front_desk(referral: Referral, practice_id: int | None, at: datetime) -> Q:
    return Q(practice=practice_id, practitioner__isnull=True)


def _responsible(referral: Referral, practice_id: int | None, at: datetime) -> Q:
    # The one who referred, if of this practice; otherwise whoever is on call there.
    person = referral.responsible
    if person and person.practice_id == practice_id:
        return Q(practitioner=person)
    return _on_call(referral, practice_id, at)


def _network(referral: Referral, practice_id: int | None, at: datetime) -> Q:
    network = Practice.objects.beside(referral.sender_id).filter(specialty=Specialty.COORDINATION)
    return Q(practice__in=network)


def _director(referral: Referral, practice_id: int | None, at: datetime) -> Q:
    directs = _of_role(Role.MEDICAL_DIRECTOR)
    return directs(referral, practice_id, at) | directs(referral, referral.sender_id, at)


def _referrer(referral: Referral, practice_id: int | None, at: datetime) -> Q:
    return _responsible(referral, referral.sender_id, at)


def _nobody(referral: Referral, practice_id: int | None, at: datetime) -> Q:
    return NOBODY


_FINDERS: dict[Recipient, Finder] = {
    Recipient.ON_CALL: _on_call,
    Recipient.BACKUP: _on_shift(OnCallShift.Level.BACKUP),
    Recipient.GROUP: _of_role(Role.CLINICIAN, Role.MEDICAL_DIRECTOR),
    Recipient.FRONT_DESK: _front_desk,
    Recipient.RESPONSIBLE: _responsible,
    Recipient.COORDINATOR: _of_role(Role.COORDINATOR),
    Recipient.NETWORK: _network,
    # An alternate practice has to be asked first; the ladder does that.
    Recipient.ALTERNATE: _nobody,
    Recipient.DIRECTOR: _director,
    Recipient.REFERRER: _referrer,
}
