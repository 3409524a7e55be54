"""Turns every refusal into problem+json (RFC 9457) that names the place and says how to mend it.

The rest of the API raises; nothing else builds an error answer.
"""

import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, JsonResponse
from psycopg.errors import LockNotAvailable
from rest_framework import exceptions

from referrals.clinical import FindingsError
from referrals.models import Referral
from referrals.services.idempotency import KeyReused
from referrals.services.moves import StaleVersion, VersionRequired
from referrals.workflow import TransitionRefused

log = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"
RETRY_AFTER_SECONDS = "1"


@dataclass(frozen=True)
class Kind:
    """One kind of problem: its status, its short title, and how a client mends it."""

    status: HTTPStatus
    title: str
    mend: str


KINDS: Mapping[str, Kind] = {
    "invalid": Kind(
        HTTPStatus.BAD_REQUEST,
        "The request cannot be used as it is",
        "Change what each entry of 'errors' names: 'pointer' is a JSON pointer into your body, "
        "'header' a header, 'parameter' a part of the query. Then send again. Nothing was stored.",
    ),
    "unauthenticated": Kind(
        HTTPStatus.UNAUTHORIZED,
        "Who are you?",
        "Send 'Authorization: Bearer <API key>' with a key that is neither expired nor revoked.",
    ),
    "forbidden": Kind(
        HTTPStatus.FORBIDDEN,
        "This key may not do that",
        "Use a key with the scope named in 'detail', or ask Tandem's operator for one.",
    ),
    "not_found": Kind(
        HTTPStatus.NOT_FOUND,
        "There is nothing here for you",
        "Check the address. What belongs to other practices looks as if it did not exist.",
    ),
    "method_not_allowed": Kind(
        HTTPStatus.METHOD_NOT_ALLOWED,
        "This address does not do that",
        "See /api/v1/docs for the methods of each address.",
    ),
    "not_acceptable": Kind(
        HTTPStatus.NOT_ACCEPTABLE, "Only JSON is served", "Send 'Accept: application/json'."
    ),
    "refused_now": Kind(
        HTTPStatus.CONFLICT,
        "Not possible now",
        "'actions' lists what is possible now; read the referral again before you decide.",
    ),
    "in_progress": Kind(
        HTTPStatus.CONFLICT,
        "The same request, or another act on this referral, is still being worked on",
        "Wait as long as Retry-After says and send the same request with the same key.",
    ),
    "stale": Kind(
        HTTPStatus.PRECONDITION_FAILED,
        "The referral has changed since you read it",
        "Read it again, decide again, and send If-Match with the new ETag.",
    ),
    "too_large": Kind(
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "The body is too large", "Send at most 2 MiB."
    ),
    "unsupported_media_type": Kind(
        HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
        "Only JSON is understood",
        "Send 'Content-Type: application/json' and UTF-8.",
    ),
    "key_reused": Kind(
        HTTPStatus.UNPROCESSABLE_ENTITY,
        "This Idempotency-Key belongs to another request",
        "Use a new key for a new request; repeat a request with exactly the same body.",
    ),
    "version_required": Kind(
        HTTPStatus.PRECONDITION_REQUIRED,
        "Say which version you decided on",
        "Send 'If-Match' with the ETag of the referral as you read it.",
    ),
    "unavailable": Kind(
        HTTPStatus.SERVICE_UNAVAILABLE,
        "The database does not answer",
        "Send the same request with the same Idempotency-Key again. If it is urgent, telephone "
        "the surgeon now.",
    ),
    "internal": Kind(
        HTTPStatus.INTERNAL_SERVER_ERROR,
        "Something failed on our side",
        "Send the same request with the same Idempotency-Key again, and tell us the trace_id. If "
        "it is urgent, telephone the surgeon now.",
    ),
}


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
    (TransitionRefused, "refused_now"),
    (StaleVersion, "stale"),
    (VersionRequired, "version_required"),
    (KeyReused, "key_reused"),
    (OperationalError, "unavailable"),
    (InterfaceError, "unavailable"),
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
    told = (TransitionRefused, StaleVersion, VersionRequired, KeyReused)
    if isinstance(exception, told):
        return str(exception)
    if isinstance(exception, exceptions.PermissionDenied):
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
