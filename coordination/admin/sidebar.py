"""The menu of the desk: every list with its count, and which one is open."""

from typing import Any

from django.http import HttpRequest

from coordination.admin import reach
from coordination.admin.calls import calls_to_make
from coordination.admin.worklists import ALL
from referrals.admin.gate import actor_of
from referrals.models import Referral
from referrals.walls import Actor
from referrals.worklists import OF_OTHERS, TITLES, URGENT

_REFERRALS = "/admin/referrals/referral/"
_ON_CALL = "/admin/coordination/oncallshift/"
_ICONS = {
    URGENT: "emergency",
    "to_answer": "move_to_inbox",
    "asked_of_us": "help",
    "to_schedule": "calendar_add_on",
    "to_rebook": "event_busy",
    "report_due": "edit_note",
    "to_close": "fact_check",
    "to_confirm": "cancel",
    "to_decide": "alt_route",
    "asked_by_us": "hourglass_top",
    "unanswered": "hourglass_empty",
}


def navigation(request: HttpRequest) -> list[dict[str, Any]]:
    """Return the menu for the person who asks."""
    lists = _worklists(request)
    here = request.path == _REFERRALS and request.GET.get("list") not in TITLES
    board = request.path.startswith(f"{_ON_CALL}coverage/")
    parts = {
        "Work": [
            lists[URGENT],
            _item("Find a patient", "search", "referrals/referral/find"),
            *(item for name, item in lists.items() if name not in {URGENT, *OF_OTHERS}),
            *_calls_and_failures(actor_of(request)),
        ],
        "Waiting for others": [item for name, item in lists.items() if name in OF_OTHERS],
        "Look up": [
            _item(ALL, "list", "referrals/referral") | {"active": here},
            _item("Practices", "apartment", "referrals/practice"),
        ],
        "Our practice": [
            _item("Coverage", "event_available", "coordination/oncallshift/coverage")
            | {"active": board},
            _item("On call", "event", "coordination/oncallshift")
            | {"active": request.path.startswith(_ON_CALL) and not board},
            _item("How we are reached", "contacts", "coordination/contactpoint"),
            _item("People", "group", "referrals/practitioner"),
            _item("Emergency departments", "local_hospital", "referrals/emergencydirectory"),
            _item("API keys", "key", "referrals/apikey"),
        ],
    }
    return [
        {"title": title, "separator": title != "Work", "items": items}
        for title, items in parts.items()
    ]


def _worklists(request: HttpRequest) -> dict[str, dict[str, Any]]:
    counts = Referral.objects.count_worklists(actor_of(request))
    opened = request.GET.get("list") if request.path == _REFERRALS else None
    return {
        name: {
            "title": title,
            "icon": _ICONS[name],
            "link": f"{_REFERRALS}?list={name}",
            "active": opened == name,
            "badge": counts[name],
            "badge_variant": "danger" if name == URGENT else "primary",
        }
        for name, title in TITLES.items()
    }


def _calls_and_failures(actor: Actor) -> list[dict[str, Any]]:
    calls, failed = calls_to_make(actor).count(), reach.failed(actor).count()
    return [
        _counted("Calls to make", "call", "coordination/calltask", calls),
        _counted("Messages that failed", "sms_failed", "coordination/delivery", failed),
    ]


def _counted(title: str, icon: str, place: str, count: int) -> dict[str, Any]:
    return _item(title, icon, place) | {"badge": count, "badge_variant": "warning"}


def _item(title: str, icon: str, place: str) -> dict[str, Any]:
    return {"title": title, "icon": icon, "link": f"/admin/{place}/"}
