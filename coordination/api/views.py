"""The addresses of what people answer about an urgent case, and of where it stands."""

from uuid import UUID

from django.http import Http404
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from coordination import services
from coordination.api import cards
from coordination.api.answers import CoordinationOut, EdLetterOut
from coordination.api.ed_letter import letter
from coordination.api.serializers import (
    AcceptanceIn,
    AcknowledgementIn,
    ArrivalIn,
    CallOutcomeIn,
    HandoverIn,
    InformationRequestIn,
    PassIn,
    PatientContactIn,
    PlanActIn,
)
from coordination.models import CallTask, Plan
from referrals import clock
from referrals.api.acting import acts, if_match, reads
from referrals.api.answers import ReferralOut
from referrals.api.bodies import read
from referrals.api.documented import IF_MATCH, acting, reading
from referrals.api.errors import AlreadyRecorded
from referrals.api.views import find, shown
from referrals.models.api_key import Scope
from referrals.walls import Actor

VIA = "api"


class Acknowledgement(APIView):
    """A named human has seen it."""

    @acting("Acknowledge", AcknowledgementIn, ReferralOut)
    @acts(Scope.ACKNOWLEDGE)
    def post(self, request: Request, actor: Actor, uuid: UUID) -> Response:
        """Stop ringing the caller's side. To acknowledge is not to accept."""
        referral, by, data = read(AcknowledgementIn, request, actor, uuid)
        try:
            services.acknowledge(referral, by=by, via=VIA, proxy=data["proxy"])
        except services.ProxyRefused as refused:
            raise ValidationError({refused.field: [str(refused)]}, "impossible") from refused
        return shown(referral, actor)


class Acceptance(APIView):
    """A practice takes the patient."""

    @acting("Accept", AcceptanceIn, ReferralOut, IF_MATCH)
    @acts(Scope.RESPOND)
    def post(self, request: Request, actor: Actor, uuid: UUID) -> Response:
        """Accept, with the receiving plan if there is one; needs If-Match unless it is urgent."""
        referral, by, data = read(AcceptanceIn, request, actor, uuid)
        plan = data["plan"]["plan"] if "plan" in data else None
        services.accept(referral, by=by, via=VIA, plan=plan, if_version=if_match(request))
        return shown(referral, actor)


class InformationRequest(APIView):
    """A question to the sender."""

    @acting("Ask the sender for information", InformationRequestIn, ReferralOut, IF_MATCH)
    @acts(Scope.RESPOND)
    def post(self, request: Request, actor: Actor, uuid: UUID) -> Response:
        """Ask; the next move is the sender's, and who asks has seen the referral."""
        referral, by, data = read(InformationRequestIn, request, actor, uuid)
        services.request_information(
            referral, data["wanted"], by=by, via=VIA, if_version=if_match(request)
        )
        return shown(referral, actor)


class Pass(APIView):
    """A practice cannot take an urgent case."""

    @acting("Pass on", PassIn, ReferralOut)
    @acts(Scope.RESPOND)
    def post(self, request: Request, actor: Actor, uuid: UUID) -> Response:
        """Have the next practice asked at once."""
        referral, by, data = read(PassIn, request, actor, uuid)
        services.pass_on(referral, by=by, reason_code=data["reason_code"])
        return shown(referral, actor)


class ThePlan(APIView):
    """The receiving plan."""

    @acting("Record the receiving plan", PlanActIn, ReferralOut, IF_MATCH)
    @acts(Scope.RESPOND)
    def post(self, request: Request, actor: Actor, uuid: UUID) -> Response:
        """Record who receives the patient, where and when; once it is safe it needs If-Match."""
        referral, by, data = read(PlanActIn, request, actor, uuid)
        plan = data["plan"]["plan"]
        services.record_plan(referral, plan, by=by, via=VIA, if_version=if_match(request))
        return shown(referral, actor)


class Handover(APIView):
    """The spoken handover to an emergency department."""

    @acting("Hand over to the ED", HandoverIn, ReferralOut)
    @acts(Scope.RESPOND)
    def post(self, request: Request, actor: Actor, uuid: UUID) -> Response:
        """Record it; the surgeon who was asked need not answer any more."""
        referral, by, data = read(HandoverIn, request, actor, uuid)
        plan = services.ReceivingPlan(
            disposition=Plan.Disposition.EMERGENCY_DEPARTMENT,
            clinician=data["spoke_to"],
            place=data["ed_name"],
            at=clock.now(),
        )
        services.hand_over_to_ed(referral, plan, by=by, via=VIA, call_back=data["call_back"])
        return shown(referral, actor)


class PatientContact(APIView):
    """What came of calling the patient."""

    @acting("Record the call to the patient", PatientContactIn, ReferralOut)
    @acts(Scope.RESPOND)
    def post(self, request: Request, actor: Actor, uuid: UUID) -> Response:
        """Record it; a patient who was not reached keeps the task ringing."""
        referral, by, data = read(PatientContactIn, request, actor, uuid)
        outcome = {
            name: data[name] for name in ("reached", "understood", "transport", "destination")
        }
        services.record_patient_contact(referral, outcome, by=by, via=VIA, said=data["said"])
        return shown(referral, actor)


class ThePatientsArrival(APIView):
    """Whether the patient is there."""

    @acting("Record whether the patient arrived", ArrivalIn, ReferralOut)
    @acts(Scope.RESPOND)
    def post(self, request: Request, actor: Actor, uuid: UUID) -> Response:
        """Record it; a patient who is not there rings the physician at once."""
        referral, by, data = read(ArrivalIn, request, actor, uuid)
        services.record_arrival(referral, data["arrival"], by=by, via=VIA, said=data["said"])
        return shown(referral, actor)


class CallOutcome(APIView):
    """A call that a person had to make."""

    @acting("Record a call", CallOutcomeIn, ReferralOut)
    @acts(Scope.RESPOND)
    def post(self, request: Request, actor: Actor, uuid: UUID, delivery: UUID) -> Response:
        """Record what came of it; a call that reached nobody rings the next people at once."""
        referral, by, data = read(CallOutcomeIn, request, actor, uuid)
        try:
            services.record_call(referral, delivery, data["result"], by=by)
        except CallTask.DoesNotExist as error:
            raise Http404 from error
        except services.CallAlreadyRecorded as first:
            raise AlreadyRecorded(str(first)) from first
        return shown(referral, actor)


class EdLetter(APIView):
    """The letter to the emergency department."""

    @reading("Read the letter to the emergency department", EdLetterOut)
    @reads(Scope.READ)
    def get(self, request: Request, actor: Actor, uuid: UUID) -> Response:
        """Answer it as SBAR, line by line; what is not known says so."""
        return Response(letter(find(actor, uuid)))


class Coordination(APIView):
    """Where an urgent case stands."""

    @reading("Read who owes what and who was told", CoordinationOut)
    @reads(Scope.READ)
    def get(self, request: Request, actor: Actor, uuid: UUID) -> Response:
        """Answer the alert, its obligations, deliveries, calls, asks, plans, and the next rung."""
        return Response(cards.coordination(find(actor, uuid), actor))
