"""The provider, calling back as the real one does; signed by the sandbox's own hand."""

from urllib.parse import urlencode
from xml.etree import ElementTree

from django.conf import settings

from config.sandbox.callbacks import signature
from tests.cast import OfficeClient

FORM = "application/x-www-form-urlencoded"


def call_back(path, form, *, signed_with=None, content_type=FORM, **headers):
    """POST a callback; signed with the secret of its address unless another is given."""
    token = secret_of(path) if signed_with is None else signed_with
    shown = {"X-Twilio-Signature": signature(f"{settings.PUBLIC_URL}{path}", form, token)}
    body = urlencode(form) if content_type == FORM else str(form)
    return OfficeClient().post(path, body, content_type=content_type, headers=shown | headers)


def secret_of(path):
    """Return what the provider that is called back at this path signs with."""
    of_the_second = path.startswith("/provider/second/")
    return settings.SMS_SECOND_AUTH_TOKEN if of_the_second else settings.SMS_AUTH_TOKEN


def report(delivery, status, *, error="", **more):
    """Report what became of a delivery, in the words of its channel."""
    kind = "Call" if delivery.channel == "voice" else "Message"
    known = type(delivery).objects.filter(pk=delivery.pk).values_list("provider_message_id")
    sid = next((found for (found,) in known), "") or "SM1"
    form = {f"{kind}Sid": sid, f"{kind}Status": status} | ({"ErrorCode": error} if error else {})
    return call_back(f"/provider/status/{delivery.pk}", form | more)


def text(number, body):
    """Let somebody send us an SMS; return the words that go back."""
    answer = call_back("/provider/sms", {"From": number, "To": "+15550000000", "Body": body})
    assert answer.status_code == 200
    return _words(answer)


def press(delivery, digits, *, called=None):
    """Let whoever was called press a key; return what they hear."""
    number = called or delivery.contact_point.address
    form = {"CallSid": "CA1", "From": "+15550000000", "To": number, "Digits": digits}
    answer = call_back(f"/provider/voice/{delivery.pk}", form)
    assert answer.status_code == 200
    return _words(answer)


def _words(answer):
    assert answer["Content-Type"].startswith("text/xml")
    [said] = ElementTree.fromstring(answer.content)
    return said.text
