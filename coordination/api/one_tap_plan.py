"""Reads the short forms of the one-tap page: the plan, and for whom somebody answers.

It checks shape; services decide.
"""

from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils import timezone

from coordination.api.serializers import PlanIn
from coordination.models import AckToken
from coordination.services import Proxy, ReceivingPlan
from referrals.models import Practice, Practitioner
from referrals.models.practice import CLINICIANS

FIELDS = ("disposition", "clinician", "place", "at")
_WORDS = {
    "disposition": "Choose how the patient is received.",
    "clinician": "Say who receives the patient.",
    "place": "Say where the patient is received.",
}


def read(
    said: Callable[[str], str], token: AckToken, *, now: datetime
) -> tuple[ReceivingPlan | None, list[str]]:
    """Return the plan, or ``None`` and what is wrong with it, in words.

    :param said: gives what was typed into a field.
    """
    try:
        at = _instant(said("at"), token.contact_point.practice.zone)
    except ValidationError:
        return None, ["Say when, as a time that the clock shows that day."]
    given = {name: said(name) for name in FIELDS} | {"at": at.isoformat()}
    shape = PlanIn(data=given, context={"referral": token.obligation.referral, "now": now})
    if shape.is_valid():
        return shape.validated_data["plan"], []
    return None, [_WORDS.get(name, str(words[0])) for name, words in shape.errors.items()]


def read_proxy(said: Callable[[str], str], token: AckToken) -> tuple[Proxy | None, list[str]]:
    """Return for whom somebody answers and until when, or ``None`` and what is wrong, in words."""
    practice, chosen = token.contact_point.practice, said("for")
    person = next((one for one in colleagues(practice) if str(one.uuid) == chosen), None)
    if person is None:
        return None, ["Choose for whom you answer."]
    try:
        until = _instant(said("until"), practice.zone) if said("until") else None
    except ValidationError:
        return None, ["Say until when, as a time that the clock shows that day."]
    return Proxy(person, until), []


def colleagues(practice: Practice) -> QuerySet[Practitioner]:
    """Return the clinicians of a practice, for whom somebody may answer."""
    staff = Practitioner.objects.filter(practice=practice, is_active=True, role__in=CLINICIANS)
    return staff.select_related("practice").order_by("name")


def _instant(text: str, zone: ZoneInfo) -> datetime:
    # An hour that the change of clocks skips or repeats is refused: nobody could know which.
    with timezone.override(zone):
        return forms.DateTimeField().clean(text)
