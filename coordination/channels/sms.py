"""SMS through a provider that speaks Twilio's HTTP interface."""

from functools import cached_property
from http import HTTPStatus

import httpx
from django.conf import settings

from coordination.channels.base import Receipt, Result
from coordination.messages import Message

_TRY_AGAIN = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS})


class SmsChannel:
    """Posts to ``/2010-04-01/Accounts/{sid}/Messages.json`` of the provider of the settings."""

    @cached_property
    def _client(self) -> httpx.Client:
        # One for the process, and safe in many threads: a new one costs 15 ms of processor time
        # for its TLS context, more than all the rest of a message.
        return httpx.Client(trust_env=False)

    def send(self, *, key: str, address: str, message: Message) -> Receipt:
        """Hand the text to the provider; see :class:`coordination.channels.base.Channel`."""
        account = settings.SMS_ACCOUNT_SID
        try:
            response = self._client.post(
                f"{settings.SMS_PROVIDER_URL}/2010-04-01/Accounts/{account}/Messages.json",
                data={"To": address, "From": settings.SMS_FROM, "Body": message.sms},
                auth=(account, settings.SMS_AUTH_TOKEN),
                headers={"Idempotency-Key": key},
                timeout=settings.OUTBOUND_TIMEOUT,
            )
        except httpx.TimeoutException:
            return Receipt(Result.RETRY, code="timeout")
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            return Receipt(Result.RETRY, code=type(error).__name__)
        return _read(response)


def _read(response: httpx.Response) -> Receipt:
    answer = _json(response)
    if response.is_success:
        sid = answer.get("sid")
        # A 2xx without an id proves nothing: a second SMS is harmless, a lost one is not.
        return Receipt(Result.SENT, str(sid)) if sid else Receipt(Result.RETRY, code="no_sid")
    code = f"sms_{answer.get('code') or response.status_code}"
    again = response.is_server_error or response.status_code in _TRY_AGAIN
    return Receipt(Result.RETRY if again else Result.REFUSED, code=code[:40])


def _json(response: httpx.Response) -> dict[str, object]:
    try:
        answer = response.json()
    except ValueError:
        return {}
    return answer if isinstance(answer, dict) else {}
