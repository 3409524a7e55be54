"""The address of one referral, which is read and amended, and of the versions before."""

from typing import Any
from uuid import UUID

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from referrals import clock, services
from referrals.api import changes
from referrals.api.acting import acts, if_match, named, reads
from referrals.api.answers import ReferralOut
from referrals.api.change_answers import VersionsOut
from referrals.api.documented import IF_MATCH, acting, reading
from referrals.api.fields import Choice, Identifier, Text
from referrals.api.serializers import PHONE, REFERRAL_REASON, ByIn, PatientFactsIn, practitioner_of
from referrals.api.views import find, shown
from referrals.models import Practitioner
from referrals.models.api_key import Scope
from referrals.walls import Actor


class AmendmentIn(ByIn):
    """What is different now; what is left out stays. Findings are added, never amended."""

    call_back = Text(max_length=20, required=False, allow_blank=True, validators=[PHONE])
    clinical_question = Text(max_length=300, required=False, allow_blank=True)
    reason_code = Choice(choices=REFERRAL_REASON, required=False)
    responsible = Identifier(
        required=False, help_text="The id of the clinician who refers, see GET /api/v1/me."
    )
    patient = PatientFactsIn(required=False)

    def validate_responsible(self, value: Any) -> Practitioner:
        """Find the person in the caller's practice."""
        return practitioner_of(self.context["actor"].practice_id, value)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Require something to amend."""
        if not set(attrs) - {"by"}:
            raise serializers.ValidationError(
                "Change at least one field. What was newly observed is added as findings.",
                code="required",
            )
        return attrs


class OneReferral(APIView):
    """One referral."""

    @reading("Read a referral", ReferralOut)
    @reads(Scope.READ)
    def get(self, request: Request, actor: Actor, uuid: UUID) -> Response:
        """Answer the whole card with its ETag."""
        return shown(find(actor, uuid).pk, actor)

    @acting("Amend a referral", AmendmentIn, ReferralOut, IF_MATCH)
    @acts(Scope.WRITE)
    def patch(self, request: Request, actor: Actor, uuid: UUID) -> Response:
        """Correct what was sent, by the sender; what stood there before is kept in /versions."""
        referral = find(actor, uuid)
        shape = AmendmentIn(data=request.data, context={"actor": actor, "now": clock.now()})
        shape.is_valid(raise_exception=True)
        fields = dict(shape.validated_data)
        by, patient = named(actor, fields.pop("by", None)), fields.pop("patient", {})
        services.amend(referral.pk, fields, patient, by=by, if_version=if_match(request))
        return shown(referral.pk, actor)


class Versions(APIView):
    """What a referral said before it was amended."""

    @reading("Read the versions before", VersionsOut)
    @reads(Scope.READ)
    def get(self, request: Request, actor: Actor, uuid: UUID) -> Response:
        """Answer each version that was amended with its old values, the latest first."""
        amended = find(actor, uuid).amendments.order_by("-version")
        return Response({"versions": [changes.version(one) for one in amended]})
