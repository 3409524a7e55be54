"""How people are reached: contact points, and messages that failed."""

from datetime import timedelta
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timezone import localtime

from coordination import services
from coordination.admin import words
from coordination.admin.adding import AddingRoom
from coordination.admin.calls import link_to
from coordination.admin.forms import ContactForm
from coordination.channels import codes
from coordination.models import ContactPoint, Delivery
from referrals import clock
from referrals.admin.gate import actor_of, person_of
from referrals.admin.rooms import Room
from referrals.admin.site import site
from referrals.models import Practitioner, Referral
from referrals.walls import Actor

LOOK_BACK = timedelta(days=14)


def failed(actor: Actor) -> QuerySet[Delivery]:
    """Return the messages of the last two weeks that were given up, the newest first."""
    seen = Referral.objects.visible_to(actor)
    dead = Delivery.objects.filter(state=Delivery.State.DEAD, dead_at__gte=clock.NOW - LOOK_BACK)
    return dead.filter(obligation__referral__in=seen).order_by("-dead_at")


@admin.register(ContactPoint, site=site)
class ContactRoom(AddingRoom):
    """Where messages of a practice go. Addresses are not shown again once they are stored."""

    title = "How we are reached"
    list_display = ("whom", "how", "state", "retire")
    list_select_related = ("practice", "practitioner")
    list_filter = ("is_active",)
    ordering = ("-is_active", "practitioner__name", "channel")
    empty_words = "Nobody of your practice can be reached yet. Add a way with the plus above."
    add_title = "Add a way to reach somebody"
    form_class = ContactForm

    def get_urls(self) -> list[URLPattern]:
        """Add the way to retire an address."""
        retire = self.admin_site.admin_view(self.retire_view)
        return [path("<uuid:uuid>/retire/", retire, name="retire_contact"), *super().get_urls()]

    def retire_view(self, request: HttpRequest, uuid: Any) -> HttpResponse:
        """Send nothing more to an address."""
        if request.method != "POST" or person_of(request) is None:
            raise Http404
        try:
            point = services.retire_contact_point(uuid, by=actor_of(request))
        except ContactPoint.DoesNotExist as unknown:
            raise Http404 from unknown
        except services.StillReliedOn as refused:
            messages.error(request, f"Not retired. {refused}")
        else:
            self.log_change(request, point, "retired")
            messages.success(request, f"Nothing more is sent there: {point}.")
        return HttpResponseRedirect(reverse("admin:coordination_contactpoint_changelist"))

    def _add(self, request: HttpRequest, form: Any, person: Practitioner) -> bool:
        data = form.cleaned_data
        point = services.add_contact_point(
            person.practice,
            channel=data["channel"],
            address=data["address"],
            practitioner=data["practitioner"],
        )
        self.log_addition(request, point, "added")
        messages.success(request, f"Added: {point}. Send a test message before you rely on it.")
        return True

    @admin.display(description="Whom")
    def whom(self, point: ContactPoint) -> str:
        """Name the person or the front desk."""
        return point.owner_name

    @admin.display(description="How")
    def how(self, point: ContactPoint) -> str:
        """Name the channel in words."""
        return words.CHANNELS.get(point.channel, point.channel)

    @admin.display(description="State")
    def state(self, point: ContactPoint) -> str:
        """Say whether messages go there."""
        if not point.is_active:
            return "retired"
        if point.failing_since:
            return f"failing since {localtime(point.failing_since):%b %-d, %H:%M}"
        return "in use" if point.verified_at else "not verified: nothing is sent there"

    @admin.display(description="Change")
    def retire(self, point: ContactPoint) -> SafeString | str:
        """Offer to retire it; the button belongs to the form around the list."""
        if not point.is_active:
            return ""
        address = reverse("admin:retire_contact", args=[point.pk])
        return format_html(
            '<button class="desk-small" formaction="{}" formmethod="post">Retire'
            '<span class="desk-unseen"> {}</span></button>', address, point
        )  # fmt: skip


@admin.register(Delivery, site=site)
class FailedRoom(Room):
    """The messages that were given up, and why."""

    title = "Messages that failed"
    list_display = ("about", "whom", "why", "when")
    list_select_related = (
        "contact_point__practice",
        "contact_point__practitioner",
        "obligation__referral",
    )
    empty_words = "No message has failed in the last two weeks."

    def get_queryset(self, request: HttpRequest) -> QuerySet[Delivery]:
        """Keep what failed."""
        return failed(actor_of(request))

    @admin.display(description="About")
    def about(self, delivery: Delivery) -> SafeString:
        """Name the referral, as the way to its page."""
        return link_to(delivery.obligation.referral)

    @admin.display(description="To")
    def whom(self, delivery: Delivery) -> str:
        """Name whom it did not reach, and by which way."""
        way = words.CHANNELS.get(delivery.channel, delivery.channel)
        return f"{delivery.contact_point.owner_name}, by {way}"

    @admin.display(description="Why it failed")
    def why(self, delivery: Delivery) -> str:
        """Say it in words."""
        return codes.in_words(delivery.error_code)

    @admin.display(description="When")
    def when(self, delivery: Any) -> str:
        """Show when it was given up."""
        return f"{localtime(delivery.dead_at):%b %-d, %H:%M %Z}"
