"""Tells the operator, by every way that is set. One that fails stops none of the others.

A text holds codes, counts and public references; it comes from no patient and goes to no practice.
"""

import base64
import json
import logging
import smtplib
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from time import monotonic
from urllib.error import HTTPError
from urllib.parse import unquote, urlencode, urlsplit

from config.watchdog.options import Ways
from config.watchdog.patience import Errand, within

log = logging.getLogger(__name__)

SECONDS = 5.0
# For all ways together, with the names to look up: what answers drop by drop is left behind.
ALL_SECONDS = 12.0
_LONGEST_SMS = 160
_JSON = {"Content-Type": "application/json"}
_LONGEST_ANSWER = 1_000_000


def tell(ways: Ways, subject: str, lines: list[str], facts: dict[str, object]) -> int:
    """Send it by every way, and return how many took it.

    :param facts: the same for a machine: what the webhook carries.
    """
    taken, until = 0, monotonic() + ALL_SECONDS
    # Side by side: none waits for one that hangs.
    begun = [(name, Errand(send)) for name, send in _sends(ways, subject, lines, facts)]
    for name, errand in begun:
        try:
            errand.wait(until - monotonic())
            taken += 1
        except Exception as error:  # Whatever is wrong with one way, the next may go.
            log.error("the operator could not be told", extra={"channel": name}, exc_info=error)
    return taken


def call(
    url: str,
    body: bytes | None = None,
    headers: Mapping[str, str] | None = None,
    *,
    seconds: float = SECONDS,
) -> bytes:
    """GET an address, or POST a body to it, and return what it answers.

    :raises OSError: if it does not answer with success in time.
    """
    if urlsplit(url).scheme not in {"http", "https"}:
        raise OSError("an address must begin with http:// or https://")
    request = urllib.request.Request(url, body, dict(headers or {}))  # noqa: S310 - checked above

    def ask() -> bytes:
        try:
            with urllib.request.urlopen(request, timeout=seconds) as answer:  # noqa: S310
                return bytes(answer.read(_LONGEST_ANSWER))
        except HTTPError as refusal:
            refusal.close()
            raise

    # The time-out above is for each piece alone, and none is for looking up the name.
    return within(2 * seconds, ask)


def _sends(
    ways: Ways, subject: str, lines: list[str], facts: dict[str, object]
) -> Iterator[tuple[str, Callable[[], object]]]:
    if ways.smtp_url and ways.email_to:
        yield "email", lambda: _email(ways, subject, "\n".join(lines))
    if ways.webhook_url:
        body = json.dumps(facts).encode()
        yield "webhook", lambda: call(ways.webhook_url, body, _JSON)
    if ways.sms_url:
        for number in ways.sms_to:
            yield "sms", lambda number=number: _sms(ways, number, subject)  # type: ignore[misc]


def _email(ways: Ways, subject: str, text: str) -> None:
    message = EmailMessage()
    message["From"], message["To"] = ways.email_from, ", ".join(ways.email_to)
    message["Subject"], message["Date"] = subject, formatdate()
    message["Message-ID"] = make_msgid(domain="tandem.invalid")
    message.set_content(text)
    parts = urlsplit(ways.smtp_url)
    host = parts.hostname or "localhost"
    port = parts.port or {"smtps": 465, "smtp+tls": 587}.get(parts.scheme, 25)
    kind = smtplib.SMTP_SSL if parts.scheme == "smtps" else smtplib.SMTP
    # A name of its own: to ask for the full one may take longer than the rest.
    with kind(host, port, local_hostname="tandem", timeout=SECONDS) as server:
        if parts.scheme == "smtp+tls":
            server.starttls()
        if parts.username:
            server.login(unquote(parts.username), unquote(parts.password or ""))
        server.send_message(message)


def _sms(ways: Ways, number: str, text: str) -> None:
    url = f"{ways.sms_url}/2010-04-01/Accounts/{ways.sms_account}/Messages.json"
    form = {"To": number, "From": ways.sms_from, "Body": text[:_LONGEST_SMS]}
    login = base64.b64encode(f"{ways.sms_account}:{ways.sms_token}".encode()).decode()
    call(url, urlencode(form).encode(), {"Authorization": f"Basic {login}"})
