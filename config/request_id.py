"""Gives every request an id that answers, problems and the timeline repeat."""

import re
import uuid
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

_GIVEN = re.compile(r"[A-Za-z0-9._-]{1,64}")


class RequestId:
    """Takes the client's X-Request-Id if it is a plain word, or makes one; and echoes it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        given = request.headers.get("X-Request-Id", "")
        request_id = given if _GIVEN.fullmatch(given) else uuid.uuid4().hex
        request.request_id = request_id  # type: ignore[attr-defined]
        response = self._get_response(request)
        response["X-Request-Id"] = request_id
        return response
