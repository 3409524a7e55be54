"""Practices, people, emergency departments and API keys, as the person's practice may see them."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import DateTimeField, QuerySet, Value
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timezone import localtime

from referrals import clock
from referrals.admin.rooms import OwnRoom, Room
from referrals.admin.site import site
from referrals.models import ApiKey, EmergencyDirectory, Practice, Practitioner
from referrals.services import keys


@admin.register(Practice, site=site)
class PracticeRoom(Room):
    """Who takes part: every practice may look up the others."""

    title = "Practices"
    list_display = ("name", "specialty", "region", "time_zone", "is_active")
    list_filter = ("specialty", "region")
    ordering = ("name",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Leave out the pair by which the watchdog tries the way."""
        everybodys: QuerySet[Any] = super().get_queryset(request)
        return everybodys.filter(is_synthetic=False)


@admin.register(Practitioner, site=site)
class PersonRoom(OwnRoom):
    """The people of the practice."""

    title = "People"
    list_display = ("__str__", "role", "signs_in", "is_active")
    ordering = ("-is_active", "name")
    empty_words = "Your practice has no people yet."

    @admin.display(description="Signs in at the desk", boolean=False)
    def signs_in(self, person: Practitioner) -> str:
        """Say whether the person has an account."""
        return "yes" if person.user_id else "no account"


@admin.register(EmergencyDirectory, site=site)
class EmergencyRoom(OwnRoom):
    """Where the practice sends emergencies."""

    title = "Emergency departments"
    list_display = (
        "ed_name", "ed_phone", "mri_around_the_clock", "spine_cover", "transfer_agreement",
        "reviewed_at",
    )  # fmt: skip
    empty_words = "No emergency department is on record: nobody is told where to send a patient."


@admin.register(ApiKey, site=site)
class KeyRoom(OwnRoom):
    """The keys of the practice's own system. A secret is never shown again."""

    title = "API keys"
    list_display = ("name", "begins_with", "scopes", "state", "revoke")
    ordering = ("revoked_at", "-created_at")
    empty_words = "Your practice's system has no key yet."

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Keep the practice's own keys, with the hour at which they are read."""
        read_at = Value(clock.now(), output_field=DateTimeField())
        return super().get_queryset(request).annotate(read_at=read_at)

    def get_urls(self) -> list[URLPattern]:
        """Add the way to revoke a key."""
        revoke = self.admin_site.admin_view(self.revoke_view)
        return [path("<slug:prefix>/revoke/", revoke, name="revoke_key"), *super().get_urls()]

    def revoke_view(self, request: HttpRequest, prefix: str) -> HttpResponse:
        """Let a key of the person's own practice open nothing any more."""
        own = self.get_queryset(request).filter(prefix=prefix)
        if request.method != "POST" or not own.exists():
            raise Http404
        key = keys.revoke_api_key(prefix)
        self.log_change(request, key, "revoked")
        messages.success(request, f"This key opens nothing any more: {key.name}.")
        return HttpResponseRedirect(reverse("admin:referrals_apikey_changelist"))

    @admin.display(description="Begins with")
    def begins_with(self, key: ApiKey) -> str:
        """Show the part that is no secret."""
        return key.prefix

    @admin.display(description="State")
    def state(self, key: Any) -> str:
        """Say whether the key opens anything."""
        if key.revoked_at:
            return f"revoked on {localtime(key.revoked_at):%b %-d, %Y}"
        until = f"{localtime(key.expires_at):%b %-d, %Y}"
        return f"expired on {until}" if key.expires_at <= key.read_at else f"valid until {until}"

    @admin.display(description="Change")
    def revoke(self, key: ApiKey) -> SafeString | str:
        """Offer to revoke it; the button belongs to the form around the list."""
        if key.revoked_at:
            return ""
        address = reverse("admin:revoke_key", args=[key.prefix])
        return format_html(
            '<button class="desk-small" formaction="{}" formmethod="post">Revoke'
            '<span class="desk-unseen"> {}</span></button>', address, key.name
        )  # fmt: skip
