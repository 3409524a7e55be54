"""Turns every refusal into problem+json (RFC 9457) that names the place and says how to mend it.

The rest of the API raises; nothing else builds an error answer.
"""

import logging
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any

from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, JsonResponse
from psycopg.errors import LockNotAvailable
from rest_framework import exceptions

from referrals.api.kinds import KINDS, MEDIA_TYPE, Kind
from referrals.clinical import FindingsError
from referrals.models import RedFlag, Referral
from referrals.services.clinicians import NotAClinician
from referrals.services.closing import ReasonMissing
from referrals.services.ending import RedFlagOpen
from referrals.services.idempotency import KeyReused
from referrals.services.lowering import LoweringRefused
from referrals.services.moves import StaleVersion, VersionRequired
from referrals.services.red_flags import AlreadyResolved
from referrals.services.redirecting import NotElsewhere
from referrals.services.reporting import VisitMissing
from referrals.services.urgency import NotAChange
from referrals.workflow import TransitionRefused

__all__ = [
    "KINDS",
    "MEDIA_TYPE",
    "Kind",
    "escaped",
    "handle",
    "page_not_found",
    "problem",
    "server_error",
]

log = logging.getLogger(__name__)

RETRY_AFTER_SECONDS = "1"
# The database restarts, is full, or somebody else holds the row: the same again will do.
UNAVAILABLE = (OperationalError, InterfaceError)


class TooLarge(exceptions.APIException):
    """The body is larger than anything this API needs."""

    status_code = HTTPStatus.REQUEST_ENTITY_TOO_LARGE


class HeaderRefused(exceptions.APIException):
    """A header is missing or cannot be used."""

    status_code = HTTPStatus.BAD_REQUEST
    place = "header"

    def __init__(self, name: str, code: str, detail: str) -> None:
        super().__init__(detail, code)
        self.entry = {self.place: escaped(name), "code": code, "detail": detail}


class ParameterRefused(HeaderRefused):
    """A part of the query cannot be used."""

    place = "parameter"


class AlreadyRecorded(exceptions.APIException):
    """Somebody was first; the detail says who."""

    status_code = HTTPStatus.CONFLICT


_BY_EXCEPTION: tuple[tuple[type[Exception], str], ...] = (
    (FindingsError, "invalid"),
    (HeaderRefused, "invalid"),
    (exceptions.ValidationError, "invalid"),
    (exceptions.ParseError, "invalid"),
    (exceptions.NotAuthenticated, "unauthenticated"),
    (exceptions.AuthenticationFailed, "unauthenticated"),
    (exceptions.PermissionDenied, "forbidden"),
    (Referral.DoesNotExist, "not_found"),
    (Http404, "not_found"),
    (exceptions.NotFound, "not_found"),
    (exceptions.MethodNotAllowed, "method_not_allowed"),
    (exceptions.NotAcceptable, "not_acceptable"),
    (exceptions.UnsupportedMediaType, "unsupported_media_type"),
    (NotAClinician, "forbidden"),
    (RedFlag.DoesNotExist, "not_found"),
    (TransitionRefused, "refused_now"),
    (RedFlagOpen, "red_flag_open"),
    (VisitMissing, "something_missing"),
    (ReasonMissing, "something_missing"),
    (NotElsewhere, "something_missing"),
    (AlreadyResolved, "already_resolved"),
    (AlreadyRecorded, "already_recorded"),
    (NotAChange, "not_a_change"),
    (LoweringRefused, "lowering_refused"),
    (StaleVersion, "stale"),
    (VersionRequired, "version_required"),
    (KeyReused, "key_reused"),
    *((kind, "unavailable") for kind in UNAVAILABLE),
)


_IN_THEIR_OWN_WORDS = (
    TransitionRefused,
    StaleVersion,
    VersionRequired,
    KeyReused,
    NotAClinician,
    NotAChange,
    LoweringRefused,
    RedFlagOpen,
    VisitMissing,
    ReasonMissing,
    NotElsewhere,
)


def handle(exception: Exception, context: Mapping[str, Any]) -> JsonResponse:
    """Answer an exception of a view with its problem, whatever the view renders otherwise."""
    request = context["request"]
    code = _code_of(exception)
    body = problem(code, request, detail=_detail(exception, code))
    body |= dict(_extras(exception))
    response = JsonResponse(body, status=KINDS[code].status, content_type=MEDIA_TYPE)
    if code in ("in_progress", "unavailable"):
        response["Retry-After"] = RETRY_AFTER_SECONDS
    if code == "unauthenticated":
        response["WWW-Authenticate"] = 'Bearer realm="tandem"'
    if code == "internal":
        log.error("a view failed", exc_info=exception)
    return response


def problem(code: str, request: HttpRequest, *, detail: str) -> dict[str, Any]:
    """Build the members that every problem has."""
    kind = KINDS[code]
    return {
        "type": f"/api/v1/problems/{code}",
        "title": kind.title,
        "status": kind.status.value,
        "detail": detail,
        "instance": request.path,
        "trace_id": getattr(request, "request_id", ""),
    }


def bad_request(request: HttpRequest, exception: Exception) -> JsonResponse:
    """Answer a request that Django itself cannot use, such as one for an unknown host."""
    body = problem("invalid", request, detail=KINDS["invalid"].mend)
    return JsonResponse(body, status=HTTPStatus.BAD_REQUEST, content_type=MEDIA_TYPE)


def page_not_found(request: HttpRequest, exception: Exception) -> JsonResponse:
    """Answer an unknown address."""
    body = problem("not_found", request, detail=KINDS["not_found"].mend)
    return JsonResponse(body, status=HTTPStatus.NOT_FOUND, content_type=MEDIA_TYPE)


def server_error(request: HttpRequest) -> JsonResponse:
    """Answer a failure outside the views."""
    body = problem("internal", request, detail=KINDS["internal"].mend)
    return JsonResponse(body, status=HTTPStatus.INTERNAL_SERVER_ERROR, content_type=MEDIA_TYPE)


def _code_of(exception: Exception) -> str:
    if isinstance(exception, TooLarge):
        return "too_large"
    if isinstance(exception.__cause__, LockNotAvailable):
        return "in_progress"
    for kind, code in _BY_EXCEPTION:
        if isinstance(exception, kind):
            return code
    return "internal"


def _detail(exception: Exception, code: str) -> str:
    if isinstance(exception, _IN_THEIR_OWN_WORDS):
        return str(exception)
    if isinstance(exception, exceptions.PermissionDenied | AlreadyRecorded):
        return str(exception.detail)
    return KINDS[code].mend


def _extras(exception: Exception) -> Iterator[tuple[str, Any]]:
    if isinstance(exception, FindingsError):
        yield "errors", [vars_of(found) for found in exception.problems]
    elif isinstance(exception, HeaderRefused):
        yield "errors", [exception.entry]
    elif isinstance(exception, exceptions.ValidationError | exceptions.ParseError):
        yield "errors", list(_flatten(exception.detail, ""))
    elif isinstance(exception, TransitionRefused):
        yield "actions", list(exception.allowed)
    elif isinstance(exception, StaleVersion):
        yield "version", exception.referral.version


def vars_of(found: Any) -> dict[str, str]:
    """Return one problem of the clinical engine as an entry of ``errors``."""
    return {"pointer": found.pointer, "code": found.code, "detail": found.detail}


def _flatten(detail: Any, pointer: str) -> Iterator[dict[str, str]]:
    if isinstance(detail, dict):
        for name, inner in detail.items():
            here = pointer if name == "non_field_errors" else f"{pointer}/{escaped(str(name))}"
            yield from _flatten(inner, here)
    elif isinstance(detail, list):
        for place, inner in enumerate(detail):
            nested = isinstance(inner, dict | list)
            yield from _flatten(inner, f"{pointer}/{place}" if nested else pointer)
    else:
        yield {"pointer": pointer, "code": str(detail.code), "detail": str(detail)}


def escaped(name: str) -> str:
    """Return a name as one step of a JSON pointer, cut where nobody could read it any more."""
    readable = name[:80].encode("utf-8", "replace").decode()
    return readable.replace("~", "~0").replace("/", "~1")
