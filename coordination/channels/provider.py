"""The account at the provider that sends our SMS and places our calls, in Twilio's HTTP shape.

What it takes it reports on later; both addresses it calls back are made here.
"""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from functools import cached_property
from http import HTTPStatus
from urllib.parse import urlencode

import httpcore
from django.conf import settings

from coordination.channels.base import Receipt, Result

_TRY_AGAIN = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS})
_PHASES = ("connect", "read", "write", "pool")
_KEPT_SECONDS = 5.0
# More than a process ever sends at once: nobody waits behind a call that hangs.
_CONNECTIONS = 100
_FAULTS = (
    httpcore.NetworkError,
    httpcore.ProtocolError,
    httpcore.UnsupportedProtocol,
    # An address of the settings that is none.
    ValueError,
)


class Provider:
    """Posts to ``/2010-04-01/Accounts/{sid}/`` of the provider of the settings."""

    @cached_property
    def _pool(self) -> httpcore.ConnectionPool:
        # One for the process, and safe in many threads: to read the certificates costs more than
        # all the rest of a message. The library of webhooks; httpx over it brings a command line
        # into every process.
        return httpcore.ConnectionPool(max_connections=_CONNECTIONS, keepalive_expiry=_KEPT_SECONDS)

    def post(self, resource: str, form: Mapping[str, str], *, key: str, prefix: str) -> Receipt:
        """Ask for one message or call.

        :param prefix: begins the code of a refusal, such as ``sms``.
        """
        account = settings.SMS_ACCOUNT_SID
        ours = {"From": settings.SMS_FROM, "StatusCallback": status_address(key)}
        try:
            response = self._pool.request(
                "POST",
                f"{settings.SMS_PROVIDER_URL}/2010-04-01/Accounts/{account}/{resource}",
                headers=_headers(account, key),
                content=urlencode(ours | dict(form)).encode(),
                extensions={"timeout": dict.fromkeys(_PHASES, settings.OUTBOUND_TIMEOUT)},
            )
        except httpcore.TimeoutException:
            return Receipt(Result.RETRY, code="timeout")
        except _FAULTS as error:
            return Receipt(Result.RETRY, code=type(error).__name__)
        return _read(response, prefix)


PROVIDER = Provider()


def status_address(key: str) -> str:
    """Return where the provider reports what became of one delivery."""
    return f"{settings.PUBLIC_URL}/provider/status/{key}"


def keypress_address(key: str) -> str:
    """Return where the provider reports the key that was pressed on one call."""
    return f"{settings.PUBLIC_URL}/provider/voice/{key}"


def is_signed(path: str, form: Mapping[str, Sequence[str]], shown: str) -> bool:
    """Say whether a callback to this path was signed with the secret of our account."""
    token = settings.SMS_AUTH_TOKEN
    # Without a secret anybody could sign.
    wanted = signature(f"{settings.PUBLIC_URL}{path}", form, token) if token else ""
    return bool(token) and hmac.compare_digest(wanted.encode(), shown.encode())


def signature(url: str, form: Mapping[str, Sequence[str]], token: str) -> str:
    """Return what the provider signs a callback with.

    HMAC-SHA1 in base64 over the address, then each field's name and value in the order of names.
    """
    fields = (name + value for name in sorted(form) for value in sorted(set(form[name])))
    signed = (url + "".join(fields)).encode()
    return base64.b64encode(hmac.digest(token.encode(), signed, hashlib.sha1)).decode()


def _headers(account: str, key: str) -> dict[bytes | str, bytes | str]:
    login = base64.b64encode(f"{account}:{settings.SMS_AUTH_TOKEN}".encode()).decode()
    return {
        "Authorization": f"Basic {login}",
        "Content-Type": "application/x-www-form-urlencoded",
        "Accept": "application/json",
        "User-Agent": "Tandem",
        "Idempotency-Key": key,
    }


def _read(response: httpcore.Response, prefix: str) -> Receipt:
    answer, status = _json(response.content), response.status
    if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        sid = answer.get("sid")
        # A 2xx without an id proves nothing: a second SMS is harmless, a lost one is not.
        return Receipt(Result.SENT, str(sid)) if sid else Receipt(Result.RETRY, code="no_sid")
    code = f"{prefix}_{answer.get('code') or status}"
    again = status >= HTTPStatus.INTERNAL_SERVER_ERROR or status in _TRY_AGAIN
    return Receipt(Result.RETRY if again else Result.REFUSED, code=code[:40])


def _json(body: bytes) -> dict[str, object]:
    try:
        answer = json.loads(body)
    except ValueError:
        return {}
    return answer if isinstance(answer, dict) else {}
