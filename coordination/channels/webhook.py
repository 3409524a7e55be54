"""Webhooks to the system of a practice, signed by Standard Webhooks: ids and times, no facts."""

import json
import ssl
from datetime import timedelta
from functools import cached_property
from http import HTTPStatus

import httpcore
from django.conf import settings
from standardwebhooks import Webhook

from coordination.channels import egress
from coordination.channels.base import Receipt, Result
from coordination.messages import Message

_LONGEST_RETRY_AFTER = 6


class WebhookChannel:
    """Posts a signed notice to the practice's own system, which reads the rest over the API."""

    def send(self, *, key: str, address: str, message: Message) -> Receipt:
        """Post the notice; see :class:`coordination.channels.base.Channel`."""
        try:
            target = egress.read(address)
            return _read(*self._post(target, key, message))
        except egress.EgressRefused as refused:
            return Receipt(Result.REFUSED, code=refused.code)
        except egress.NameUnknown:
            return Receipt(Result.RETRY, code="webhook_name_unknown")
        except httpcore.TimeoutException:
            return Receipt(Result.RETRY, code="timeout")
        except httpcore.ConnectError as error:
            return Receipt(Result.RETRY, code=_why_not_connected(error))
        except (httpcore.NetworkError, httpcore.ProtocolError):
            # It may have the notice: the same id comes again, so that it can tell.
            return Receipt(Result.RETRY, code="webhook_no_answer")

    def _post(self, target: egress.Target, key: str, message: Message) -> tuple[int, str]:
        """Return the status and the Retry-After of the answer.

        Its body is not read, however long: the status says all, and the library reads no head of
        more than 100 KiB.
        """
        body = json.dumps(message.data | {"data": {**message.data["data"], "delivery": key}})
        seconds = settings.OUTBOUND_TIMEOUT
        limits = dict.fromkeys(("connect", "read", "write", "pool"), seconds)
        # A pool of its own for each notice: no connection is used twice, so none goes unchecked.
        with (
            httpcore.ConnectionPool(
                ssl_context=self._trusted, network_backend=egress.CheckedNetwork(seconds)
            ) as pool,
            pool.stream(
                "POST",
                target.url,
                headers=_headers(key, message, body),
                content=body.encode(),
                extensions={"timeout": limits},
            ) as answer,
        ):
            headers = {name.lower(): value for name, value in answer.headers}
            return answer.status, headers.get(b"retry-after", b"").decode("latin-1")

    @cached_property
    def _trusted(self) -> ssl.SSLContext:
        # One for the process: reading the certificates costs more than all the rest.
        return ssl.create_default_context()


def signature(secrets: str, key: str, message: Message, body: str) -> str:
    """Sign with each secret; there are two while one replaces the other."""
    return " ".join(Webhook(one).sign(key, message.at, body) for one in secrets.split())


def _headers(key: str, message: Message, body: str) -> dict[bytes | str, bytes | str]:
    return {
        "Content-Type": "application/json",
        "User-Agent": "Tandem",
        "webhook-id": key,
        "webhook-timestamp": str(int(message.at.timestamp())),
        "webhook-signature": signature(message.secret, key, message, body),
    }


def _read(status: int, retry_after: str) -> Receipt:
    if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        return Receipt(Result.SENT)
    code = f"webhook_{status}"
    if status == HTTPStatus.GONE:
        return Receipt(Result.GONE, code=code)
    return Receipt(Result.RETRY, code=code, wait=_wait(status, retry_after))


def _wait(status: int, retry_after: str) -> timedelta | None:
    # A date would need a clock of our own; seconds are what everybody sends.
    asks = status in (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE)
    given = retry_after.strip()
    if not (asks and given.isascii() and given.isdigit() and len(given) <= _LONGEST_RETRY_AFTER):
        return None
    return timedelta(seconds=int(given))


def _why_not_connected(error: httpcore.ConnectError) -> str:
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLError):
            return "webhook_tls"
        cause = cause.__cause__ or cause.__context__
    return "webhook_unreachable"
