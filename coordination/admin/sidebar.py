"""The counts in the sidebar, each the count of its list, and which list is open."""

from django.http import HttpRequest

from coordination.admin import reach, worklists
from coordination.admin.calls import calls_to_make
from referrals.admin.gate import actor_of

_LIST = "/admin/referrals/referral/"


def urgent(request: HttpRequest) -> int:
    """Count the urgent list."""
    return worklists.urgent(actor_of(request)).count()


def calls(request: HttpRequest) -> int:
    """Count the calls that wait."""
    return calls_to_make(actor_of(request)).count()


def failed(request: HttpRequest) -> int:
    """Count the messages that failed."""
    return reach.failed(actor_of(request)).count()


def on_urgent(request: HttpRequest) -> bool:
    """Say whether the urgent list is open."""
    return request.path == _LIST and request.GET.get("list") == worklists.URGENT


def on_all(request: HttpRequest) -> bool:
    """Say whether the list of all referrals is open."""
    return request.path == _LIST and not on_urgent(request)
