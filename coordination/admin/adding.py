"""Rooms in which people of a practice type something: a form, one service, a refusal in words."""

from collections.abc import Callable
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse

from coordination import services
from referrals.admin.gate import person_of
from referrals.admin.rooms import OwnRoom
from referrals.models import Practitioner

Act = Callable[[HttpRequest, Any, Practitioner], bool]


class AddingRoom(OwnRoom):
    """A list of the practice's own, to which its people add."""

    add_title = ""
    form_class: Any = None

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Let people of a practice add to their own."""
        return person_of(request) is not None

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """Take what was typed to a service; what cannot be comes back in words."""
        return self.typed(request, self.form_class, self.add_title, self._add)

    def typed(self, request: HttpRequest, form_class: Any, title: str, act: Act) -> HttpResponse:
        """Show a form, and take what was typed to an act."""
        person = person_of(request)
        if person is None:
            raise Http404
        form = form_class(request.POST or None, person=person)
        if request.method == "POST" and form.is_valid() and _done(request, form, person, act):
            return HttpResponseRedirect("../")
        context = {**self.admin_site.each_context(request), "title": title, "form": form}
        return TemplateResponse(request, "coordination/desk/form.html", context)

    def _add(self, request: HttpRequest, form: Any, person: Practitioner) -> bool:
        raise NotImplementedError


def _done(request: HttpRequest, form: Any, person: Practitioner, act: Act) -> bool:
    try:
        return act(request, form, person)
    except (services.AddressRefused, services.ShiftRefused) as refusal:
        # A service refuses in words; some begin with the name of the field.
        field, _, words_said = str(refusal).partition(": ")
        place = getattr(form, "places", {}).get(field, field)
        if place in form.fields:
            form.add_error(place, words_said[:1].upper() + words_said[1:])
        else:
            form.add_error(None, str(refusal))
        return False
