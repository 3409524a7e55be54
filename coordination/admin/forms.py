"""What is typed at the desk about how people are reached and who is on call. Shape only."""

import re
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.timezone import localtime

from coordination.admin import words
from coordination.channels.registry import CHANNELS
from coordination.escalation import SMS, VOICE
from coordination.models import OnCallShift, Rotation
from coordination.models.rotation import MOST_DAYS
from coordination.services.on_call import LONGEST_REASON
from referrals import clock
from referrals.models import Practice, Practitioner
from referrals.models.practice import CLINICIANS

_NUMBER = re.compile(r"\+[1-9][0-9]{6,14}")
# Its secret is not for typing: the office's system is connected by a command.
_NOT_BY_HAND = {"webhook"}
# What comes from a person's own telephone counts as their word.
_THEIR_WORD = {SMS, VOICE}
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MOST_MEMBERS = 8
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


class OverrideForm(ShiftForm):
    """Who is on call instead of whoever is, and why."""

    reason = forms.CharField(
        max_length=LONGEST_REASON,
        label="Why",
        help_text="In a few words, such as: ill, at a congress. Nothing about a patient.",
    )


class SwapForm(forms.Form):
    """Two shifts that lie ahead."""

    first = forms.ModelChoiceField(OnCallShift.objects.none(), label="This shift")
    second = forms.ModelChoiceField(OnCallShift.objects.none(), label="for this one")
    reason = forms.CharField(max_length=LONGEST_REASON, label="Why")

    def __init__(self, *args: Any, person: Practitioner, **options: Any) -> None:
        super().__init__(*args, **options)
        own = OnCallShift.objects.standing().filter(practice=person.practice)
        ahead = own.filter(period__startswith__gt=clock.now()).select_related("practitioner")
        for name in ("first", "second"):
            chosen: Any = self.fields[name]
            chosen.queryset = ahead.order_by("period")
            chosen.label_from_instance = _when_and_who


class RotationForm(forms.Form):
    """Who takes turns, and when they hand over, in the time of the practice."""

    # Where a refusal of the service about these is shown.
    places: ClassVar = {"members": "member_1"}

    level = forms.ChoiceField(choices=OnCallShift.Level.choices, label="Rung first, or as backup")
    length = forms.IntegerField(min_value=1, max_value=MOST_DAYS, label="One turn lasts")
    unit = forms.ChoiceField(choices=Rotation.Unit.choices, label="Counted in", initial="week")
    weekday = forms.TypedChoiceField(
        choices=[("", "every so many days"), *enumerate(_WEEKDAYS, 1)],
        coerce=int,
        empty_value=None,
        required=False,
        label="Handed over on",
        help_text="For weeks, the day of the week. If it begins on another, the first turn is the "
        "shorter.",
    )
    hand_over_at = forms.TimeField(
        label="at", widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    )
    starts_on = forms.DateField(
        label="Begins on", widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )

    def __init__(self, *args: Any, person: Practitioner, **options: Any) -> None:
        super().__init__(*args, **options)
        clinicians = _people(person.practice).filter(role__in=CLINICIANS)
        for place in range(1, MOST_MEMBERS + 1):
            self.fields[f"member_{place}"] = forms.ModelChoiceField(
                clinicians,
                required=place == 1,
                label=f"Turn {place}",
                empty_label="nobody: the first again" if place > 1 else "choose",
            )

    @property
    def members(self) -> list[Practitioner]:
        """The people chosen, in their order."""
        chosen = (self.cleaned_data[f"member_{n}"] for n in range(1, MOST_MEMBERS + 1))
        return [one for one in chosen if one]


def _when_and_who(shift: Any) -> str:
    begins, ends = localtime(shift.period.lower), localtime(shift.period.upper)
    when = f"{begins:%a %b %-d, %H:%M} to {ends:%a %b %-d, %H:%M}"
    return f"{when}: {shift.practitioner} ({shift.level})"


def _check_email(form: forms.Form, address: str) -> None:
    try:
        validate_email(address)
    except ValidationError:
        form.add_error("address", "This is not an e-mail address.")
