"""Fields that take one JSON type only: nothing is quietly turned into something else."""

import re
from typing import Any

from rest_framework import serializers

_WRONG_TYPE = "wrong_type"
# Digits of other scripts would pass as numbers and confuse whoever reads them.
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


class Strict(serializers.Serializer[Any]):
    """A serializer that refuses a field it does not know, naming it."""

    def to_internal_value(self, data: Any) -> Any:
        """Check for unknown fields before anything else."""
        if isinstance(data, dict):
            unknown = {
                name: ["This field is not known here. Remove it or correct its name."]
                for name in data
                if name not in self.fields
            }
            if unknown:
                raise serializers.ValidationError(unknown, code="unknown_field")
        return super().to_internal_value(data)


class Text(serializers.CharField):
    """A text that must come as a JSON string: no number is quietly turned into one."""

    def to_internal_value(self, data: Any) -> str:
        """Refuse anything but a string."""
        return super().to_internal_value(_text(data))


class Choice(serializers.ChoiceField):
    """One of several words."""

    def __init__(self, choices: Any, **options: Any) -> None:
        super().__init__(choices, **options)
        # The words that may stand here, not the one that did: it may be a patient's.
        words = ", ".join(map(str, self.choices))
        self.error_messages["invalid_choice"] = f"Send one of: {words}."

    def to_internal_value(self, data: Any) -> Any:
        """Refuse anything but a string."""
        return super().to_internal_value(_text(data))


class Identifier(serializers.UUIDField):
    """The id of something: a UUID in its usual form."""

    def to_internal_value(self, data: Any) -> Any:
        """Refuse anything but a string; a number would be read as a UUID."""
        return super().to_internal_value(_text(data))


class Day(serializers.DateField):
    """A day of the calendar."""

    def to_internal_value(self, value: Any) -> Any:
        """Refuse anything but a string such as 1970-02-28."""
        if not _DAY.fullmatch(_text(value)):
            self.fail("invalid", format="YYYY-MM-DD")
        return super().to_internal_value(value)


class Instant(serializers.DateTimeField):
    """A time with its zone: without one nobody can know which hour it means."""

    def to_internal_value(self, value: Any) -> Any:
        """Refuse anything but a string such as 2026-11-23T15:30:00-06:00."""
        clock_part = _text(value)[10:]
        if not (clock_part.endswith(("Z", "z")) or "+" in clock_part or "-" in clock_part):
            raise serializers.ValidationError(
                "Add the zone, such as -06:00 or Z.", code="missing_zone"
            )
        return super().to_internal_value(value)


class YesNo(serializers.BooleanField):
    """True or false, not a word or a number for it."""

    def to_internal_value(self, data: Any) -> Any:
        """Refuse anything but true and false."""
        if not isinstance(data, bool):
            raise serializers.ValidationError("Send true or false.", code=_WRONG_TYPE)
        return data


def _text(data: Any) -> str:
    if not isinstance(data, str):
        raise serializers.ValidationError("Send text, in quotation marks.", code=_WRONG_TYPE)
    return data
