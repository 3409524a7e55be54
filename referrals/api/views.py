"""The addresses of a referral itself. A view reads the shape, calls one service, shows a card."""

from uuid import UUID

from django.db.models import Prefetch
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from referrals import clock, services
from referrals.api import cards, changes
from referrals.api.acting import acts, named, reads, whole
from referrals.api.answers import (
    AccessesOut,
    AssessmentsOut,
    ReferralOut,
    ReferralsOut,
    TimelineOut,
)
from referrals.api.documented import acting, page_parameters, reading
from referrals.api.serializers import NewFindingsIn, ReferralIn, ResolutionIn
from referrals.models import Access, Ask, RedFlag, Referral
from referrals.models.api_key import Scope
from referrals.models.referral import ReferralQuerySet
from referrals.walls import Actor

LARGEST_PAGE = 100


def seen(actor: Actor) -> ReferralQuerySet:
    """Return the referrals the actor may see, with what a card shows."""
    return (
        Referral.objects.visible_to(actor)
        .select_related("sender", "receiver")
        .prefetch_related(Prefetch("asks", Ask.objects.select_related("practice")))
    )


def find(actor: Actor, uuid: UUID) -> Referral:
    """Return one referral.

    :raises Referral.DoesNotExist: if the actor may not see it.
    """
    return seen(actor).get(uuid=uuid)


def shown(referral_id: int, actor: Actor) -> Response:
    """Answer an act with the referral as it stands now."""
    whole = seen(actor).select_related("patient", "sender__emergency_directory")
    referral = whole.get(pk=referral_id)
    return _card(referral, cards.read_chart(referral, actor), actor)


def _shown_new(new: services.Submitted, actor: Actor) -> Response:
    # From what was just stored: to read it all again took longer than to store it. A flag that was
    # open before is not among the new ones, and is shown as open all the same.
    chart = cards.Chart(
        latest=new.assessment,
        in_force=new.assessment,
        patients_flags=new.new_flags,
        earlier=(),
        notes=new.notes,
        linked=changes.links_of_new(new.referral),
    )
    return _card(new.referral, chart, actor, status=201)


def _card(referral: Referral, chart: cards.Chart, actor: Actor, *, status: int = 200) -> Response:
    card = cards.detail(referral, chart, actor)
    headers = {"ETag": cards.etag(referral), "Location": card["links"]["self"]}
    return Response(card, status=status, headers=headers)


class Referrals(APIView):
    """All referrals of the caller's practice, sent, received or asked about."""

    @reading("List referrals, the newest first", ReferralsOut, *page_parameters(LARGEST_PAGE))
    @reads(Scope.READ, "limit", "before")
    def get(self, request: Request, actor: Actor) -> Response:
        """Answer one page; ``next`` of the answer is the address of the next."""
        limit = whole(request, "limit", default=25, largest=LARGEST_PAGE)
        before = whole(request, "before", default=0, largest=2**62)
        page = list(seen(actor).page_of(actor, before=before, size=limit + 1))
        return Response(
            {
                "referrals": [cards.summary(referral, actor) for referral in page[:limit]],
                "next": f"{request.path}?limit={limit}&before={page[limit - 1].pk}"
                if len(page) > limit
                else None,
            }
        )

    @acting("Send a referral", ReferralIn, ReferralOut, status=201)
    @acts(Scope.WRITE)
    def post(self, request: Request, actor: Actor) -> Response:
        """Assess and store a referral; answer its tier, reasons, deadlines and questions."""
        shape = ReferralIn(data=request.data, context={"actor": actor, "now": clock.now()})
        shape.is_valid(raise_exception=True)
        intake = shape.intake()
        new = services.take_in(intake, by=named(actor, intake.responsible))
        return _shown_new(new, actor)


class Findings(APIView):
    """New observations about a live referral."""

    @acting("Add findings", NewFindingsIn, ReferralOut)
    @acts(Scope.WRITE, Scope.RESPOND)
    def post(self, request: Request, actor: Actor, uuid: UUID) -> Response:
        """Assess again at once; urgency may rise and never falls by this."""
        referral = find(actor, uuid)
        shape = NewFindingsIn(data=request.data, context={"actor": actor, "now": clock.now()})
        shape.is_valid(raise_exception=True)
        data = shape.validated_data
        services.add_findings(
            referral.pk,
            by=named(actor, data.get("by")),
            findings=data.get("findings", {}),
            codes=data.get("codes", []),
            stated_by_clinician=data["stated_by_clinician"],
        )
        return shown(referral.pk, actor)


class Resolution(APIView):
    """How a red flag ended."""

    @acting("Resolve a red flag", ResolutionIn, ReferralOut)
    @acts(Scope.RESPOND)
    def post(self, request: Request, actor: Actor, uuid: UUID, rule: str) -> Response:
        """Record it, by a clinician and with a basis; tier and alert stay as they are."""
        referral = find(actor, uuid)
        shape = ResolutionIn(data=request.data, context={"actor": actor, "now": clock.now()})
        shape.is_valid(raise_exception=True)
        services.resolve(
            RedFlag.objects.of(referral.patient_id, rule).pk,
            shape.ending(),
            by=named(actor, shape.validated_data["by"]),
        )
        return shown(referral.pk, actor)


class Timeline(APIView):
    """Everything that happened to a referral."""

    @reading("Read the timeline", TimelineOut)
    @reads(Scope.READ)
    def get(self, request: Request, actor: Actor, uuid: UUID) -> Response:
        """Answer all events, the oldest first."""
        referral = find(actor, uuid)
        practices = cards.practices_of(referral)
        events = referral.events.select_related("actor_practice").order_by("id")
        return Response({"events": [cards.event(event, practices) for event in events]})


class Accesses(APIView):
    """Who of the caller's practice was shown a referral."""

    @reading("Read who has looked", AccessesOut, *page_parameters(LARGEST_PAGE))
    @reads(Scope.READ, "limit", "before")
    def get(self, request: Request, actor: Actor, uuid: UUID) -> Response:
        """Answer one page, the newest first; what another practice looked at is not shown."""
        referral = find(actor, uuid)
        limit = whole(request, "limit", default=25, largest=LARGEST_PAGE)
        before = whole(request, "before", default=0, largest=2**62)
        page = Access.objects.to(referral.uuid, before=before, size=limit + 1)
        return Response(
            {
                "accesses": [cards.access(found) for found in page[:limit]],
                "next": f"{request.path}?limit={limit}&before={page[limit - 1].pk}"
                if len(page) > limit
                else None,
            }
        )


class Assessments(APIView):
    """Every run of the rules over a referral."""

    @reading("Read the assessments", AssessmentsOut)
    @reads(Scope.READ)
    def get(self, request: Request, actor: Actor, uuid: UUID) -> Response:
        """Answer all assessments, the latest first."""
        stored = find(actor, uuid).assessments.order_by("-id")
        return Response({"assessments": [cards.assessment(one) for one in stored]})
