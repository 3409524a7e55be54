"""Who is calling: an API key of a practice, shown as a bearer token."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from referrals.models import ApiKey
from referrals.services.keys import KeyRefused, find_api_key


class ApiKeyAuthentication(BaseAuthentication):
    """Reads ``Authorization: Bearer prefix.secret``; ``request.auth`` is the :class:`ApiKey`."""

    def authenticate(self, request: Request) -> tuple[None, ApiKey] | None:
        """Return the key, or ``None`` if the request shows no bearer token."""
        scheme, _, presented = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            return None
        try:
            return None, find_api_key(presented.strip())
        except KeyRefused as refusal:
            raise AuthenticationFailed(str(refusal)) from refusal

    def authenticate_header(self, request: Request) -> str:
        """Make the refusal a 401."""
        return 'Bearer realm="tandem"'


class ApiKeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """Tells the OpenAPI document of the bearer key."""

    target_class = ApiKeyAuthentication
    name = "apiKey"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        """Describe the scheme."""
        return {"type": "http", "scheme": "bearer", "description": "An API key of your practice."}
