"""The SMS and voice provider of the sandbox, in the shape of Twilio's Messages and Calls."""

import base64
import hmac
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from threading import Thread

from config.sandbox import callbacks
from config.sandbox.behaviour import Behaviour, Rule
from config.sandbox.record import Message, Record

NUMBER = re.compile(r"\+[1-9]\d{6,14}")
CHANNELS = {"Messages.json": "sms", "Calls.json": "voice"}
# How a call ends that nobody takes; an SMS ends as delivered or undelivered.
UNANSWERED = {"busy": "busy", "no-answer": "no-answer", "undelivered": "failed"}

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
    """Takes messages and calls and answers as the real one would.

    ``inbound`` is where it hands on an SMS that somebody sends to our number.
    """

    def __init__(
        self, record: Record, behaviour: Behaviour, account: Account, inbound: str = ""
    ) -> None:
        self._record = record
        self._behaviour = behaviour
        self.account = account
        self.inbound = inbound

    def rule_for(self, channel: str, to: str) -> Rule:
        """Return how to treat a message or call to this number."""
        return self._behaviour.choose(channel, to)

    def take(self, channel: str, form: Mapping[str, str], kind: str) -> Answer:
        """Return status and body for one message or call, keeping it if it is accepted."""
        if kind == "throttled":
            return _fault(429, 20429, "Too Many Requests")
        if kind == "broken":
            return _fault(500, 20500, "Internal Server Error")
        if kind == "invalid" or not NUMBER.fullmatch(form.get("To", "")):
            return _fault(400, 21211, f"The 'To' number {form.get('To', '')} is not valid.")
        if channel == "voice":
            return self._call(form, UNANSWERED.get(kind, "completed"))
        if not form.get("Body"):
            return _fault(400, 21602, "Message body is required.")
        return self._text(form, "undelivered" if kind == "undelivered" else "delivered")

    def reply(self, sender: str, body: str) -> Message:
        """Let somebody answer by SMS; return the SMS that comes back to them.

        :raises callbacks.CallbackFailed: if nobody takes it.
        """
        form = {
            "MessageSid": f"SM{secrets.token_hex(16)}",
            "AccountSid": self.account.sid,
            "From": sender,
            "To": self._number_known_to(sender),
            "Body": body,
        }
        words = callbacks.post(self.inbound, form, self.account.token)
        return self._record.add("sms", to=sender, sender=form["To"], body=words, answer_to=body)

    def press(self, call: str, digits: str) -> Message:
        """Let whoever picked up a call press a key; return what they hear then.

        :param call: the number that was called last, or the id of the call.
        :raises callbacks.CallbackFailed: if there is no such call that asks for a key.
        """
        asked = [m for m in self._record.after(0) if call in {m.to, m.details.get("sid")}]
        open_calls = [m for m in asked if m.details.get("action")]
        if not open_calls:
            raise callbacks.CallbackFailed("no call to this number asks for a key")
        latest = open_calls[-1]
        form = {
            "CallSid": latest.details["sid"],
            "AccountSid": self.account.sid,
            "CallStatus": "in-progress",
            "From": latest.sender,
            "To": latest.to,
            "Digits": digits,
        }
        words = callbacks.post(latest.details["action"], form, self.account.token)
        return self._record.add(
            "voice", to=latest.to, sender=latest.sender, body=words, answer_to=digits
        )

    def _text(self, form: Mapping[str, str], outcome: str) -> Answer:
        sid = f"SM{secrets.token_hex(16)}"
        self._record.add(
            "sms",
            to=form["To"],
            sender=form.get("From", ""),
            body=form["Body"],
            sid=sid,
            callback=form.get("StatusCallback", ""),
        )
        report = {"MessageSid": sid, "MessageStatus": outcome}
        self._report(form, report | ({"ErrorCode": "30003"} if outcome == "undelivered" else {}))
        return 201, self._shape(form, sid) | {"body": form["Body"], "num_segments": "1"}

    def _call(self, form: Mapping[str, str], outcome: str) -> Answer:
        twiml = form.get("Twiml", "")
        spoken = callbacks.words_of(twiml)
        if not spoken:
            return _fault(400, 21205, "Url or Twiml is required and must be valid.")
        sid = f"CA{secrets.token_hex(16)}"
        # A call that nobody takes is kept too, but nobody heard it and no key can be pressed.
        heard = {"action": callbacks.action_of(twiml)} if outcome == "completed" else {}
        self._record.add(
            "voice",
            to=form["To"],
            sender=form.get("From", ""),
            body=spoken,
            sid=sid,
            callback=form.get("StatusCallback", ""),
            outcome=outcome,
            **heard,
        )
        self._report(form, {"CallSid": sid, "CallStatus": outcome})
        return 201, self._shape(form, sid)

    def _shape(self, form: Mapping[str, str], sid: str) -> dict[str, object]:
        return {
            "sid": sid,
            "account_sid": self.account.sid,
            "status": "queued",
            "to": form["To"],
            "from": form.get("From", ""),
            "direction": "outbound-api",
            "error_code": None,
            "error_message": None,
        }

    def _report(self, form: Mapping[str, str], report: Mapping[str, str]) -> None:
        url = form.get("StatusCallback", "")
        if url:
            ends = {
                "AccountSid": self.account.sid,
                "To": form["To"],
                "From": form.get("From", ""),
            }
            Thread(target=self._send_report, args=(url, {**ends, **report}), daemon=True).start()

    def _send_report(self, url: str, report: Mapping[str, str]) -> None:
        # A receiver that is down misses the report, as it would from the real provider.
        try:
            callbacks.post(url, report, self.account.token)
        except callbacks.CallbackFailed:
            return

    def _number_known_to(self, person: str) -> str:
        received = [m.sender for m in self._record.after(0) if m.to == person]
        return received[-1] if received else "+15005550006"


def _fault(status: int, code: int, message: str) -> Answer:
    return status, {
        "code": code,
        "message": message,
        "more_info": f"https://www.twilio.com/docs/errors/{code}",
        "status": status,
    }
