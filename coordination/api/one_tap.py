"""The page behind the link of an urgent message. It works without JavaScript and shows no patient.

GET changes nothing: scanners of mail and SMS open links. Only POST answers.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from http import HTTPStatus
from typing import Any

from django.core.cache import cache
from django.db import DatabaseError, transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from coordination import services
from coordination.api import one_tap_facts, one_tap_plan
from coordination.api.contact_test import page_of_test
from coordination.models import AckToken
from coordination.services import links
from referrals import clock, workflow
from referrals.api.access import way_of
from referrals.api.client_address import client_address
from referrals.api.errors import RETRY_AFTER_SECONDS, UNAVAILABLE
from referrals.reasons import PASS_REASONS
from referrals.services import pins
from referrals.services.access import note_access
from referrals.services.moves import VersionRequired
from referrals.walls import Actor, acting_as

log = logging.getLogger(__name__)
VIA = "link"
SEEN_FOR = "seen_for"
MISSES_A_MINUTE = 10
LIVES_AFTER_CLOSE = timedelta(hours=24)
_LONGEST_NAME = 80
_WITH = (
    "obligation__referral__sender",
    "obligation__alert",
    "contact_point__practitioner",
    "contact_point__practice",
)


@dataclass(frozen=True)
class Press:
    """One press of a button: by whom, behind which link, with what was typed."""

    request: HttpRequest
    token: AckToken
    by: Actor

    def said(self, name: str) -> str:
        """Return one field of the form."""
        return self.request.POST.get(name, "").replace("\0", "").strip()

    def page(self, status: HTTPStatus, **words: Any) -> HttpResponse:
        """Show the page as it stands after the press, with these words."""
        return _page(
            self.request, "ask", status, **one_tap_facts.shown(self.token, self.by), **words
        )


# The secret in the path proves the right to answer; no cookie is involved.
@never_cache
@csrf_exempt
@sensitive_post_parameters("pin")
@require_http_methods(["GET", "HEAD", "POST"])
def one_tap(request: HttpRequest, secret: str) -> HttpResponse:
    """Show what is asked, or take the answer: accept, seen, or cannot."""
    try:
        return _behind(request, secret)
    except UNAVAILABLE:
        page = _page(request, "unavailable", HTTPStatus.SERVICE_UNAVAILABLE)
        page["Retry-After"] = RETRY_AFTER_SECONDS
        return page


def _behind(request: HttpRequest, secret: str) -> HttpResponse:
    try:
        link = links.find(secret)
    except links.LinkUnknown:
        test = page_of_test(request, secret)
        if test is not None:
            return test
        # Only wrong links are held back: somebody else's guesses must never shut out a right one.
        if _misses(request) >= MISSES_A_MINUTE:
            return _page(request, "too_many", HTTPStatus.TOO_MANY_REQUESTS)
        _count_miss(request)
        return _page(request, "unknown", HTTPStatus.NOT_FOUND)
    actor = Actor(
        kind="link",
        name="holder of the link",
        practice_id=link.practice_id,
        request_id=getattr(request, "request_id", ""),
    )
    with acting_as(actor):
        token = AckToken.objects.select_related(*_WITH).get(pk=link.token_id)
        if _is_over(token):
            return _page(request, "over", HTTPStatus.GONE)
        press = Press(request, token, actor)
        page = _take(press) if request.method == "POST" else press.page(HTTPStatus.OK)
        _note_access(press, page.status_code)
        return page


def _note_access(press: Press, status: int) -> None:
    # An urgent question is never held up by this; the page shows no fact about the patient.
    token, way = press.token, way_of(press.request, status)
    owner = replace(press.by, name=token.contact_point.owner_name)
    try:
        with transaction.atomic():
            note_access([token.obligation.referral.uuid], by=owner, way=way)
    except DatabaseError:
        log.exception("an opened link could not be noted in the access log")


def _take(press: Press) -> HttpResponse:
    if press.token.contact_point.practice.specialty != press.token.obligation.specialty:
        # A coordinator answers for neither side; saying "recorded" would be untrue.
        return press.page(HTTPStatus.FORBIDDEN)
    press = replace(press, by=_person(press))
    answer = _ANSWERS.get(press.said("answer"))
    if answer is None:
        return press.page(HTTPStatus.BAD_REQUEST)
    if press.by.name == "":
        return press.page(HTTPStatus.BAD_REQUEST, name_missing=True)
    try:
        return answer(press)
    except (workflow.TransitionRefused, VersionRequired):
        return press.page(HTTPStatus.CONFLICT, too_late=True)


def _seen(press: Press) -> HttpResponse:
    services.acknowledge(press.token.obligation.referral_id, by=press.by, via=VIA)
    return _recorded(press, "seen")


def _recorded(press: Press, thanks: str) -> HttpResponse:
    # Somebody else's answer stands, with the time until which that holds.
    owed = press.token.obligation
    owed.refresh_from_db()
    if owed.answered_by and owed.answered_by != press.by.name:
        return press.page(HTTPStatus.OK)
    return press.page(HTTPStatus.OK, thanks=thanks)


def _seen_for(press: Press) -> HttpResponse:
    proxy, wrong = one_tap_plan.read_proxy(press.said, press.token)
    if proxy is None:
        return press.page(HTTPStatus.BAD_REQUEST, wrong=wrong)
    try:
        services.acknowledge(press.token.obligation.referral_id, by=press.by, via=VIA, proxy=proxy)
    except services.ProxyRefused as refused:
        return press.page(HTTPStatus.BAD_REQUEST, wrong=[str(refused)])
    return _recorded(press, "seen_for")


def _cannot(press: Press) -> HttpResponse:
    reason = press.said("reason")
    if reason not in PASS_REASONS:
        return press.page(HTTPStatus.BAD_REQUEST, reason_missing=True)
    services.pass_on(
        press.token.obligation.referral_id, by=press.by, reason_code=reason, may_give_back=False
    )
    return press.page(HTTPStatus.OK, thanks="cannot")


def _accept(press: Press) -> HttpResponse:
    token, facts = press.token, one_tap_facts.shown(press.token, press.by)
    person = token.contact_point.practitioner
    if person is None or facts["no_pin"]:
        return press.page(HTTPStatus.FORBIDDEN)
    if not facts["may_accept"]:
        return press.page(HTTPStatus.CONFLICT, too_late=True)
    plan, wrong = one_tap_plan.read(press.said, token, now=clock.now())
    typed = {name: press.said(name) for name in one_tap_plan.FIELDS}
    if plan is None:
        return press.page(HTTPStatus.BAD_REQUEST, wrong=wrong, plan=typed)
    # After the plan, so that a slip in the form costs no try.
    check = pins.try_pin(person.pk, press.said("pin"))
    if not check.right:
        return press.page(HTTPStatus.FORBIDDEN, pin=check, plan=typed)
    services.accept(token.obligation.referral_id, by=press.by, via=VIA, plan=plan)
    return press.page(HTTPStatus.OK, thanks="accept", accepted_plan=plan)


_ANSWERS: dict[str, Callable[[Press], HttpResponse]] = {
    "seen": _seen,
    SEEN_FOR: _seen_for,
    "cannot": _cannot,
    "accept": _accept,
}


def _person(press: Press) -> Actor:
    # Whoever sits at a front desk has to say their name: a desk is not a human.
    person = press.token.contact_point.practitioner
    # So does whoever holds a clinician's telephone and answers for them.
    if person and press.said("answer") != SEEN_FOR:
        return replace(press.by, kind="practitioner", name=str(person), practitioner_id=person.pk)
    name = press.said("name")[:_LONGEST_NAME]
    point = press.token.contact_point
    desk = point.practice.short_name if person else point.owner_name
    return replace(press.by, kind="front_desk", name=f"{name} ({desk})" if name else "")


def _is_over(token: AckToken) -> bool:
    alert = token.obligation.alert
    closed_at = alert.closed_at if alert else None
    return closed_at is not None and clock.now() - closed_at > LIVES_AFTER_CLOSE


def _misses(request: HttpRequest) -> int:
    return int(cache.get(_miss_key(request), 0))


def _count_miss(request: HttpRequest) -> None:
    cache.add(_miss_key(request), 0, timeout=60)
    cache.incr(_miss_key(request))


def _miss_key(request: HttpRequest) -> str:
    return f"one-tap-misses:{client_address(request)}"


def _page(request: HttpRequest, state: str, status: HTTPStatus, **facts: Any) -> HttpResponse:
    return render(request, "coordination/one_tap.html", {"state": state, **facts}, status=status)
