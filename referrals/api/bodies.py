"""How the body of an act is read, and the shapes that many acts share."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from rest_framework import serializers
from rest_framework.request import Request

from referrals import clock
from referrals.api.acting import named
from referrals.api.fields import Choice, Text
from referrals.api.serializers import ByIn, NamedIn
from referrals.api.views import find
from referrals.reasons import (
    CANCEL_REASONS,
    CLOSE_REASONS,
    DECLINE_REASONS,
    ERROR_REASONS,
    FAILURE_REASONS,
    NEEDS_COMMENT,
    REDIRECT_REASONS,
    VISIT_CANCEL_REASONS,
)
from referrals.services import Reason
from referrals.walls import Actor


def read(
    shape_of: type[ByIn], request: Request, actor: Actor, uuid: UUID
) -> tuple[int, Actor, dict[str, Any]]:
    """Return the referral's number, the actor as the named person, and the checked body.

    :raises Referral.DoesNotExist: if the actor may not see the referral.
    """
    referral = find(actor, uuid)
    context = {"actor": actor, "now": clock.now(), "referral": referral}
    shape = shape_of(data=request.data, context=context)
    shape.is_valid(raise_exception=True)
    data = shape.validated_data
    return referral.pk, named(actor, data.get("by")), data


class ReasonIn(ByIn):
    """Why; some codes need words with them."""

    reasons: Mapping[str, str] = {}
    is_required = True

    comment = Text(
        max_length=1000,
        required=False,
        allow_blank=True,
        help_text=f"Needed with {', '.join(sorted(NEEDS_COMMENT))}.",
    )

    def get_fields(self) -> dict[str, Any]:
        """Add the codes of this act."""
        codes = Choice(choices=list(self.reasons.items()), required=self.is_required)
        return super().get_fields() | {"reason_code": codes}

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Require words where the code says too little."""
        if attrs.get("reason_code") in NEEDS_COMMENT and not attrs.get("comment"):
            raise serializers.ValidationError(
                {"comment": ["Say it in words: this code alone says too little."]}, code="required"
            )
        return attrs


class DeclineIn(ReasonIn):
    """Why an elective referral is not taken."""

    reasons = DECLINE_REASONS


class CancellationIn(ReasonIn):
    """Why the sender calls it off."""

    reasons = CANCEL_REASONS


class VisitCancellationIn(ReasonIn):
    """Why the visit does not take place."""

    reasons = VISIT_CANCEL_REASONS


class RedirectIn(ReasonIn):
    """Why the patient goes to another practice."""

    reasons = REDIRECT_REASONS


class FailureIn(ReasonIn):
    """Why the receiver cannot go on."""

    reasons = FAILURE_REASONS


class ErrorIn(ReasonIn):
    """Why it should not have been written."""

    reasons = ERROR_REASONS


class ClosureIn(ReasonIn, NamedIn):
    """Who has read the report. Without a report, why it is closed, as a code and in words."""

    reasons = CLOSE_REASONS
    is_required = False


def reason_in(data: dict[str, Any]) -> Reason:
    """Return the checked reason for the service."""
    return Reason(data.get("reason_code", ""), data.get("comment", ""))
