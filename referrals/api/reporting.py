"""The addresses of information for the receiver, and of what the receiver writes back."""

from datetime import date
from typing import Any
from uuid import UUID

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from referrals import services
from referrals.api.acting import acts, if_match
from referrals.api.answers import ReferralOut
from referrals.api.bodies import read
from referrals.api.documented import IF_MATCH, acting
from referrals.api.fields import Choice, Day, Text, YesNo
from referrals.api.serializers import REFERRAL_REASON, ClinicianIn, NamedIn, of_late
from referrals.api.views import shown
from referrals.models.api_key import Scope
from referrals.models.consult_note import ITEMS
from referrals.reasons import RECOMMENDATIONS
from referrals.walls import Actor

_LONGEST_ITEM = 4000
# What every report says, and what it says of a patient who was seen.
_ALWAYS = ("answer_to_question", "recommendation_code", "next_steps", "red_flag_advice_given")
_IF_SEEN = (
    "seen_on", "imaging_reviewed", "diagnosis", "examination_change", "options_discussed",
    "follow_up",
)  # fmt: skip


class InformationIn(NamedIn):
    """The answer to what the receiver asked. Findings go to /findings, where the rules see them."""

    answer = Text(max_length=4000)


class ConsultIn(NamedIn):
    """What was found. Nothing is required before the report."""

    seen_on = Day(required=False, help_text="The day the patient was seen.")
    seen_by = Text(max_length=160, required=False, help_text="Who saw them, if it was not 'by'.")
    imaging_reviewed = YesNo(required=False, help_text="The author has looked at the pictures.")
    recommendation_code = Choice(choices=list(RECOMMENDATIONS.items()), required=False)
    refer_back_reason_code = Choice(choices=REFERRAL_REASON, required=False)
    red_flag_advice_given = YesNo(
        required=False, help_text="The patient knows when to come back at once."
    )

    def get_fields(self) -> dict[str, Any]:
        """Add the items that are told in words."""
        words = {
            name: Text(max_length=_LONGEST_ITEM, required=False, help_text=says)
            for name, says in ITEMS.items()
        }
        return super().get_fields() | words

    def validate_seen_on(self, value: date) -> date:
        """Refuse a day that lies ahead, or long ago."""
        return of_late(value, self.context["now"])


class ReportIn(ClinicianIn, ConsultIn):
    """The report, with all that the sender needs to go on."""

    advice_only = YesNo(required=False, help_text="The patient was not seen; this is advice.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Require what a report has to say."""
        needed = _ALWAYS if attrs.get("advice_only") else (*_ALWAYS, *_IF_SEEN)
        missing = {
            name: ["A report has to say this."] for name in needed if attrs.get(name) in (None, "")
        }
        if missing:
            raise serializers.ValidationError(missing, code="required")
        return attrs


class Information(APIView):
    """The sender's answer to a question."""

    @acting("Answer for information", InformationIn, ReferralOut, IF_MATCH)
    @acts(Scope.WRITE)
    def post(self, request: Request, actor: Actor, uuid: UUID) -> Response:
        """Answer; the referral goes on as what it was, and the receiver moves."""
        referral, by, data = read(InformationIn, request, actor, uuid)
        services.answer_information(referral, data["answer"], by=by, if_version=if_match(request))
        return shown(referral, actor)


class Visit(APIView):
    """A patient who was seen."""

    @acting("Record a visit", ConsultIn, ReferralOut, IF_MATCH)
    @acts(Scope.RESPOND)
    def post(self, request: Request, actor: Actor, uuid: UUID) -> Response:
        """Record it, with what can be said before the report."""
        referral, by, data = read(ConsultIn, request, actor, uuid)
        services.record_visit(referral, consult_in(data), by=by, if_version=if_match(request))
        return shown(referral, actor)


class Report(APIView):
    """What came of the referral."""

    @acting("Send the report", ReportIn, ReferralOut, IF_MATCH)
    @acts(Scope.RESPOND)
    def post(self, request: Request, actor: Actor, uuid: UUID) -> Response:
        """Send it, by a clinician; the sender reads it and closes."""
        referral, by, data = read(ReportIn, request, actor, uuid)
        services.report(
            referral,
            consult_in(data),
            by=by,
            advice_only=data.get("advice_only", False),
            if_version=if_match(request),
        )
        return shown(referral, actor)


def consult_in(data: dict[str, Any]) -> services.Consult:
    """Return the checked note for the service."""
    words = {name: data[name] for name in ITEMS if name in data}
    facts = {
        name: value
        for name, value in data.items()
        if name not in ITEMS and name not in ("by", "advice_only")
    }
    seen_by = {} if data.get("advice_only") else {"seen_by": str(data["by"])}
    return services.Consult(**(seen_by | facts), items=words)
