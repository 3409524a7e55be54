"""The page behind the link of an urgent message. It works without JavaScript and shows no patient.

GET changes nothing: scanners of mail and SMS open links. Only POST answers.
"""

from dataclasses import replace
from datetime import timedelta
from http import HTTPStatus
from typing import Any

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from coordination import services
from coordination.models import AckToken
from coordination.services import links
from referrals import clock, workflow
from referrals.clinical import Tier
from referrals.reasons import PASS_REASONS
from referrals.walls import Actor, acting_as

VIA = "link"
MISSES_A_MINUTE = 10
LIVES_AFTER_CLOSE = timedelta(hours=24)
_LONGEST_NAME = 80


# The secret in the path proves the right to answer; no cookie is involved.
@never_cache
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def one_tap(request: HttpRequest, secret: str) -> HttpResponse:
    """Show what is asked, or take the answer: seen, or cannot."""
    try:
        link = links.find(secret)
    except links.LinkUnknown:
        # Only wrong links are held back: somebody else's guesses must never shut out a right one.
        if _misses(request) >= MISSES_A_MINUTE:
            return _page(request, "too_many", HTTPStatus.TOO_MANY_REQUESTS)
        _count_miss(request)
        return _page(request, "unknown", HTTPStatus.NOT_FOUND)
    actor = Actor(kind="link", name="holder of the link", practice_id=link.practice_id)
    with acting_as(actor):
        token = AckToken.objects.select_related(
            "obligation__referral",
            "obligation__alert",
            "contact_point__practitioner",
            "contact_point__practice",
        ).get(pk=link.token_id)
        if _is_over(token):
            return _page(request, "over", HTTPStatus.GONE)
        if request.method == "POST":
            return _take(request, token, _person(request, token, actor))
        return _page(request, "ask", HTTPStatus.OK, **_asked(token, actor))


def _take(request: HttpRequest, token: AckToken, actor: Actor) -> HttpResponse:
    if actor.name == "":
        return _page(
            request, "ask", HTTPStatus.BAD_REQUEST, name_missing=True, **_asked(token, actor)
        )
    answer, referral_id = request.POST.get("answer"), token.obligation.referral_id
    if token.contact_point.practice.specialty != token.obligation.specialty:
        # A coordinator answers for neither side; saying "recorded" would be untrue.
        return _page(request, "ask", HTTPStatus.FORBIDDEN, **_asked(token, actor))
    try:
        if answer == "seen":
            services.acknowledge(referral_id, by=actor, via=VIA)
        elif answer == "cannot" and request.POST.get("reason") in PASS_REASONS:
            services.pass_on(referral_id, by=actor, reason_code=request.POST["reason"])
        else:
            return _page(request, "ask", HTTPStatus.BAD_REQUEST, **_asked(token, actor))
    except workflow.TransitionRefused:
        return _page(request, "too_late", HTTPStatus.CONFLICT, **_asked(token, actor))
    return _page(request, "thanks", HTTPStatus.OK, answer=answer, **_asked(token, actor))


def _asked(token: AckToken, actor: Actor) -> dict[str, Any]:
    obligation, point = token.obligation, token.contact_point
    obligation.refresh_from_db()
    referral = obligation.referral
    open_now = workflow.actions(
        workflow.Status(referral.status), referral.side_of(actor), urgent=referral.alert_open
    )
    owes = point.practice.specialty == obligation.specialty
    running = obligation.next_due_at is not None
    return {
        "reference": referral.reference,
        "tier": Tier(referral.tier).name.replace("_", " "),
        "to": point.owner_name,
        "practice": point.practice.name,
        "answer_by": obligation.due_at.astimezone(point.practice.zone),
        "zone": point.practice.time_zone,
        "answered_by": obligation.answered_by,
        "may_see": owes and running and "acknowledge" in open_now,
        "may_pass": owes and "pass" in open_now,
        "coordinates": not owes,
        "needs_name": point.practitioner is None,
        "pass_reasons": PASS_REASONS.items(),
        "is_pain": obligation.specialty == "pain",
        "is_emergency": referral.tier >= Tier.EMERGENCY,
    }


def _person(request: HttpRequest, token: AckToken, actor: Actor) -> Actor:
    # Whoever sits at a front desk has to say their name: a desk is not a human.
    person = token.contact_point.practitioner
    if person:
        return replace(actor, kind="practitioner", name=str(person), practitioner_id=person.pk)
    name = request.POST.get("name", "").replace("\0", "").strip()[:_LONGEST_NAME]
    desk = token.contact_point.owner_name
    return replace(actor, kind="front_desk", name=f"{name} ({desk})" if name else "")


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
    return f"one-tap-misses:{request.META.get('REMOTE_ADDR', '')}"


def _page(request: HttpRequest, state: str, status: HTTPStatus, **facts: Any) -> HttpResponse:
    return render(request, "coordination/one_tap.html", {"state": state, **facts}, status=status)
