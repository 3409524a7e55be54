"""What surrounds every view: who acts, behind which wall, with which scope, once or not.

``reads`` and ``acts`` are the only doors. A view that uses neither serves nothing about patients.
"""

import re
from collections.abc import Callable
from dataclasses import replace
from functools import wraps
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from rest_framework.exceptions import (
    NotAuthenticated,
    PermissionDenied,
)
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from referrals.api.access import way_of
from referrals.api.errors import HeaderRefused, ParameterRefused
from referrals.api.parsing import body_of
from referrals.models import ApiKey, Practitioner
from referrals.models.api_key import Scope
from referrals.services import idempotency
from referrals.services.access import note_access
from referrals.walls import Actor, acting_as

Handler = Callable[..., Response]
View = Callable[..., HttpResponse]
_KEY = re.compile(r"[\x21-\x7e]{8,128}")
_WHOLE = re.compile(r"[1-9][0-9]{0,18}")
_AT_HOME = re.compile(r"/referrals/([0-9a-f-]{36})$")
_ETAG = re.compile(r'(?:W/)?"v(\d{1,9})"')


def reads(scope: Scope, *parameters: str) -> Callable[[Handler], Handler]:
    """Run a handler as ``handler(view, request, actor, …)`` inside the actor's wall.

    Whoever is shown a referral is noted in the access log; what cannot be noted is not shown.

    :param parameters: the names its query may hold; any other one is refused.
    """

    def decorate(handler: Handler) -> Handler:
        @wraps(handler)
        def behind_the_wall(view: Any, request: Request, **kwargs: Any) -> Response:
            actor = _actor(request, scope)
            _refuse_unknown(request, parameters)
            with acting_as(actor):
                response = handler(view, request, actor, **kwargs)
                shown = _shown(response.data, kwargs)
                note_access(shown, by=actor, way=way_of(request, response.status_code))
            return response

        return behind_the_wall

    return decorate


def acts(*scopes: Scope) -> Callable[[Handler], View]:
    """Like :func:`reads`, by any of the scopes, and once for each Idempotency-Key."""

    def decorate(handler: Handler) -> View:
        @wraps(handler)
        def once(view: Any, request: Request, **kwargs: Any) -> HttpResponse:
            actor = _actor(request, *scopes)
            _refuse_unknown(request, ())
            key, body = _idempotency_key(request), body_of(request)
            with acting_as(actor):
                answer = idempotency.once(
                    key,
                    by=actor,
                    route=f"{request.method} {request.path}"[:200].replace("\0", ""),
                    body=body,
                    act=lambda: _rendered(handler(view, request, actor, **kwargs)),
                )
                # The answer of an act is a card, and says where that is: at home, or where a new
                # one carries on from the referral that was acted on.
                shown = [UUID(found) for found in _AT_HOME.findall(answer.location)]
                if shown and "uuid" in kwargs:
                    shown = list({*shown, kwargs["uuid"]})
                note_access(shown, by=actor, way=way_of(request, answer.status))
            return _sent(answer)

        return once

    return decorate


def named(actor: Actor, practitioner: Practitioner | None) -> Actor:
    """Return the actor as a named person of their practice, on whose behalf the key acts."""
    if practitioner is None:
        return actor
    return replace(
        actor,
        name=str(practitioner),
        practitioner_id=practitioner.pk,
        entered_by=actor.name,
    )


def if_match(request: Request) -> int | None:
    """Return the version the client decided on, or ``None`` if it did not say.

    :raises HeaderRefused: if the header is not an ETag of ours.
    """
    header = request.headers.get("If-Match")
    if header is None:
        return None
    found = _ETAG.fullmatch(header.strip())
    if not found:
        raise HeaderRefused("If-Match", "invalid", 'Send the ETag as you got it, such as "v3".')
    return int(found.group(1))


def whole(request: Request, name: str, *, default: int, largest: int) -> int:
    """Return a whole number of the query, from 1 to ``largest``.

    :raises ParameterRefused: if it is anything else.
    """
    given = request.query_params.get(name)
    if given is None:
        return default
    if not _WHOLE.fullmatch(given) or int(given) > largest:
        raise ParameterRefused(name, "invalid", f"Send a whole number from 1 to {largest}.")
    return int(given)


def key_of(request: Request) -> ApiKey:
    """Return the key the request showed.

    :raises NotAuthenticated: if it showed none.
    """
    key: Any = request.auth
    if not isinstance(key, ApiKey):
        raise NotAuthenticated
    return key


def _actor(request: Request, *scopes: Scope) -> Actor:
    key = key_of(request)
    if not set(scopes) & set(key.scopes):
        raise PermissionDenied(f"This key lacks the scope {' or '.join(scopes)}.")
    return Actor(
        kind="practice",
        name=f"{key.practice.short_name} ({key.name})",
        practice_id=key.practice_id,
        request_id=getattr(request, "request_id", ""),
    )


def _shown(data: dict[str, Any], given: dict[str, Any]) -> list[UUID]:
    if "uuid" in given:
        return [given["uuid"]]
    return [UUID(row["id"]) for row in data.get("referrals", ())]


def _idempotency_key(request: Request) -> str:
    key = request.headers.get("Idempotency-Key", "")
    if not _KEY.fullmatch(key):
        raise HeaderRefused(
            "Idempotency-Key",
            "invalid" if key else "required",
            "Send this header: 8 to 128 visible characters, new each time.",
        )
    return key


def _refuse_unknown(request: Request, known: tuple[str, ...]) -> None:
    for name, values in request.query_params.lists():
        if name not in known:
            raise ParameterRefused(name, "unknown_parameter", "This address does not know it.")
        if len(values) > 1:
            raise ParameterRefused(name, "duplicate", "Send it once.")


def _rendered(response: Response) -> idempotency.Answer:
    return idempotency.Answer(
        status=response.status_code,
        body=JSONRenderer().render(response.data),
        etag=response.headers.get("ETag", ""),
        location=response.headers.get("Location", ""),
    )


def _sent(answer: idempotency.Answer) -> HttpResponse:
    response = HttpResponse(answer.body, status=answer.status, content_type="application/json")
    for name, value in (("ETag", answer.etag), ("Location", answer.location)):
        if value:
            response[name] = value
    if answer.replayed:
        response["Idempotent-Replayed"] = "true"
    return response
