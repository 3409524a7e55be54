"""The second step of the sign-in: the code of an authenticator, or enrolling the first one."""

import base64
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import django_otp
import segno
from django.contrib.auth.models import User
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.csrf import csrf_protect

from referrals import clock
from referrals.admin.gate import SINCE
from referrals.models import Authenticator
from referrals.services import accounts

ISSUER = "Tandem"


@csrf_protect
def second_factor(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    """Ask for a code; whoever has no authenticator yet is shown one to enrol first."""
    user: Any = request.user
    if not user.is_authenticated:
        return redirect_to_login(_next(request), reverse("admin:login"))
    if user.is_verified():
        return HttpResponseRedirect(_next(request))
    try:
        enrolling = _enrolling(user)
        if request.method == "POST":
            device = accounts.check_code(user, request.POST.get("code", "")[:16])
            return _let_in(request, device)
    except accounts.EnrolmentRefused as refusal:
        return _page(request, context, refusal=str(refusal), again=True)
    except accounts.CodeRefused as refusal:
        return _page(request, context, refusal=str(refusal), **_shown(user, enrolling))
    return _page(request, context, **_shown(user, enrolling))


def key_uri(username: str, seed: bytes) -> str:
    """Return what an authenticator scans."""
    label = quote(f"{ISSUER}:{username}")
    return f"otpauth://totp/{label}?secret={key_text(seed)}&issuer={ISSUER}"


def key_text(seed: bytes) -> str:
    """Return the seed as authenticators take it by hand."""
    return base64.b32encode(seed).decode().rstrip("=")


def _enrolling(user: User) -> Authenticator | None:
    known = Authenticator.objects.filter(user=user, confirmed=True).exists()
    return None if known else accounts.begin_enrolment(user)


def _let_in(request: HttpRequest, device: Authenticator) -> HttpResponse:
    # A new key for the session: whoever saw the old one is not let in with it.
    request.session.cycle_key()
    django_otp.login(request, device)
    request.session[SINCE] = clock.now().timestamp()
    return HttpResponseRedirect(_next(request))


def _shown(user: User, enrolling: Authenticator | None) -> dict[str, Any]:
    if enrolling is None:
        return {}
    text = key_text(enrolling.seed)
    return {
        "picture": segno.make(key_uri(user.get_username(), enrolling.seed)).svg_data_uri(scale=5),
        "key": " ".join(text[place : place + 4] for place in range(0, len(text), 4)),
    }


def _page(request: HttpRequest, context: dict[str, Any], **facts: Any) -> HttpResponse:
    status = HTTPStatus.BAD_REQUEST if facts.get("refusal") else HTTPStatus.OK
    facts = {"title": "Second step", "next": _next(request), **facts}
    return render(request, "referrals/second_factor.html", {**context, **facts}, status=status)


def _next(request: HttpRequest) -> str:
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    if url_has_allowed_host_and_scheme(wanted, {request.get_host()}, request.is_secure()):
        return wanted
    return reverse("admin:index")
