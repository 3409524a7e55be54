"""Reads typed values from the environment; a `NAME_FILE` may stand for `NAME`."""

import base64
import binascii
import os
from collections.abc import Iterator, Mapping
from pathlib import Path

FIELD_KEY_BYTES = 32


class SettingMissing(RuntimeError):
    """A variable that production cannot do without is missing or wrong."""


class Environment(Mapping[str, str]):
    """The variables, with secrets read from the files that `NAME_FILE` names."""

    def __init__(self, values: Mapping[str, str] = os.environ) -> None:
        self._values = values

    def __getitem__(self, name: str) -> str:
        if name not in self._values and f"{name}_FILE" in self._values:
            return Path(self._values[f"{name}_FILE"]).read_text().strip()
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def flag(self, name: str) -> bool:
        """Return whether the variable says yes."""
        return self.get(name, "").lower() in {"1", "true", "yes", "on"}

    def number(self, name: str, default: float, *, lowest: float, highest: float) -> float:
        """Return the variable as a number.

        :raises SettingMissing: if it is none, or not within the bounds.
        """
        given = self.get(name, "")
        try:
            value = float(given) if given else default
        except ValueError:
            value = float("nan")
        if not lowest <= value <= highest:
            raise SettingMissing(f"{name} must be a number from {lowest:g} to {highest:g}.")
        return value

    def words(self, name: str, default: str = "") -> list[str]:
        """Return the comma-separated parts of the variable."""
        return [word.strip() for word in self.get(name, default).split(",") if word.strip()]


def field_keys(text: str) -> dict[str, str]:
    """Read `id:base64,id:base64`; the first key encrypts, all decrypt.

    :raises SettingMissing: if a key is not 32 bytes in URL-safe base64.
    """
    named = (part.strip().partition(":") for part in text.split(","))
    keys = {name: value for name, _, value in named}
    for name, value in keys.items():
        if not name or _size(value) != FIELD_KEY_BYTES:
            raise SettingMissing(
                "FIELD_KEYS must be id:key, and each key 32 bytes in URL-safe base64: "
                'python -c "import base64, secrets; '
                'print(base64.urlsafe_b64encode(secrets.token_bytes(32)).decode())"'
            )
    return keys


def _size(value: str) -> int:
    try:
        return len(base64.urlsafe_b64decode(value))
    except binascii.Error:
        return 0
