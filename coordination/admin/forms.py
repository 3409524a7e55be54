"""What is typed at the desk about how people are reached and who is on call. Shape only."""

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from coordination.admin import words
from coordination.channels.registry import CHANNELS
from coordination.escalation import SMS, VOICE
from coordination.models import OnCallShift
from referrals.models import Practice, Practitioner
from referrals.models.practice import CLINICIANS

_NUMBER = re.compile(r"\+[1-9][0-9]{6,14}")
# Its secret is not for typing: the office's system is connected by a command.
_NOT_BY_HAND = {"webhook"}
# What comes from a person's own telephone counts as their word.
_THEIR_WORD = {SMS, VOICE}
ONLY_THEMSELVES = (
    "Only the person may add their own telephone number: whoever answers from it answers in their "
    "name. Ask them to sign in and add it."
)


def _people(practice: Practice) -> Any:
    return Practitioner.objects.filter(practice=practice, is_active=True).order_by("name")


def _channels() -> list[tuple[str, str]]:
    names = [name for name in CHANNELS if name not in _NOT_BY_HAND]
    return [(name, words.CHANNELS.get(name, name)) for name in names]


class ContactForm(forms.Form):
    """A way to reach a person, or the front desk."""

    practitioner = forms.ModelChoiceField(
        Practitioner.objects.none(), required=False, label="Whom", empty_label="the front desk"
    )
    channel = forms.ChoiceField(choices=_channels, label="How")
    address = forms.CharField(
        max_length=120,
        label="Number or e-mail address",
        help_text="A number with country code and digits only, such as +18475550123.",
    )

    def __init__(self, *args: Any, person: Practitioner, **options: Any) -> None:
        super().__init__(*args, **options)
        self._person = person
        chosen: Any = self.fields["practitioner"]
        chosen.queryset = _people(person.practice)

    def clean(self) -> dict[str, Any]:
        """Refuse another person's telephone, and an address that cannot be one of its channel."""
        data: dict[str, Any] = super().clean() or {}
        address, channel = data.get("address", ""), data.get("channel")
        if channel in _THEIR_WORD and data.get("practitioner") not in (None, self._person):
            self.add_error("practitioner", ONLY_THEMSELVES)
        if not address or not channel:
            return data
        if channel == "email":
            _check_email(self, address)
        elif not _NUMBER.fullmatch(address):
            self.add_error("address", "Write it with country code, such as +18475550123.")
        return data


class ShiftForm(forms.Form):
    """Who is on call, from when to when, in the time of the practice."""

    practitioner = forms.ModelChoiceField(Practitioner.objects.none(), label="Who")
    level = forms.ChoiceField(choices=OnCallShift.Level.choices, label="Rung first, or as backup")
    starts = forms.DateTimeField(
        label="From", widget=forms.DateTimeInput(attrs={"type": "datetime-local"})
    )
    ends = forms.DateTimeField(
        label="To", widget=forms.DateTimeInput(attrs={"type": "datetime-local"})
    )

    def __init__(self, *args: Any, person: Practitioner, **options: Any) -> None:
        super().__init__(*args, **options)
        chosen: Any = self.fields["practitioner"]
        chosen.queryset = _people(person.practice).filter(role__in=CLINICIANS)

    def clean(self) -> dict[str, Any]:
        """Refuse a shift that ends before it begins."""
        data: dict[str, Any] = super().clean() or {}
        starts, ends = data.get("starts"), data.get("ends")
        if starts and ends and ends <= starts:
            self.add_error("ends", "A shift ends after it begins.")
        return data


def _check_email(form: forms.Form, address: str) -> None:
    try:
        validate_email(address)
    except ValidationError:
        form.add_error("address", "This is not an e-mail address.")
