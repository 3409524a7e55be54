"""The referral page and its buttons. A press calls one service; a refusal comes back in words."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from http import HTTPStatus
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from coordination.admin import card
from coordination.admin.acts import ACTS, Act, Press
from coordination.admin.entries import Entries, asked, body_of, fields_of, flat
from coordination.admin.refusals import refusal_of
from referrals.admin.gate import actor_of, person_of, showing
from referrals.admin.site import site
from referrals.models import Practitioner, Referral
from referrals.workflow import Status

NAME = "admin:referral_page"
RESOLVE = "resolve"
WRONG = "Nothing was recorded yet. Mend what is marked, then press again."


@dataclass(frozen=True)
class Tried:
    """A form that is open on the page: what was typed into it and why it was not taken, if so."""

    name: str = ""
    typed: Mapping[str, str] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)
    refusal: str = ""

    @property
    def status(self) -> HTTPStatus:
        """Return what the page answers with."""
        if self.refusal:
            return HTTPStatus.CONFLICT
        return HTTPStatus.BAD_REQUEST if self.errors else HTTPStatus.OK


@require_safe
def show(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Show one referral, with the form of one act open if the address names it."""
    return _page(request, _find(request, uuid), Tried(request.GET.get("act", "")))


@require_POST
def press(request: HttpRequest, uuid: UUID, name: str) -> HttpResponse:
    """Take the press of one button of ACTS."""
    person = person_of(request)
    if name not in ACTS or person is None:
        raise Http404
    return _take(request, _find(request, uuid), name, person)


def _find(request: HttpRequest, uuid: UUID) -> Referral:
    referral = card.found(actor_of(request)).filter(uuid=uuid).first()
    if referral is None:
        raise Http404
    return referral


def _take(
    request: HttpRequest, referral: Referral, name: str, person: Practitioner
) -> HttpResponse:
    act, typed = ACTS[name], request.POST.dict()
    shape = _checked(act, referral, typed, request, person)
    if shape.errors:
        return _page(request, referral, Tried(name, typed, dict(flat(shape.errors))))
    version, rule = _version(act, referral, typed), typed.get("rule", "")
    pressed = Press(referral, actor_of(request), shape, version, rule)
    refusal = refusal_of(partial(act.do, pressed))
    if refusal:
        # As it is now: it may have moved on.
        return _page(request, _find(request, referral.uuid), Tried(name, typed, refusal=refusal))
    messages.success(request, act.done)
    return HttpResponseRedirect(reverse(NAME, args=[referral.uuid]))


def _checked(
    act: Act, referral: Any, typed: dict[str, str], request: HttpRequest, person: Practitioner
) -> Any:
    entries, before = asked(act.entries, referral), act.before(referral)
    body = body_of(entries, typed, by=str(person.uuid), optional=act.optional, before=before)
    context = {"actor": actor_of(request), "now": referral.read_at, "referral": referral}
    shape = act.shape(data=body, context=context)
    shape.is_valid()
    return shape


def _version(act: Act, referral: Referral, typed: Mapping[str, str]) -> int | None:
    # Nobody may be kept from answering a pressing case by an old page.
    if act.is_urgent_answer and referral.is_pressing:
        return None
    given = typed.get("version", "")
    return int(given) if given.isdecimal() and len(given) < 10 else None


def _page(request: HttpRequest, referral: Referral, tried: Tried) -> HttpResponse:
    showing(request, [referral])
    shown = card.of(referral, actor_of(request), person_of(request))
    context = {
        **site.each_context(request),
        "title": referral.reference,
        **shown,
        **_forms(referral, shown, tried),
        "refusal": tried.refusal,
        "problem": tried.refusal or (WRONG if tried.errors else ""),
        "wrong_rule": tried.typed.get("rule", ""),
    }
    template = "coordination/desk/referral.html"
    return TemplateResponse(request, template, context, status=tried.status)


def _forms(referral: Referral, shown: Mapping[str, Any], tried: Tried) -> dict[str, Any]:
    primary, able = shown["primary"], shown["open_acts"]
    others = [name for name in ACTS if name in able and name != primary]
    opened = tried.name if tried.name in others else ""
    primary_act = _form(primary, referral, tried) if primary else None
    open_act = _form(opened, referral, tried) if opened else None
    resolution = _form(RESOLVE, referral, tried) if shown["may_resolve"] else None
    known = {form["name"] for form in (primary_act, open_act, resolution) if form}
    return {
        "primary_act": primary_act,
        "closes_report": primary == "close" and referral.status == Status.REPORTED,
        "open_act": open_act,
        "resolution": resolution,
        "more_acts": [(name, ACTS[name]) for name in others if not ACTS[name].is_grave],
        "grave_acts": [(name, ACTS[name]) for name in others if ACTS[name].is_grave],
        "wrong": next(
            (form for form in (primary_act, open_act, resolution) if form and form["wrong"]), None
        ),
        "left_over": _left_over(tried) if tried.name not in known else [],
    }


def _form(name: str, referral: Referral, tried: Tried) -> dict[str, Any]:
    act, mine = ACTS[name], tried.name == name
    entries = asked(act.entries, referral)
    typed = tried.typed if mine and tried.typed else act.before(referral)
    errors = tried.errors if mine else {}
    fields = fields_of(name, entries, typed, errors)
    return {
        "name": name,
        "act": act,
        "entries": fields,
        "error": " ".join(_elsewhere(errors, entries)),
        "wrong": [one for one in fields if one["error"]],
    }


def _elsewhere(errors: Mapping[str, str], entries: Entries) -> list[str]:
    shown = {entry.name for entry in entries}
    return [words for name, words in errors.items() if name not in shown]


def _left_over(tried: Tried) -> list[tuple[str, str]]:
    # Its form is not open any more: what was typed can at least be copied.
    entries = ACTS[tried.name].entries if tried.typed and tried.name in ACTS else ()
    typed = ((entry.label, tried.typed.get(entry.name, "")) for entry in entries)
    return [(label, words) for label, words in typed if words]
