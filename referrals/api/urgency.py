"""The addresses of urgency by hand, and the shape they take."""

from typing import Any
from uuid import UUID

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from referrals import services
from referrals.api.acting import acts, if_match, named
from referrals.api.answers import ReferralOut
from referrals.api.bodies import read
from referrals.api.documented import IF_MATCH_TO_LOWER, acting
from referrals.api.fields import Choice, Text
from referrals.api.serializers import ByIn, NamedIn, practitioner_of
from referrals.api.views import find, shown
from referrals.clinical import Tier
from referrals.models import Practitioner
from referrals.models.api_key import Scope
from referrals.models.referral import Within
from referrals.reasons import LOWER_REASONS, RAISE_REASONS
from referrals.walls import Actor

_TIERS = [tier.name for tier in Tier if tier is not Tier.NONE]


class UrgencyIn(ByIn):
    """How urgent it is, and why. A reason to raise takes effect at once; a reason to lower is a
    proposal by a clinician, which a second person has to confirm.
    """

    tier = Choice(choices=_TIERS)
    within = Choice(
        choices=Within.values, required=False, help_text="With SAME_DAY only; usually now."
    )
    reason_code = Choice(choices=[*RAISE_REASONS.items(), *LOWER_REASONS.items()])
    comment = Text(
        max_length=300,
        required=False,
        allow_blank=True,
        help_text="Needed to lower: what was seen, and when.",
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Require what goes with the tier, and with a lowering."""
        if "within" in attrs and attrs["tier"] != Tier.SAME_DAY.name:
            raise serializers.ValidationError(
                {"within": ["Leave it out: only SAME_DAY has two kinds."]}, code="invalid"
            )
        if attrs["reason_code"] in LOWER_REASONS:
            _require_what_a_lowering_needs(attrs)
        return attrs

    def urgency(self) -> services.Urgency:
        """Return the checked urgency for the service."""
        data = self.validated_data
        usual = Within.NOW.value if data["tier"] == Tier.SAME_DAY.name else ""
        return services.Urgency(
            Tier[data["tier"]],
            data.get("within", usual),
            data["reason_code"],
            data.get("comment", ""),
        )


class ConfirmationIn(NamedIn):
    """Who confirms it: a second person, a clinician or nurse of either side."""

    def validate_by(self, value: Any) -> Practitioner:
        """Find the person, who must be able to judge it."""
        person = practitioner_of(self.context["actor"].practice_id, value)
        if not person.is_clinical:
            raise serializers.ValidationError(
                "Only a clinician or a nurse may confirm it.", code="not_a_clinician"
            )
        return person


class Urgency(APIView):
    """How urgent a referral is, by the word of a person."""

    @acting("Raise the urgency, or propose to lower it", UrgencyIn, ReferralOut, IF_MATCH_TO_LOWER)
    @acts(Scope.WRITE, Scope.RESPOND)
    def post(self, request: Request, actor: Actor, uuid: UUID) -> Response:
        """Raise it at once, by anybody concerned; or propose to lower it, by a clinician."""
        referral = find(actor, uuid)
        shape = UrgencyIn(data=request.data, context={"actor": actor})
        shape.is_valid(raise_exception=True)
        urgency, by = shape.urgency(), named(actor, shape.validated_data.get("by"))
        if urgency.reason_code in RAISE_REASONS:
            services.raise_urgency(referral.pk, urgency, by=by)
        else:
            services.propose_lowering(referral.pk, urgency, by=by, if_version=if_match(request))
        return shown(referral.pk, actor)


class Confirmation(APIView):
    """The second person's yes to a lowering."""

    @acting("Confirm a lowering", ConfirmationIn, ReferralOut, IF_MATCH_TO_LOWER)
    @acts(Scope.RESPOND)
    def post(self, request: Request, actor: Actor, uuid: UUID) -> Response:
        """Lower the urgency as it was proposed; a clinician or nurse of either side, in 'by'."""
        referral, by, _ = read(ConfirmationIn, request, actor, uuid)
        services.confirm_lowering(referral, by=by, if_version=if_match(request))
        return shown(referral, actor)


class Withdrawal(APIView):
    """A proposal to lower the urgency taken back, or objected to."""

    @acting("Withdraw a lowering", NamedIn, ReferralOut)
    @acts(Scope.RESPOND)
    def post(self, request: Request, actor: Actor, uuid: UUID) -> Response:
        """Withdraw the proposal that waits; nothing was lowered."""
        referral, by, _ = read(NamedIn, request, actor, uuid)
        services.withdraw_lowering(referral, by=by)
        return shown(referral, actor)


def _require_what_a_lowering_needs(attrs: dict[str, Any]) -> None:
    person = attrs.get("by")
    if person is None:
        raise serializers.ValidationError(
            {"by": ["Name the clinician who proposes to lower the urgency."]}, code="required"
        )
    if not person.is_clinician:
        raise serializers.ValidationError(
            {"by": ["Only a clinician may propose to lower the urgency."]}, code="not_a_clinician"
        )
    if not attrs.get("comment"):
        raise serializers.ValidationError(
            {"comment": ["Say what was seen, and when."]}, code="required"
        )
