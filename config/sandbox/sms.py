"""The SMS provider of the sandbox, in the shape of Twilio's Messages resource."""

import base64
import hashlib
import hmac
import re
import secrets
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from threading import Thread
from urllib.parse import urlencode, urlsplit

from config.sandbox.behaviour import Behaviour, Rule
from config.sandbox.record import Record

CALLBACK_SECONDS = 5.0
LOOPBACK = {"127.0.0.1", "localhost", "::1"}
NUMBER = re.compile(r"\+[1-9]\d{6,14}")

Answer = tuple[int, dict[str, object]]


@dataclass(frozen=True)
class Account:
    """The credentials that a caller must show."""

    sid: str
    token: str

    def admits(self, authorization: str) -> bool:
        """Say whether the header of HTTP basic authentication carries these credentials."""
        wanted = base64.b64encode(f"{self.sid}:{self.token}".encode()).decode()
        return hmac.compare_digest(authorization.encode(), f"Basic {wanted}".encode())


class Provider:
    """Takes messages and answers as the real one would."""

    def __init__(self, record: Record, behaviour: Behaviour, account: Account) -> None:
        self._record = record
        self._behaviour = behaviour
        self.account = account

    def rule_for(self, to: str) -> Rule:
        """Return how to treat a message to this number."""
        return self._behaviour.choose("sms", to)

    def take(self, form: Mapping[str, str], kind: str) -> Answer:
        """Return status and body for one message, keeping it if it is accepted."""
        if kind == "throttled":
            return _fault(429, 20429, "Too Many Requests")
        if kind == "broken":
            return _fault(500, 20500, "Internal Server Error")
        if kind == "invalid" or not NUMBER.fullmatch(form.get("To", "")):
            return _fault(400, 21211, f"The 'To' number {form.get('To', '')} is not valid.")
        if not form.get("Body"):
            return _fault(400, 21602, "Message body is required.")
        return self._accept(form, "undelivered" if kind == "undelivered" else "delivered")

    def _accept(self, form: Mapping[str, str], outcome: str) -> Answer:
        sid = f"SM{secrets.token_hex(16)}"
        self._record.add(
            "sms", to=form["To"], sender=form.get("From", ""), body=form["Body"], sid=sid
        )
        callback = form.get("StatusCallback", "")
        if callback:
            report = {
                "MessageSid": sid,
                "MessageStatus": outcome,
                "AccountSid": self.account.sid,
                "To": form["To"],
                "From": form.get("From", ""),
                **({"ErrorCode": "30003"} if outcome == "undelivered" else {}),
            }
            Thread(target=self._report, args=(callback, report), daemon=True).start()
        return 201, {
            "sid": sid,
            "account_sid": self.account.sid,
            "status": "queued",
            "to": form["To"],
            "from": form.get("From", ""),
            "body": form["Body"],
            "num_segments": "1",
            "direction": "outbound-api",
            "error_code": None,
            "error_message": None,
        }

    def _report(self, url: str, report: Mapping[str, str]) -> None:
        if urlsplit(url).hostname not in LOOPBACK:
            return
        request = urllib.request.Request(  # noqa: S310 - loopback only
            url,
            data=urlencode(report).encode(),
            headers={"X-Twilio-Signature": signature(url, report, self.account.token)},
        )
        # A receiver that is down misses the report, as it would from the real provider.
        try:
            urllib.request.urlopen(request, timeout=CALLBACK_SECONDS).close()  # noqa: S310
        except OSError:
            return


def signature(url: str, form: Mapping[str, str], token: str) -> str:
    """Return what the provider signs a callback with.

    Source: Twilio, "Validating requests are coming from Twilio": HMAC-SHA1 over the address
    followed by each field's name and value, sorted by name, in base64.
    """
    signed = url + "".join(name + form[name] for name in sorted(form))
    digest = hmac.new(token.encode(), signed.encode(), hashlib.sha1).digest()
    return base64.b64encode(digest).decode()


def _fault(status: int, code: int, message: str) -> Answer:
    return status, {
        "code": code,
        "message": message,
        "more_info": f"https://www.twilio.com/docs/errors/{code}",
        "status": status,
    }
