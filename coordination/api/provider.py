"""What the SMS and voice providers call back: reports, replies and pressed keys, all signed.

A callback that the provider of its address did not sign changes nothing. No answer names a patient.
"""

from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from uuid import UUID
from xml.sax.saxutils import escape

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from coordination import services
from coordination.answers import as_sms, as_speech
from coordination.channels import voice
from coordination.channels.provider import PROVIDERS
from referrals.api.errors import RETRY_AFTER_SECONDS, UNAVAILABLE
from referrals.encryption import fingerprint

LONGEST_BODY = 16 * 1024
MISSES_A_MINUTE = 10
_FORM = "application/x-www-form-urlencoded"

View = Callable[..., HttpResponse]


def from_provider(view: View) -> View:
    """Let through only what the provider of this address signed with the secret of our account.

    The address says which provider: the secret of one does not speak for the other.
    """

    @never_cache
    @csrf_exempt
    @require_POST
    @wraps(view)
    def checked(request: HttpRequest, provider: str, **given: UUID) -> HttpResponse:
        if _size(request) > LONGEST_BODY:
            return HttpResponse(status=HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        shown = request.headers.get("X-Twilio-Signature", "")
        if request.content_type != _FORM or not PROVIDERS[provider].has_signed(
            request.get_full_path(), dict(request.POST.lists()), shown
        ):
            return HttpResponse(status=HTTPStatus.FORBIDDEN)
        try:
            return view(request, **given)
        except services.DeliveryUnknown:
            return HttpResponse(status=HTTPStatus.NOT_FOUND)
        except UNAVAILABLE:
            # Nothing was recorded, and no words go out that say otherwise.
            return HttpResponse(
                status=HTTPStatus.SERVICE_UNAVAILABLE, headers={"Retry-After": RETRY_AFTER_SECONDS}
            )

    return checked


@from_provider
def status(request: HttpRequest, delivery: UUID) -> HttpResponse:
    """Take what became of one message or call."""
    form = request.POST
    services.take_report(
        delivery,
        services.Report(
            status=form.get("MessageStatus") or form.get("CallStatus", ""),
            error=form.get("ErrorCode", ""),
            provider_id=form.get("MessageSid") or form.get("CallSid", ""),
        ),
    )
    return HttpResponse(status=HTTPStatus.NO_CONTENT)


@from_provider
def sms(request: HttpRequest) -> HttpResponse:
    """Take an SMS that somebody sent to our number, and say what was recorded."""
    sender = request.POST.get("From", "")
    misses = f"reply-misses:{fingerprint(sender).hex()}"
    # Four digits can be guessed, and the number an SMS comes from can be forged: also a right
    # reply waits then. The link still answers.
    if int(cache.get(misses, 0)) >= MISSES_A_MINUTE:
        return _twiml(f"<Message>{escape(as_sms('too_many'))}</Message>")
    reply = services.reply_by_sms(sender, request.POST.get("Body", ""))
    if reply.answer == "not_understood":
        cache.add(misses, 0, timeout=60)
        cache.incr(misses)
    return _twiml(
        f"<Message>{escape(as_sms(reply.answer, reply.reference, reply.again))}</Message>"
    )


@from_provider
def keypress(request: HttpRequest, delivery: UUID) -> HttpResponse:
    """Take the key that somebody pressed on a call, and say what was recorded."""
    form = request.POST
    reply = services.reply_by_key(
        delivery, called=form.get("To", ""), digits=form.get("Digits", "")
    )
    return _twiml(voice.say(as_speech(reply.answer, reply.reference, reply.again)))


def _twiml(instructions: str) -> HttpResponse:
    return HttpResponse(
        f'<?xml version="1.0" encoding="UTF-8"?><Response>{instructions}</Response>',
        content_type="text/xml; charset=utf-8",
    )


def _size(request: HttpRequest) -> int:
    given = request.META.get("CONTENT_LENGTH") or "0"
    return int(given) if given.isdecimal() else 0
