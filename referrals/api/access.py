"""By which way a request came, as the access log tells it."""

from django.http import HttpRequest

from referrals.services.access import Way


def way_of(request: HttpRequest, status: int) -> Way:
    """Return method, pattern of the address and status; the address itself may hold a secret."""
    match = request.resolver_match
    return Way(request.method or "", match.route if match else "", status)
