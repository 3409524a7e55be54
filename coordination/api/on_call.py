"""The addresses of being on call: who is, and who is instead of somebody else."""

from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from coordination import services
from coordination.api.answers import OnCallOut, OverrideOut, OverridesOut
from coordination.api.serializers import OverrideIn
from coordination.models import OnCallChange
from coordination.services.coverage import Coverage, coverage, takes_urgent
from referrals import clock
from referrals.api.acting import acts, named, reads
from referrals.api.documented import acting, reading
from referrals.api.errors import ParameterRefused
from referrals.api.fields import Instant
from referrals.models import Practice
from referrals.models.api_key import Scope
from referrals.walls import Actor

FURTHEST = timedelta(days=366)
_AN_INSTANT = timedelta(microseconds=1)
_FIELDS = {"ends": "ends_at"}
_AT = OpenApiParameter(
    "at", OpenApiTypes.DATETIME, description="An instant with its zone; now, if left out."
)


class OnCall(APIView):
    """Who is on call."""

    @reading("Read who is on call", OnCallOut, _AT)
    @reads(Scope.READ, "at")
    def get(self, request: Request, actor: Actor) -> Response:
        """Answer for each practice that takes red flags whether somebody is; by name our own."""
        at = _at(request)
        shown = Practice.objects.filter(
            Q(pk__in=takes_urgent().values("pk")) | Q(pk=actor.practice_id)
        )
        rows: dict[int, dict[str, Any]] = {}
        for one in coverage(shown.order_by("name"), at, at + _AN_INSTANT):
            row = rows.setdefault(one.practice.pk, _practice(one.practice))
            row[one.level] = _covered(one, is_own=one.practice.pk == actor.practice_id)
        return Response({"at": at, "practices": list(rows.values())})


class Overrides(APIView):
    """Who of the caller's practice is on call instead of somebody else."""

    @reading("List overrides of who is on call", OverridesOut)
    @reads(Scope.READ)
    def get(self, request: Request, actor: Actor) -> Response:
        """Answer the overrides of the caller's practice that are not over."""
        own = OnCallChange.objects.filter(practice=actor.practice_id)
        return Response({"overrides": [_override(one) for one in own.overrides(clock.now())]})

    @acting("Override who is on call", OverrideIn, OverrideOut, status=201)
    @acts(Scope.RESPOND)
    def post(self, request: Request, actor: Actor) -> Response:
        """Put one person on call for a time, instead of whoever is; it wins over any rotation."""
        shape = OverrideIn(data=request.data, context={"actor": actor, "now": clock.now()})
        shape.is_valid(raise_exception=True)
        data = shape.validated_data
        cover = services.Cover(
            data["practitioner"], data["level"], data["starts_at"], data["ends_at"]
        )
        try:
            services.override(cover, services.Why(named(actor, data["by"]), data["reason"]))
        except services.ShiftRefused as refused:
            raise serializers.ValidationError(_by_field(refused), code="impossible") from refused
        own = OnCallChange.objects.filter(practice=actor.practice_id)
        return Response(_override(own.latest("pk")), status=201)


def _at(request: Request) -> datetime:
    given, now = request.query_params.get("at"), clock.now()
    if given is None:
        return now
    try:
        at: datetime = Instant().run_validation(given)
    except serializers.ValidationError as error:
        raise ParameterRefused(
            "at", "invalid", "Send an instant with its zone, such as 2026-12-25T03:00:00Z."
        ) from error
    if abs(at - now) > FURTHEST:
        raise ParameterRefused("at", "impossible", "Send an instant within a year from now.")
    return at


def _practice(practice: Practice) -> dict[str, Any]:
    return {"id": str(practice.uuid), "name": practice.name}


def _covered(one: Coverage, *, is_own: bool) -> dict[str, Any]:
    (now,) = one.stretches
    return {"covered": not now.is_gap, "person": now.person or None if is_own else None}


def _override(one: OnCallChange) -> dict[str, Any]:
    return {
        "practitioner": str(one.person.uuid) if one.person else None,
        "name": str(one.person) if one.person else None,
        "level": one.level,
        "starts_at": one.begins,
        "ends_at": one.ends,
        "instead_of": one.instead_of,
        "reason": one.reason,
        "entered_by": one.entered_by,
        "entered_at": one.at,
    }


def _by_field(refused: services.ShiftRefused) -> dict[str, list[str]]:
    # A refusal begins with the name of its field, if there is one to mend.
    field, found, words = str(refused).partition(": ")
    if not found or " " in field:
        return {"non_field_errors": [str(refused)]}
    return {_FIELDS.get(field, field): [words[:1].upper() + words[1:]]}
