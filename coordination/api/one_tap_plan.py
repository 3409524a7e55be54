"""Reads the short plan form of the one-tap page. It checks shape; services decide."""

from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone

from coordination.api.serializers import PlanIn
from coordination.models import AckToken
from coordination.services import ReceivingPlan

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


def _instant(text: str, zone: ZoneInfo) -> datetime:
    # An hour that the change of clocks skips or repeats is refused: nobody could know which.
    with timezone.override(zone):
        return forms.DateTimeField().clean(text)
