"""The calls that a person has to make: the list, and one call with number, words and outcome."""

from http import HTTPStatus
from typing import Any
from uuid import UUID

from django.contrib import admin, messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timezone import localtime

from coordination import services
from coordination.admin import words
from coordination.admin.entries import Entry, body_of, fields_of, flat
from coordination.api.serializers import CallOutcomeIn
from coordination.models import CallTask
from coordination.models.call_task import CallTaskQuerySet
from referrals import clock
from referrals.admin.gate import actor_of, person_of
from referrals.admin.rooms import Room
from referrals.admin.site import site
from referrals.models import Referral
from referrals.walls import Actor
from referrals.workflow import TransitionRefused

LIST = "admin:coordination_calltask_changelist"
ENTRIES = (
    Entry("outcome", "What came of it", "choice", tuple(CallTask.Outcome.choices)),
    Entry(
        "spoke_to",
        "Whom you spoke to",
        help="Needed if somebody was on the line.",
        is_required=False,
    ),
)
DONE = "Recorded: what came of the call. We go on ringing until the doctor has answered."
OVER = "This call is not asked for any more. Look at the referral."


def calls_to_make(actor: Actor) -> CallTaskQuerySet:
    """Return the calls that wait for somebody of the actor's practice."""
    return CallTask.objects.waiting().for_caller(actor.practice_id)


def link_to(referral: Referral) -> SafeString:
    """Return the reference of a referral as the way to its page."""
    address = reverse("admin:referral_page", args=[referral.uuid])
    return format_html('<a class="desk-patient" href="{}">{}</a>', address, referral.reference)


@admin.register(CallTask, site=site)
class CallRoom(Room):
    """The telephone calls that a person has to make."""

    title = "Calls to make"
    list_display = ("call", "about", "since")
    empty_words = "No call waits for your practice."

    def get_queryset(self, request: HttpRequest) -> CallTaskQuerySet:
        """Keep the calls that wait."""
        return calls_to_make(actor_of(request)).with_all()

    def get_urls(self) -> list[URLPattern]:
        """Have the page of a call instead of Django's own forms."""
        view = self.admin_site.admin_view
        return [
            path("", view(self.changelist_view), name="coordination_calltask_changelist"),
            path("<uuid:delivery>/", view(self.one_call), name="call_page"),
        ]

    def one_call(self, request: HttpRequest, delivery: UUID) -> HttpResponse:
        """Show whom to call and what to say, or take what came of it."""
        own = CallTask.objects.with_all().for_caller(actor_of(request).practice_id)
        task = own.filter(pk=delivery).first()
        if task is None:
            raise Http404
        return _take(request, task) if request.method == "POST" else _page(request, task)

    @admin.display(description="Call")
    def call(self, task: CallTask) -> SafeString:
        """Say whom to call and by which way, as the way to number and words."""
        channel = task.delivery.channel
        way = words.CHANNELS.get(channel, channel)
        whom = task.delivery.contact_point.practice.name
        address = reverse("admin:call_page", args=[task.pk])
        link = '<a class="desk-patient" href="{}">{}</a><span class="desk-sub">by its {}</span>'
        return format_html(link, address, whom, way)

    @admin.display(description="About")
    def about(self, task: CallTask) -> SafeString:
        """Name the referral, as the way to its page."""
        return link_to(task.delivery.obligation.referral)

    @admin.display(description="Waiting since")
    def since(self, task: CallTask) -> str:
        """Show since when it waits."""
        return f"{localtime(task.opened_at):%b %-d, %H:%M %Z}"


def _take(request: HttpRequest, task: CallTask) -> HttpResponse:
    person, actor = person_of(request), actor_of(request)
    if person is None:
        raise Http404
    typed = request.POST.dict()
    body = body_of(ENTRIES, typed, by=str(person.uuid))
    referral = task.delivery.obligation.referral
    shape: Any = CallOutcomeIn(
        data=body,
        context={"actor": actor, "now": clock.now(), "referral": referral},
    )
    if not shape.is_valid():
        return _page(request, task, typed, dict(flat(shape.errors)))
    refused = _refusal(task, shape.validated_data["result"], actor)
    (messages.error if refused else messages.success)(request, refused or DONE)
    return HttpResponseRedirect(reverse(LIST))


def _refusal(task: CallTask, result: services.CallResult, actor: Actor) -> str:
    try:
        services.record_call(task.delivery.obligation.referral_id, task.pk, result, by=actor)
    except services.CallAlreadyRecorded as first:
        return str(first)
    except TransitionRefused:
        return OVER
    return ""


def _page(
    request: HttpRequest,
    task: CallTask,
    typed: dict[str, str] | None = None,
    errors: dict[str, str] | None = None,
) -> HttpResponse:
    wrong = errors or {}
    channel = task.delivery.channel
    context = {
        **site.each_context(request),
        "title": "A call to make",
        "task": task,
        "referral": link_to(task.delivery.obligation.referral),
        "whom": task.delivery.contact_point.practice.name,
        "way": words.CHANNELS.get(channel, channel),
        "number": task.delivery.contact_point.address_to_show,
        "script": services.script_of(task),
        "form": {
            "entries": fields_of("call", ENTRIES, typed or {}, wrong),
            "error": wrong.get("non_field_errors", ""),
        },
    }
    status = HTTPStatus.BAD_REQUEST if wrong else HTTPStatus.OK
    return TemplateResponse(request, "coordination/desk/call.html", context, status=status)
