"""Who is on call: the list of shifts, and the forms that change it. Buttons call services."""

from typing import Any

from django.contrib import admin, messages
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.timezone import localtime

from coordination import services
from coordination.admin import coverage
from coordination.admin.adding import AddingRoom
from coordination.admin.forms import OverrideForm, RotationForm, ShiftForm, SwapForm
from coordination.models import OnCallShift, Rotation
from referrals.admin.gate import actor_of, person_of
from referrals.admin.site import site
from referrals.models import EmergencyDirectory, Practitioner
from referrals.services.practices import review_emergency_department

BOARD = "admin:coverage"
TAKEN = (
    "Somebody is on call at that level in that time already. Choose another time or level, or "
    "enter an override."
)


@admin.register(OnCallShift, site=site)
class ShiftRoom(AddingRoom):
    """Who is on call."""

    title = "On call"
    list_display = ("practitioner", "level", "begins", "ends", "how")
    list_select_related = ("practitioner",)
    ordering = ("-period",)
    empty_words = "Nobody is on call. Urgent messages then go to the front desk and the network."
    add_title = "Put somebody on call"
    form_class = ShiftForm

    def get_queryset(self, request: HttpRequest) -> QuerySet[OnCallShift]:
        """Keep the shifts that hold."""
        return super().get_queryset(request).filter(taken_back_at__isnull=True)

    def get_urls(self) -> list[URLPattern]:
        """Add the board, the forms beside it, and its buttons."""
        views = (
            ("coverage/", self.coverage_view, "coverage"),
            ("coverage/override/", self.override_view, "override_on_call"),
            ("coverage/swap/", self.swap_view, "swap_on_call"),
            ("coverage/rotation/", self.rotation_view, "begin_rotation"),
            ("coverage/rotation/<int:rotation>/end/", self.end_view, "end_rotation"),
            ("coverage/reviewed/", self.reviewed_view, "review_emergency_department"),
        )
        own = [path(at, self.admin_site.admin_view(view), name=name) for at, view, name in views]
        return [*own, *super().get_urls()]

    def coverage_view(self, request: HttpRequest) -> HttpResponse:
        """Show who covers the next 14 days, and what nobody does."""
        context = {
            **self.admin_site.each_context(request),
            "title": "Coverage",
            **coverage.shown(actor_of(request)),
        }
        return TemplateResponse(request, "coordination/desk/coverage.html", context)

    def override_view(self, request: HttpRequest) -> HttpResponse:
        """Put somebody on call instead of whoever is."""
        return self.typed(request, OverrideForm, "Somebody else instead", self._override)

    def swap_view(self, request: HttpRequest) -> HttpResponse:
        """Exchange two shifts."""
        return self.typed(request, SwapForm, "Swap two shifts", self._swap)

    def rotation_view(self, request: HttpRequest) -> HttpResponse:
        """Let people take turns."""
        return self.typed(request, RotationForm, "Let people take turns", self._begin)

    def end_view(self, request: HttpRequest, rotation: int) -> HttpResponse:
        """End a rotation."""
        if request.method != "POST" or person_of(request) is None:
            raise Http404
        try:
            ended = services.end_rotation(rotation, by=actor_of(request))
        except Rotation.DoesNotExist as unknown:
            raise Http404 from unknown
        messages.success(request, f"Ended: the {ended}. Shifts that have not begun are taken back.")
        return HttpResponseRedirect(reverse(BOARD))

    def reviewed_view(self, request: HttpRequest) -> HttpResponse:
        """Note that the practice's emergency department was looked up today."""
        person = person_of(request)
        if request.method != "POST" or person is None:
            raise Http404
        try:
            entry = review_emergency_department(person.practice_id)
        except EmergencyDirectory.DoesNotExist as unknown:
            raise Http404 from unknown
        self.log_change(request, entry, "reviewed")
        messages.success(request, f"Reviewed today: {entry}.")
        return HttpResponseRedirect(reverse(BOARD))

    def _add(self, request: HttpRequest, form: Any, person: Practitioner) -> bool:
        data = form.cleaned_data
        try:
            with transaction.atomic():
                shift = services.put_on_call(
                    data["practitioner"],
                    starts=data["starts"],
                    ends=data["ends"],
                    level=data["level"],
                    by=actor_of(request),
                )
        except IntegrityError:
            form.add_error(None, TAKEN)
            return False
        self.log_addition(request, shift, "added")
        messages.success(request, f"On call: {shift}.")
        return True

    def _override(self, request: HttpRequest, form: Any, person: Practitioner) -> bool:
        data = form.cleaned_data
        cover = services.Cover(data["practitioner"], data["level"], data["starts"], data["ends"])
        shift = services.override(cover, services.Why(actor_of(request), data["reason"]))
        self.log_addition(request, shift, "override")
        messages.success(request, f"On call instead: {shift}.")
        return True

    def _swap(self, request: HttpRequest, form: Any, person: Practitioner) -> bool:
        data = form.cleaned_data
        why = services.Why(actor_of(request), data["reason"])
        for shift in services.swap(data["first"].pk, data["second"].pk, why):
            self.log_change(request, shift, "swapped")
        messages.success(request, "Swapped. Look at the board: each has the other's shift.")
        return True

    def _begin(self, request: HttpRequest, form: Any, person: Practitioner) -> bool:
        data = form.cleaned_data
        plan = services.Turns(
            level=data["level"],
            members=form.members,
            length=data["length"],
            unit=data["unit"],
            hand_over_at=data["hand_over_at"],
            starts_on=data["starts_on"],
            weekday=data["weekday"],
        )
        rotation = services.begin_rotation(plan, by=actor_of(request))
        self.log_addition(request, rotation, "began")
        messages.success(request, "The rotation is written six weeks ahead. Look at the board.")
        return True

    @admin.display(description="From")
    def begins(self, shift: Any) -> str:
        """Show the beginning in the practice's time."""
        return f"{localtime(shift.period.lower):%a %b %-d, %H:%M %Z}"

    @admin.display(description="To")
    def ends(self, shift: Any) -> str:
        """Show the end in the practice's time."""
        return f"{localtime(shift.period.upper):%a %b %-d, %H:%M %Z}"

    @admin.display(description="By")
    def how(self, shift: OnCallShift) -> str:
        """Say whether a rotation wrote it."""
        return "rotation" if shift.rotation_id else "hand"
