"""The addresses of the acts that end a referral, and of those that begin it anew."""

from typing import Any
from uuid import UUID

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from referrals import services
from referrals.api import bodies
from referrals.api.acting import acts, if_match
from referrals.api.answers import ReferralOut
from referrals.api.documented import IF_MATCH, acting
from referrals.api.fields import Identifier
from referrals.api.serializers import NamedIn
from referrals.api.views import shown
from referrals.models import Practice
from referrals.models.api_key import Scope
from referrals.walls import Actor


class ForwardIn(bodies.RedirectIn):
    """Why, and where to; without a practice Tandem finds one."""

    to = Identifier(required=False, help_text="The id of a practice, see GET /api/v1/practices.")

    def validate_to(self, value: Any) -> Practice:
        """Find an active practice of the specialty that is sought."""
        referral = self.context["referral"]
        there = Practice.objects.beside(referral.sender_id)
        found = there.filter(uuid=value, specialty=referral.sought_specialty).first()
        if found is None:
            raise serializers.ValidationError(
                "No practice of the specialty that is sought has this id. See "
                "GET /api/v1/practices."
            )
        return found


class Decline(APIView):
    """The receiver's no to an elective referral."""

    @acting("Decline a referral", bodies.DeclineIn, ReferralOut, IF_MATCH)
    @acts(Scope.RESPOND)
    def post(self, request: Request, actor: Actor, uuid: UUID) -> Response:
        """Decline with a coded reason; needs If-Match. An urgent case is passed on instead."""
        referral, by, data = bodies.read(bodies.DeclineIn, request, actor, uuid)
        services.decline(referral, bodies.reason_in(data), by=by, if_version=if_match(request))
        return shown(referral, actor)


class Cancellation(APIView):
    """The sender calls it off."""

    @acting("Ask for cancellation", bodies.CancellationIn, ReferralOut, IF_MATCH)
    @acts(Scope.WRITE)
    def post(self, request: Request, actor: Actor, uuid: UUID) -> Response:
        """Cancel what nobody has seen; otherwise ask the other side to confirm."""
        referral, by, data = bodies.read(bodies.CancellationIn, request, actor, uuid)
        services.request_cancellation(
            referral, bodies.reason_in(data), by=by, if_version=if_match(request)
        )
        return shown(referral, actor)


class CancellationConfirmation(APIView):
    """The other side's yes to a cancellation."""

    @acting("Confirm a cancellation", NamedIn, ReferralOut, IF_MATCH)
    @acts(Scope.RESPOND)
    def post(self, request: Request, actor: Actor, uuid: UUID) -> Response:
        """Confirm it; a visit that is booked is cancelled with it."""
        referral, by, _ = bodies.read(NamedIn, request, actor, uuid)
        services.confirm_cancellation(referral, by=by, if_version=if_match(request))
        return shown(referral, actor)


class CancellationWithdrawal(APIView):
    """The sender goes on after all."""

    @acting("Withdraw a cancellation", NamedIn, ReferralOut, IF_MATCH)
    @acts(Scope.WRITE)
    def post(self, request: Request, actor: Actor, uuid: UUID) -> Response:
        """Withdraw it before it is confirmed; the referral goes on as what it was."""
        referral, by, _ = bodies.read(NamedIn, request, actor, uuid)
        services.withdraw_cancellation(referral, by=by, if_version=if_match(request))
        return shown(referral, actor)


class Failure(APIView):
    """The receiver cannot go on."""

    @acting("Record a failure", bodies.FailureIn, ReferralOut, IF_MATCH)
    @acts(Scope.RESPOND)
    def post(self, request: Request, actor: Actor, uuid: UUID) -> Response:
        """Say why, such as lost contact; the sender decides what comes next."""
        referral, by, data = bodies.read(bodies.FailureIn, request, actor, uuid)
        services.record_failure(
            referral, bodies.reason_in(data), by=by, if_version=if_match(request)
        )
        return shown(referral, actor)


class EnteredInError(APIView):
    """A referral that should not have been written."""

    @acting("Mark as entered in error", bodies.ErrorIn, ReferralOut, IF_MATCH)
    @acts(Scope.WRITE)
    def post(self, request: Request, actor: Actor, uuid: UUID) -> Response:
        """Mark it, by the sender; nothing is deleted."""
        referral, by, data = bodies.read(bodies.ErrorIn, request, actor, uuid)
        services.enter_in_error(
            referral, bodies.reason_in(data), by=by, if_version=if_match(request)
        )
        return shown(referral, actor)


class Closure(APIView):
    """The loop closed by the sender."""

    @acting("Close a referral", bodies.ClosureIn, ReferralOut, IF_MATCH)
    @acts(Scope.WRITE)
    def post(self, request: Request, actor: Actor, uuid: UUID) -> Response:
        """Close after reading the report; without a report with a reason and a comment."""
        referral, by, data = bodies.read(bodies.ClosureIn, request, actor, uuid)
        services.close(referral, bodies.reason_in(data), by=by, if_version=if_match(request))
        return shown(referral, actor)


class Reopening(APIView):
    """A referral begun anew."""

    @acting("Reopen a referral", NamedIn, ReferralOut, IF_MATCH)
    @acts(Scope.WRITE)
    def post(self, request: Request, actor: Actor, uuid: UUID) -> Response:
        """Send anew what was declined, cancelled or failed; Tandem asks a practice."""
        referral, by, _ = bodies.read(NamedIn, request, actor, uuid)
        services.reopen(referral, by=by, if_version=if_match(request))
        return shown(referral, actor)


class Forward(APIView):
    """The patient sent to another practice."""

    @acting("Forward a referral", ForwardIn, ReferralOut, IF_MATCH)
    @acts(Scope.RESPOND)
    def post(self, request: Request, actor: Actor, uuid: UUID) -> Response:
        """End this referral and answer the new one that carries on from it."""
        referral, by, data = bodies.read(ForwardIn, request, actor, uuid)
        new = services.redirect(
            referral,
            bodies.reason_in(data),
            data.get("to"),
            by=by,
            if_version=if_match(request),
        )
        return shown(new.pk, actor)
