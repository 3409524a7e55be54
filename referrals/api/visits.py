"""The addresses of visits at the receiving practice."""

from datetime import datetime, timedelta
from uuid import UUID

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from referrals import services
from referrals.api.acting import acts, if_match
from referrals.api.answers import ReferralOut
from referrals.api.bodies import VisitCancellationIn, read, reason_in
from referrals.api.documented import IF_MATCH, acting
from referrals.api.fields import Instant, Text
from referrals.api.serializers import ByIn, NamedIn
from referrals.api.views import shown
from referrals.models.api_key import Scope
from referrals.walls import Actor

_NEAREST, _FURTHEST = timedelta(days=-1), timedelta(days=730)


class AppointmentIn(ByIn):
    """When and where the patient comes."""

    starts_at = Instant(help_text="With its zone, such as 2026-11-23T15:30:00-06:00.")
    place = Text(max_length=160, required=False, allow_blank=True)
    external_id = Text(
        max_length=80,
        required=False,
        allow_blank=True,
        help_text="The id of the appointment in your own system.",
    )

    def validate_starts_at(self, value: datetime) -> datetime:
        """Refuse a visit that is over, or far ahead."""
        if not _NEAREST <= value - self.context["now"] <= _FURTHEST:
            raise serializers.ValidationError(
                "A visit lies ahead, within two years.", code="impossible"
            )
        return value


class Appointment(APIView):
    """The visit that is booked."""

    @acting("Schedule a visit", AppointmentIn, ReferralOut, IF_MATCH)
    @acts(Scope.RESPOND)
    def post(self, request: Request, actor: Actor, uuid: UUID) -> Response:
        """Book a visit; one that was booked before moves."""
        referral, by, data = read(AppointmentIn, request, actor, uuid)
        booked = {name: data[name] for name in data if name != "by"}
        services.schedule(
            referral, services.Appointment(**booked), by=by, if_version=if_match(request)
        )
        return shown(referral, actor)


class NoShow(APIView):
    """A patient who did not come."""

    @acting("Record a no-show", NamedIn, ReferralOut, IF_MATCH)
    @acts(Scope.RESPOND)
    def post(self, request: Request, actor: Actor, uuid: UUID) -> Response:
        """Record it; the receiver books another visit, or records that contact is lost."""
        referral, by, _ = read(NamedIn, request, actor, uuid)
        services.record_no_show(referral, by=by, if_version=if_match(request))
        return shown(referral, actor)


class VisitCancellation(APIView):
    """A visit that does not take place. The referral goes on."""

    @acting("Cancel a visit", VisitCancellationIn, ReferralOut, IF_MATCH)
    @acts(Scope.RESPOND)
    def post(self, request: Request, actor: Actor, uuid: UUID) -> Response:
        """Cancel it with a coded reason; the receiver books another."""
        referral, by, data = read(VisitCancellationIn, request, actor, uuid)
        services.cancel_visit(referral, reason_in(data), by=by, if_version=if_match(request))
        return shown(referral, actor)
