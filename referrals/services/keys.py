"""Issues and checks the API keys of a practice. A secret is never stored."""

import hashlib
import hmac
import re
import secrets
from datetime import timedelta

from referrals import clock
from referrals.models import ApiKey, Practice

LONGEST_LIFE = timedelta(days=365)
_PREFIX = re.compile(r"[0-9a-f]{12}")


class KeyRefused(Exception):
    """The key is unknown, wrong, expired or revoked. Which of them is not told."""


def issue_api_key(
    practice: Practice, *, name: str, scopes: list[str], lives: timedelta = LONGEST_LIFE
) -> str:
    """Create a key and return it as ``prefix.secret``; it is shown this one time.

    :raises ValueError: if it would live longer than a year.
    """
    if not timedelta() < lives <= LONGEST_LIFE:
        raise ValueError("An API key lives at most 365 days.")
    prefix, secret = secrets.token_hex(6), secrets.token_urlsafe(32)
    issued = clock.now()
    ApiKey.objects.create(
        practice=practice,
        name=name,
        prefix=prefix,
        secret_hash=_hash(secret),
        scopes=scopes,
        created_at=issued,
        expires_at=issued + lives,
    )
    return f"{prefix}.{secret}"


def revoke_api_key(prefix: str) -> ApiKey:
    """Let a key open nothing any more, from this moment on. Saying it twice is once.

    :raises KeyRefused: if no key has this prefix.
    """
    key = ApiKey.objects.select_related("practice").filter(prefix=prefix).first()
    if key is None:
        raise KeyRefused(f"No API key begins with {prefix}.")
    if key.revoked_at is None:
        key.revoked_at = clock.now()
        key.save(update_fields=["revoked_at"])
    return key


def find_api_key(presented: str) -> ApiKey:
    """Return the live key that was presented.

    :raises KeyRefused: if there is none.
    """
    prefix, _, secret = presented.partition(".")
    live = ApiKey.objects.select_related("practice").filter(
        prefix=prefix, revoked_at=None, expires_at__gt=clock.NOW, practice__is_active=True
    )
    # Only what we issue is looked up: a NUL cannot even be sent to the database.
    key = live.first() if _PREFIX.fullmatch(prefix) else None
    stored = bytes(key.secret_hash) if key else bytes(32)
    if not hmac.compare_digest(stored, _hash(secret)) or key is None:
        raise KeyRefused("This API key is not valid.")
    return key


def _hash(secret: str) -> bytes:
    # The secret has 256 random bits, so a slow password hash would add nothing but load.
    return hashlib.sha256(secret.encode()).digest()
