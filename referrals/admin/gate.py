"""The one way into the desk: a password, a verified authenticator, and the practice's own wall.

It lets nothing under ``/admin/`` run before that, whatever the view itself would ask for.
"""

from collections.abc import Callable, Iterable
from datetime import UTC, timedelta, tzinfo
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from referrals import clock
from referrals.api.access import way_of
from referrals.api.errors import RETRY_AFTER_SECONDS, UNAVAILABLE
from referrals.models import Practitioner, Referral
from referrals.services.access import note_access
from referrals.walls import Actor, acting_as

IDLE = timedelta(minutes=15)
LONGEST = timedelta(hours=12)
SINCE = "verified_at"
# What a person needs to get in, and out again.
DOORS = frozenset({"login", "logout", "second_factor"})

Respond = Callable[[HttpRequest], HttpResponse]


def actor_of(request: HttpRequest) -> Actor:
    """Return who acts at the desk, as the gate has found."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    return actor


def person_of(request: HttpRequest) -> Practitioner | None:
    """Return the person who signed in, or ``None`` for an operator of the house."""
    return _person(request.user)


def showing(request: HttpRequest, referrals: Iterable[Referral]) -> None:
    """Say which referrals a page shows, for the access log."""
    request.shown = [referral.uuid for referral in referrals]  # type: ignore[attr-defined]


class Gate:
    """Runs each view of the desk inside the wall of the person who signed in."""

    def __init__(self, get_response: Respond) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self._get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], words: Any, names: Any
    ) -> HttpResponse | None:
        """Answer for the view, so that it and its template run in one transaction."""
        match = request.resolver_match
        if not request.path.startswith(settings.DESK_PATH) or not match:
            return None
        if match.url_name in DOORS:
            return None
        try:
            return self._answer(request, view, words, names)
        except UNAVAILABLE:
            return _unavailable(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Say in words at a door, too, that the database is out of reach."""
        at_the_desk = request.path.startswith(settings.DESK_PATH)
        return _unavailable(request) if at_the_desk and isinstance(error, UNAVAILABLE) else None

    def _answer(
        self, request: HttpRequest, view: Callable[..., Any], words: Any, names: Any
    ) -> HttpResponse:
        refused = _refuse(request)
        if refused:
            return refused
        request.actor = _actor(request)  # type: ignore[attr-defined]
        try:
            with acting_as(actor_of(request)), timezone.override(_zone(request)):
                response: HttpResponse = view(request, *words, **names)
                # A template asks the database too.
                if hasattr(response, "render"):
                    response.render()
                # What cannot be noted is not shown.
                shown: list[UUID] = getattr(request, "shown", [])
                way = way_of(request, response.status_code)
                note_access(shown, by=actor_of(request), way=way)
        except Http404:
            return render(request, "referrals/not_here.html", status=HTTPStatus.NOT_FOUND)
        return response


def _unavailable(request: HttpRequest) -> HttpResponse:
    status = HTTPStatus.SERVICE_UNAVAILABLE
    page = render(request, "referrals/unavailable.html", status=status)
    page["Retry-After"] = RETRY_AFTER_SECONDS
    return page


def _refuse(request: HttpRequest) -> HttpResponse | None:
    user: Any = request.user
    if not user.is_authenticated:
        return _to("login", request)
    if not user.is_verified():
        return _to("second_factor", request)
    begun = request.session.get(SINCE, 0)
    if clock.now().timestamp() - begun > LONGEST.total_seconds() or not _works_here(user):
        logout(request)
        messages.info(request, "You were signed out. Sign in again to go on.")
        return _to("login", request)
    request.session.set_expiry(int(IDLE.total_seconds()))
    return None


def _works_here(user: Any) -> bool:
    person = _person(user)
    return bool(person and person.is_active and person.practice.is_active) or user.is_superuser


def _to(name: str, request: HttpRequest) -> HttpResponse:
    address = reverse(f"admin:{name}")
    if request.method == "GET":
        address = f"{address}?{urlencode({'next': request.get_full_path()})}"
    return HttpResponseRedirect(address)


def _person(user: Any) -> Practitioner | None:
    if not hasattr(user, "desk_person"):
        found = Practitioner.objects.filter(user=user.pk).select_related("practice")
        user.desk_person = found.first()
    person: Practitioner | None = user.desk_person
    return person


def _zone(request: HttpRequest) -> tzinfo:
    person = person_of(request)
    return person.practice.zone if person else UTC


def _actor(request: HttpRequest) -> Actor:
    person, request_id = _person(request.user), getattr(request, "request_id", "")
    if person is None:
        # An operator runs the house; patients are not their business.
        return Actor(kind="operator", name=request.user.get_username(), request_id=request_id)
    return Actor(
        kind="practitioner",
        name=str(person),
        practice_id=person.practice_id,
        practitioner_id=person.pk,
        request_id=request_id,
    )
