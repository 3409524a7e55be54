"""The referral page and its buttons. A press calls one service; a refusal comes back in words."""

from collections.abc import Callable, Mapping
from functools import partial
from http import HTTPStatus
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db import OperationalError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe
from psycopg.errors import LockNotAvailable

from coordination.admin import card
from coordination.admin.acts import ACTS, Press
from coordination.admin.entries import body_of, fields_of, flat
from referrals import clock
from referrals.admin.gate import actor_of, person_of, showing
from referrals.admin.site import site
from referrals.models import RedFlag, Referral
from referrals.services.clinicians import NotAClinician
from referrals.services.moves import StaleVersion, VersionRequired
from referrals.services.red_flags import AlreadyResolved
from referrals.workflow import TransitionRefused

NAME = "admin:referral_page"
REFUSALS = (StaleVersion, VersionRequired, AlreadyResolved, NotAClinician)
BUSY = "Somebody else is answering this referral at this moment. Look again, then press again."
LATE = "This is not possible any more: somebody answered before you, or the case moved on."
GONE = "This red flag is not known here. Nothing was recorded."


@require_safe
def show(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Show one referral."""
    return _page(request, _find(request, uuid))


@require_POST
def press(request: HttpRequest, uuid: UUID, name: str) -> HttpResponse:
    """Take the press of one button of ACTS."""
    if name not in ACTS:
        raise Http404
    return _take(request, _find(request, uuid), name)


def _find(request: HttpRequest, uuid: UUID) -> Referral:
    referral = card.found(actor_of(request)).filter(uuid=uuid).first()
    if referral is None:
        raise Http404
    return referral


def _take(request: HttpRequest, referral: Referral, name: str) -> HttpResponse:
    act = ACTS[name]
    person = person_of(request)
    if person is None:
        raise Http404
    typed = request.POST.dict()
    body = body_of(act.entries, typed, by=str(person.uuid), optional=act.optional)
    actor = actor_of(request)
    shape = act.shape(data=body, context={"actor": actor, "now": clock.now(), "referral": referral})
    if not shape.is_valid():
        wrong = {"form": name, "typed": typed, "errors": dict(flat(shape.errors))}
        return _page(request, referral, **wrong)
    data, version = shape.validated_data, _version(referral, typed)
    pressed = Press(referral, actor, data, version, typed.get("rule", ""))
    refused = _refusal(partial(act.do, pressed))
    if refused:
        messages.error(request, refused)
    else:
        messages.success(request, act.done)
    return HttpResponseRedirect(reverse(NAME, args=[referral.uuid]))


def _refusal(do: Callable[[], object]) -> str:
    try:
        do()
    except TransitionRefused:
        return LATE
    except REFUSALS as refusal:
        return str(refusal)
    except RedFlag.DoesNotExist:
        return GONE
    except OperationalError as error:
        if not isinstance(error.__cause__, LockNotAvailable):
            raise
        return BUSY
    return ""


def _version(referral: Referral, typed: Mapping[str, str]) -> int | None:
    # Nobody may be kept from answering a pressing case by an old page.
    if referral.is_pressing:
        return None
    given = typed.get("version", "")
    return int(given) if given.isdecimal() and len(given) < 10 else None


def _page(request: HttpRequest, referral: Referral, **wrong: Any) -> HttpResponse:
    showing(request, [referral])
    shown = card.of(referral, actor_of(request), person_of(request))
    context = {
        **site.each_context(request),
        "title": referral.reference,
        **shown,
        "primary_act": _form(shown["primary"], wrong),
        "other_acts": [
            _form(name, wrong)
            for name in ACTS
            if name in shown["open_acts"] and name != shown["primary"]
        ],
        "resolution": _form("resolve", wrong) if shown["may_resolve"] else None,
        "wrong_rule": wrong.get("typed", {}).get("rule", ""),
    }
    status = HTTPStatus.BAD_REQUEST if wrong else HTTPStatus.OK
    return TemplateResponse(request, "coordination/desk/referral.html", context, status=status)


def _form(name: str | None, wrong: Mapping[str, Any]) -> dict[str, Any] | None:
    if name is None or name not in ACTS:
        return None
    act = ACTS[name]
    mine = wrong.get("form") == name
    typed, errors = (wrong["typed"], wrong["errors"]) if mine else ({}, {})
    return {
        "name": name,
        "act": act,
        "is_open": mine,
        "entries": fields_of(name, act.entries, typed, errors),
        "error": errors.get("non_field_errors") or errors.get("by") or "",
    }
