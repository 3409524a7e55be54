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
from coordination.admin.refusals import LATE, refusal_of
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
    forms = _forms(referral, shown, tried)
    context = {
        **site.each_context(request),
        "title": referral.reference,
        **shown,
        **forms,
        **_problem(tried, forms),
        "closes_report": shown["primary"] == "close" and referral.status == Status.REPORTED,
        "wrong_rule": tried.typed.get("rule", ""),
    }
    template = "coordination/desk/referral.html"
    return TemplateResponse(request, template, context, status=tried.status)


def _forms(referral: Referral, shown: Mapping[str, Any], tried: Tried) -> dict[str, Any]:
    primary, able = shown["primary"], shown["open_acts"]
    others = {name: ACTS[name] for name in ACTS if name in able and name != primary}
    places = {
        "primary_act": primary,
        "open_act": tried.name if tried.name in others else None,
        "resolution": RESOLVE if shown["may_resolve"] else None,
    }
    return {
        **{place: name and _form(name, referral, tried) for place, name in places.items()},
        "more_acts": [(name, act) for name, act in others.items() if not act.is_grave],
        "grave_acts": [(name, act) for name, act in others.items() if act.is_grave],
    }


def _problem(tried: Tried, forms: Mapping[str, Any]) -> dict[str, Any]:
    places = [forms[place] for place in ("primary_act", "open_act") if forms[place]]
    mine = [form for form in (*places, forms["resolution"]) if form and form["name"] == tried.name]
    # Who may not do it finds no form for it, and so no field to mark.
    late = tried.errors.get("by", LATE)
    mend = (WRONG if mine else late) if tried.errors else ""
    return {
        "problem": tried.refusal or mend,
        "wrong": [field for form in places for field in form["entries"] if field["error"]],
        "left_over": [] if mine else _left_over(tried),
    }


def _form(name: str, referral: Referral, tried: Tried) -> dict[str, Any]:
    act, mine = ACTS[name], tried.name == name
    entries = asked(act.entries, referral)
    typed = tried.typed if mine and tried.typed else act.before(referral)
    errors = tried.errors if mine else {}
    return {
        "name": name,
        "act": act,
        "entries": fields_of(name, entries, typed, errors),
        "error": " ".join(_elsewhere(errors, entries)),
    }


def _elsewhere(errors: Mapping[str, str], entries: Entries) -> list[str]:
    shown = {entry.name for entry in entries}
    return [words for name, words in errors.items() if name not in shown]


def _left_over(tried: Tried) -> list[tuple[str, str]]:
    # Its form is not open any more: what was typed can at least be copied.
    entries = ACTS[tried.name].entries if tried.typed and tried.name in ACTS else ()
    typed = ((entry.label, tried.typed.get(entry.name, "")) for entry in entries)
    return [(label, words) for label, words in typed if words]
