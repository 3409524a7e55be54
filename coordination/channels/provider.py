"""PROVIDERS: the accounts that send our SMS and place our calls, in Twilio's HTTP shape.

The second is for when the first fails. What they take they report on later; the addresses they
call back are made here.
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
from coordination.escalation import FIRST_PROVIDER, SECOND_PROVIDER

_TRY_AGAIN = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS})
# Our account is at fault, and not the number: the other provider may take the message.
_OF_THE_ACCOUNT = frozenset(
    {
        HTTPStatus.UNAUTHORIZED,
        HTTPStatus.PAYMENT_REQUIRED,
        HTTPStatus.FORBIDDEN,
        HTTPStatus.NOT_FOUND,
    }
)
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
    """One account at one provider: posts to ``/2010-04-01/Accounts/{sid}/`` there.

    What it calls back it signs with its own secret, at addresses of its own.
    """

    def __init__(self, name: str, *, prefix: str, callbacks: str) -> None:
        """Take the settings that begin with ``prefix``, and be called back below ``callbacks``."""
        self.name = name
        self._prefix = prefix
        self.callbacks = callbacks

    @property
    def is_set_up(self) -> bool:
        """Say whether the settings name it at all."""
        return bool(self._set("PROVIDER_URL"))

    def post(self, resource: str, form: Mapping[str, str], *, key: str, prefix: str) -> Receipt:
        """Ask for one message or call.

        :param prefix: begins the code of a refusal, such as ``sms``.
        """
        account = self._set("ACCOUNT_SID")
        ours = {"From": self._set("FROM"), "StatusCallback": self.status_address(key)}
        try:
            response = self._pool.request(
                "POST",
                f"{self._set('PROVIDER_URL')}/2010-04-01/Accounts/{account}/{resource}",
                headers=self._headers(account, key),
                content=urlencode(ours | dict(form)).encode(),
                extensions={"timeout": dict.fromkeys(_PHASES, settings.OUTBOUND_TIMEOUT)},
            )
        except httpcore.TimeoutException:
            return Receipt(Result.RETRY, code="timeout")
        except _FAULTS as error:
            return Receipt(Result.RETRY, code=type(error).__name__)
        return _read(response, prefix)

    def status_address(self, key: str) -> str:
        """Return where it reports what became of one delivery."""
        return f"{settings.PUBLIC_URL}/{self.callbacks}/status/{key}"

    def keypress_address(self, key: str) -> str:
        """Return where it reports the key that was pressed on one call."""
        return f"{settings.PUBLIC_URL}/{self.callbacks}/voice/{key}"

    def has_signed(self, path: str, form: Mapping[str, Sequence[str]], shown: str) -> bool:
        """Say whether a callback to this path was signed with the secret of this account."""
        token = self._set("AUTH_TOKEN")
        # Without a secret anybody could sign.
        wanted = signature(f"{settings.PUBLIC_URL}{path}", form, token) if token else ""
        return bool(token) and hmac.compare_digest(wanted.encode(), shown.encode())

    @cached_property
    def _pool(self) -> httpcore.ConnectionPool:
        # One for the process, and safe in many threads: to read the certificates costs more than
        # all the rest of a message. The library of webhooks; httpx over it brings a command line
        # into every process.
        return httpcore.ConnectionPool(max_connections=_CONNECTIONS, keepalive_expiry=_KEPT_SECONDS)

    def _set(self, name: str) -> str:
        return str(getattr(settings, self._prefix + name))

    def _headers(self, account: str, key: str) -> dict[bytes | str, bytes | str]:
        login = base64.b64encode(f"{account}:{self._set('AUTH_TOKEN')}".encode()).decode()
        return {
            "Authorization": f"Basic {login}",
            "Content-Type": "application/x-www-form-urlencoded",
            "Accept": "application/json",
            "User-Agent": "Tandem",
            "Idempotency-Key": key,
        }


PROVIDERS: Mapping[str, Provider] = {
    FIRST_PROVIDER: Provider(FIRST_PROVIDER, prefix="SMS_", callbacks="provider"),
    SECOND_PROVIDER: Provider(SECOND_PROVIDER, prefix="SMS_SECOND_", callbacks="provider/second"),
}


def signature(url: str, form: Mapping[str, Sequence[str]], token: str) -> str:
    """Return what a provider signs a callback with.

    HMAC-SHA1 in base64 over the address, then each field's name and value in the order of names.
    """
    fields = (name + value for name in sorted(form) for value in sorted(set(form[name])))
    signed = (url + "".join(fields)).encode()
    return base64.b64encode(hmac.digest(token.encode(), signed, hashlib.sha1)).decode()


def _read(response: httpcore.Response, prefix: str) -> Receipt:
    answer, status = _json(response.content), response.status
    if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        sid = answer.get("sid")
        # A 2xx without an id proves nothing: a second SMS is harmless, a lost one is not.
        return Receipt(Result.SENT, str(sid)) if sid else Receipt(Result.RETRY, code="no_sid")
    code = f"{prefix}_{answer.get('code') or status}"
    again = status >= HTTPStatus.INTERNAL_SERVER_ERROR or status in _TRY_AGAIN
    if status in _OF_THE_ACCOUNT and PROVIDERS[SECOND_PROVIDER].is_set_up:
        again = True
    return Receipt(Result.RETRY if again else Result.REFUSED, code=code[:40])


def _json(body: bytes) -> dict[str, object]:
    try:
        answer = json.loads(body)
    except ValueError:
        return {}
    return answer if isinstance(answer, dict) else {}
