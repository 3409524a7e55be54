"""The lists of referrals: what waits, by what it waits for, and all."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.timezone import localtime

from coordination.admin import card, letter, referral_page, words
from referrals import clock
from referrals.admin.gate import actor_of, showing
from referrals.admin.rooms import Room
from referrals.admin.site import site
from referrals.clinical import RULESET
from referrals.models import Referral
from referrals.models.referral import OwnerSide
from referrals.walls import Actor
from referrals.workflow import Status
from referrals.worklists import TITLES

ALL = "All referrals"
MOST_FOUND = 15
_TITLES = {rule.id: rule.title for rule in RULESET.rules}


def by_name(actor: Actor, typed: str) -> QuerySet[Referral]:
    """Find up to 15 visible referrals by the beginning of a name, record number or reference."""
    words_typed = typed.replace("\0", "").replace(",", " ").split()[:3]
    found = Referral.objects.concerning(actor).select_related("patient", "sender", "receiver")
    if not words_typed:
        return found.none()
    for word in words_typed:
        found = found.found_by(word)
    return found.order_by("-tier", "-id")[:MOST_FOUND]


class Worklist(admin.SimpleListFilter):
    """Which list, or all."""

    title = "list"
    parameter_name = "list"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Name the lists."""
        return list(TITLES.items())

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        """Keep what belongs on the list."""
        name = self.value()
        return queryset.on_worklist(name, actor_of(request)) if name in TITLES else queryset


@admin.register(Referral, site=site)
class ReferralRoom(Room):
    """The lists, the page of one referral, and finding a patient."""

    list_display = (
        "patient_is", "urgency", "due", "acknowledged", "next_step", "way", "owner",
    )  # fmt: skip
    list_filter = (Worklist, "tier", "status")
    list_filter_sheet = True
    list_select_related = ("patient", "sender", "receiver")
    empty_words = "No referral is waiting here."
    empty_next = (ALL, "/admin/referrals/referral/")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Referral]:
        """Return what the person's practice may see, the most urgent first."""
        return (
            Referral.objects.concerning(actor_of(request))
            .prefetch_related("red_flags")
            .annotate(read_at=clock.NOW)
            .most_urgent_first()
        )

    def get_urls(self) -> list[URLPattern]:
        """Have the page of a referral instead of Django's own forms."""
        view = self.admin_site.admin_view
        return [
            path("", view(self.changelist_view), name="referrals_referral_changelist"),
            path("find/", view(self.find), name="find_patient"),
            path("<uuid:uuid>/", view(referral_page.show), name="referral_page"),
            path("<uuid:uuid>/ed-letter/", view(letter.show), name="ed_letter"),
            path("<uuid:uuid>/<slug:name>/", view(referral_page.press), name="referral_act"),
        ]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show a list under its own name."""
        title = TITLES.get(request.GET.get("list", ""), ALL)
        page = super().changelist_view(request, {"title": title, **(extra_context or {})})
        if isinstance(page, TemplateResponse) and page.context_data:
            showing(request, page.context_data["cl"].result_list)
        return page

    def find(self, request: HttpRequest) -> HttpResponse:
        """Find a patient by what was typed; by POST, so that no name stands in an address."""
        if request.method not in ("GET", "HEAD", "POST"):
            raise Http404
        typed = request.POST.get("name", "")[:80]
        results = list(by_name(actor_of(request), typed)) if typed else []
        showing(request, results)
        today = clock.now().date()
        context = {
            **self.admin_site.each_context(request),
            "title": "Find a patient",
            "typed": typed,
            "most": MOST_FOUND,
            "results": [
                (one, card.age(one.patient, today), card.tier_name(one)) for one in results
            ],
        }
        return TemplateResponse(request, "coordination/desk/find.html", context)

    @admin.display(description="Patient")
    def patient_is(self, referral: Any) -> SafeString:
        """Show name, age and record number, as the way to the page."""
        patient = referral.patient
        name = str(patient).strip(", ") or "name not known"
        return format_html(
            '<a class="desk-patient" href="{}">{}</a><span class="desk-sub">{}, MRN {}</span>'
            '<span class="desk-sub">{}</span>',
            reverse(referral_page.NAME, args=[referral.uuid]),
            name,
            card.age(patient, referral.read_at.date()),
            patient.mrn or patient.disputed_mrn or "not known",
            referral.reference,
        )

    @admin.display(description="Urgency")
    def urgency(self, referral: Any) -> SafeString:
        """Show the tier as a word."""
        tier = card.tier_name(referral)
        return format_html(
            '<span class="desk-tier desk-{}">{}</span>', tier.lower().replace(" ", "-"), tier
        )

    @admin.display(description="Due")
    def due(self, referral: Any) -> SafeString | str:
        """Show the hour in the practice's own time, and how long there is."""
        if referral.safe_at:
            return format_html('<span class="{}">safe</span>', "desk-good")
        if referral.due_at is None:
            return "nothing due"
        late = referral.due_at < referral.read_at
        return format_html(
            '<span class="{}">{}</span><span class="desk-sub">{}</span>',
            "desk-late" if late else "desk-intime",
            card.due_in_words(referral.due_at, referral.read_at),
            localtime(referral.due_at).strftime("%b %-d, %H:%M %Z"),
        )

    @admin.display(description="Acknowledged")
    def acknowledged(self, referral: Any) -> SafeString:
        """Show both sides, each with its hour or *not yet*."""
        stamps = (
            ("Pain", referral.pain_acknowledged_at),
            ("Spine", referral.spine_acknowledged_at),
        )
        shown = (
            ("desk-good" if at else "desk-wanting", side, _hour(at) if at else "not yet")
            for side, at in stamps
        )
        return format_html_join("", '<span class="desk-line {}">{}: {}</span>', shown)

    @admin.display(description="Next, and why")
    def next_step(self, referral: Any) -> SafeString:
        """Show what has to happen, and which red flags make it urgent."""
        action = words.ACTIONS.get(referral.next_action, "Nothing is asked now")
        flags = [flag for flag in referral.red_flags.all() if not flag.resolution]
        why = "; ".join(dict.fromkeys(_TITLES.get(one.rule_id, one.rule_id) for one in flags))
        return format_html('{}<span class="desk-sub">{}</span>', action, why)

    @admin.display(description="From, to")
    def way(self, referral: Any) -> SafeString:
        """Show who sent it, and who has taken it."""
        to = referral.receiver.name if referral.receiver else "nobody yet"
        return format_html('{}<span class="desk-sub">to: {}</span>', referral.sender.name, to)

    @admin.display(description="Whose turn")
    def owner(self, referral: Any) -> str:
        """Name who has to move next."""
        if referral.owner_side == OwnerSide.SENDER or referral.status == Status.DECLINED:
            return referral.sender.short_name
        if referral.owner_side == OwnerSide.COORDINATOR:
            return "the network"
        return referral.receiver.short_name if referral.receiver else "the practice asked"


def _hour(at: Any) -> str:
    return localtime(at).strftime("%H:%M")
