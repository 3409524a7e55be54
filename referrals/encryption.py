"""Encryption at rest for what must stay unreadable in a stolen dump: telephone numbers, addresses.

AES-256-GCM with a key id in front, so keys can be rotated; the associated data binds a value to
its row and column, so it cannot be moved to another row.
"""

import base64
import hmac
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

_NONCE_BYTES = 12


class Undecryptable(Exception):
    """The stored value was changed, moved to another row, or its key is not in FIELD_KEYS."""


def encrypt(text: str, *, bound_to: str) -> bytes:
    """Return ``key-id:nonce+ciphertext``. ``bound_to`` is ``table:row:column``."""
    key_id = next(iter(settings.FIELD_KEYS))
    nonce = os.urandom(_NONCE_BYTES)
    sealed = _cipher(key_id).encrypt(nonce, text.encode(), bound_to.encode())
    return key_id.encode() + b":" + nonce + sealed


def decrypt(stored: bytes, *, bound_to: str) -> str:
    """Return the text.

    :raises Undecryptable: if the key is unknown, or value and row do not belong together.
    """
    key_id, _, rest = bytes(stored).partition(b":")
    try:
        plain = _cipher(key_id.decode()).decrypt(
            rest[:_NONCE_BYTES], rest[_NONCE_BYTES:], bound_to.encode()
        )
    except (KeyError, UnicodeDecodeError, InvalidTag, ValueError) as error:
        raise Undecryptable(f"{bound_to} cannot be read with the keys in FIELD_KEYS.") from error
    return plain.decode()


def fingerprint(text: str) -> bytes:
    """Return what finds an encrypted value again by its content, and tells nothing of it.

    It is keyed, because there are too few telephone numbers to hide behind a bare hash.
    """
    return hmac.digest(settings.SECRET_KEY.encode(), f"fingerprint:{text}".encode(), "sha256")


def _cipher(key_id: str) -> AESGCM:
    return AESGCM(base64.urlsafe_b64decode(settings.FIELD_KEYS[key_id]))
