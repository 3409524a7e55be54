"""Adds the headers that Django has no setting for. It reads and changes nothing else."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

Respond = Callable[[HttpRequest], HttpResponse]


class ContentPolicy:
    """Content-Security-Policy and Permissions-Policy everywhere, no caching unless asked for."""

    def __init__(self, get_response: Respond) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self._get_response(request)
        at_the_desk = request.path.startswith(settings.DESK_PATH)
        policy = (
            settings.DESK_CONTENT_SECURITY_POLICY
            if at_the_desk
            else settings.CONTENT_SECURITY_POLICY
        )
        response.headers.setdefault("Content-Security-Policy", policy)
        if at_the_desk:
            # With "no-referrer" a browser hides where a form came from, and its press is refused.
            response.headers.setdefault("Referrer-Policy", "same-origin")
        response.headers.setdefault(
            "Permissions-Policy", "camera=(), geolocation=(), microphone=()"
        )
        # Nearly every answer holds patient facts; static files say otherwise themselves.
        response.headers.setdefault("Cache-Control", "no-store")
        return response
