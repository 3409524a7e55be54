"""What the provider of the sandbox reports back: signed as the real one signs, to this machine."""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from functools import cache
from urllib.parse import urlsplit
from xml.etree import ElementTree

import httpx

CALLBACK_SECONDS = 10.0
LOOPBACK = {"127.0.0.1", "localhost", "::1"}


class CallbackFailed(Exception):
    """Whoever should take the callback did not."""


def signature(url: str, form: Mapping[str, str], token: str) -> str:
    """Return what the provider signs a callback with.

    Source: Twilio, "Validating requests are coming from Twilio": HMAC-SHA1 over the address
    followed by each field's name and value, sorted by name, in base64.
    """
    signed = url + "".join(name + form[name] for name in sorted(form))
    digest = hmac.new(token.encode(), signed.encode(), hashlib.sha1).digest()
    return base64.b64encode(digest).decode()


def post(url: str, form: Mapping[str, str], token: str) -> str:
    """Send one callback and return the words of the answer, as a phone would show or say them.

    :raises CallbackFailed: if it goes beyond this machine, or is not taken.
    """
    if urlsplit(url).hostname not in LOOPBACK:
        raise CallbackFailed("the sandbox calls nobody but this machine")
    try:
        answer = _client().post(
            url, data=dict(form), headers={"X-Twilio-Signature": signature(url, form, token)}
        )
    except httpx.HTTPError as error:
        raise CallbackFailed(f"{type(error).__name__} at {urlsplit(url).path}") from error
    if not answer.is_success:
        raise CallbackFailed(f"{urlsplit(url).path} answered {answer.status_code}")
    return words_of(answer.text)


@cache
def _client() -> httpx.Client:
    # One for the process: to read the certificates anew cost more than what is called back. No
    # connection is kept, because whoever is called may have been started anew meanwhile.
    unkept = httpx.Limits(max_keepalive_connections=0)
    return httpx.Client(timeout=CALLBACK_SECONDS, limits=unkept, trust_env=False)


def words_of(twiml: str) -> str:
    """Return what the first Say or Message of an answer says; empty if there is none."""
    root = tree_of(twiml)
    found = (
        [one for one in root.iter() if one.tag in {"Say", "Message"}] if root is not None else []
    )
    return (found[0].text or "").strip() if found else ""


def action_of(twiml: str) -> str:
    """Return where a pressed key is reported to; empty if no key is asked for."""
    root = tree_of(twiml)
    gather = root.find(".//Gather") if root is not None else None
    return gather.get("action", "") if gather is not None else ""


def tree_of(twiml: str) -> ElementTree.Element | None:
    """Return the instructions as a tree, or ``None`` if they are not XML."""
    try:
        return ElementTree.fromstring(twiml)  # noqa: S314 - written by the service under test
    except ElementTree.ParseError:
        return None
