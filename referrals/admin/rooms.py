"""What every list of the desk has in common: people look, and change things by services alone."""

from collections.abc import Iterator
from typing import Any

from django.contrib.admin.exceptions import (
    DisallowedModelAdminLookup,
    DisallowedModelAdminToField,
)
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseRedirect
from unfold.admin import ModelAdmin

from referrals.admin.gate import actor_of


class Room(ModelAdmin):
    """A list that shows and never writes by itself; nobody who is verified is refused a look."""

    list_per_page = 25
    show_full_result_count = False
    actions = None
    list_display_links = None
    list_fullwidth = True
    view_on_site = False
    sortable_by: tuple[str, ...] = ()
    change_list_template = "referrals/list.html"
    title = ""
    empty_words = "There is nothing to do here."
    empty_next = ("Urgent: same day", "/admin/referrals/referral/?list=urgent")

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        """Show the list under the name by which the sidebar knows it."""
        named = {"title": self.title} if self.title else {}
        try:
            return super().changelist_view(request, {**named, **(extra_context or {})})
        except (DisallowedModelAdminLookup, DisallowedModelAdminToField):
            return HttpResponseRedirect(request.path)

    def lookup_allowed(self, lookup: str, value: str, request: Any = None) -> bool:
        """Allow what the list's own filters ask: Django would read any column, letter by letter."""
        return lookup in self._lookups() and "\0" not in value

    def _lookups(self) -> Iterator[str]:
        for one in self.list_filter:
            if isinstance(one, str):
                yield from (one, f"{one}__exact", f"{one}__isnull")
            else:
                yield one.parameter_name

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Let whoever passed the gate look."""
        return self.admin_site.has_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Let whoever passed the gate look at what their practice may see."""
        return self.admin_site.has_permission(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Refuse, unless a room says otherwise."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse: machine fields are nobody's to type over."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse: nothing here is ever deleted."""
        return False


class OwnRoom(Room):
    """A list of what belongs to the person's own practice."""

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Keep the practice's own: no wall of the database does it for the directory."""
        everybodys: QuerySet[Any] = super().get_queryset(request)
        return everybodys.filter(practice=actor_of(request).practice_id)
