"""The secrets of a house on private servers: made once, kept in one file for its owner only."""

import base64
import contextlib
import json
import os
import secrets
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

Keys = Mapping[str, str]

# Names that files of an earlier version lack.
_ADDED_LATER = ("watch",)


class KeysUnreadable(RuntimeError):
    """The file of secrets exists and cannot be used."""


def read_or_make(path: Path) -> Keys:
    """Return the secrets in the file, made or completed first where something is missing.

    :raises KeysUnreadable: if the file is there and is not what this module wrote.
    """
    if not path.exists():
        _write_once(path, fresh())
    kept = read(path)
    if any(name not in _parse(path.read_text()) for name in _ADDED_LATER):
        _write(path, kept, os.replace)
    return kept


def read(path: Path) -> Keys:
    """Return the secrets in the file, or fresh ones that nobody keeps.

    :raises KeysUnreadable: if the file is there and is not what this module wrote.
    """
    try:
        text = path.read_text()
    except FileNotFoundError:
        return fresh()
    except OSError as error:
        raise KeysUnreadable(f"{path} cannot be read ({error.strerror}).") from error
    try:
        made = fresh()
        kept = {name: made[name] for name in _ADDED_LATER} | dict(_parse(text))
        return {name: str(kept[name]) for name in made}
    except (ValueError, KeyError, TypeError) as error:
        raise KeysUnreadable(
            f"{path} is damaged. Restore it from a backup: without it the data below "
            f"{path.parent} cannot be read. If that data may go, remove {path.parent}."
        ) from error


def fresh() -> Keys:
    """Return new secrets: signing, field encryption and passwords by name."""
    field_key = base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()
    return {
        "SECRET_KEY": secrets.token_urlsafe(50),
        "FIELD_KEYS": f"k1:{field_key}",
        "SMS_AUTH_TOKEN": secrets.token_hex(16),
        "superuser": secrets.token_urlsafe(24),
        "owner": secrets.token_urlsafe(24),
        "app": secrets.token_urlsafe(24),
        "engine": secrets.token_urlsafe(24),
        "watch": secrets.token_urlsafe(24),
    }


def _parse(text: str) -> Keys:
    kept: dict[str, str] = json.loads(text)
    return kept


def _write_once(path: Path, keys: Keys) -> None:
    """Whole or not at all, and never over a file that another process has just made."""
    with contextlib.suppress(FileExistsError):
        _write(path, keys, os.link)


def _write(path: Path, keys: Keys, place: Callable[[str, Path], None]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, draft = tempfile.mkstemp(dir=path.parent, prefix=".secrets-")
    try:
        with os.fdopen(handle, "w") as file:
            json.dump(keys, file, indent=1)
            file.flush()
            os.fsync(file.fileno())
        place(draft, path)
    finally:
        Path(draft).unlink(missing_ok=True)
