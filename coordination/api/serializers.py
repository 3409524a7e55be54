"""The shapes of what people answer. They check shape; services decide."""

from datetime import timedelta
from typing import Any

from rest_framework import serializers

from coordination.models import CallTask, OnCallShift, Plan
from coordination.services import (
    BY_THEIR_WILL,
    Arrival,
    CallResult,
    Proxy,
    ReceivingPlan,
    Said,
)
from coordination.services.on_call import LONGEST_REASON
from referrals.api.fields import Choice, Identifier, Instant, Strict, Text, YesNo
from referrals.api.serializers import NamedIn, practitioner_of
from referrals.models import Practitioner
from referrals.reasons import CAPACITY, PASS_REASONS

ARRIVALS = {
    Arrival.ARRIVED.value: "arrived",
    Arrival.IN_HOSPITAL.value: "is in an emergency department or hospital already",
    Arrival.ELSEWHERE.value: "went elsewhere",
    Arrival.REFUSED.value: "refused to go",
    Arrival.LEFT.value: "left before being seen",
    Arrival.NOT_FOUND.value: "cannot be reached: a welfare check is needed",
}
_LEAST_DIGITS = 7
_FURTHEST = timedelta(days=365)
_FURTHEST_URGENT = timedelta(days=2)


class PlanIn(Strict):
    """Who receives the patient, where and when."""

    disposition = Choice(choices=Plan.Disposition.choices)
    clinician = Text(max_length=120, help_text="Who receives the patient.")
    place = Text(max_length=120)
    at = Instant(help_text="With its zone, such as 2026-11-23T15:30:00-06:00.")

    def validate_at(self, value: Any) -> Any:
        """Refuse a plan for long ago or far ahead."""
        furthest = _FURTHEST_URGENT if self.context["referral"].is_urgent else _FURTHEST
        if not -timedelta(days=1) <= value - self.context["now"] <= furthest:
            raise serializers.ValidationError(
                "A plan lies ahead: within two days if it is urgent, else within a year.",
                code="impossible",
            )
        return value

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Turn the fields into a plan."""
        return {"plan": ReceivingPlan(**attrs)}


class AcknowledgementIn(NamedIn):
    """I have seen this; or I answer for a clinician who cannot do it now."""

    on_behalf_of = Identifier(
        required=False,
        help_text="The id of the clinician of your practice for whom you acknowledge.",
    )
    until = Instant(
        required=False,
        help_text="Until when they cannot answer: then your side is rung again. By default, and "
        "at most, as long as the urgency permits.",
    )

    def validate_on_behalf_of(self, value: Any) -> Practitioner:
        """Find the clinician in the caller's practice."""
        person = practitioner_of(self.context["actor"].practice_id, value)
        if not person.is_clinician:
            raise serializers.ValidationError("Name a clinician.", code="not_a_clinician")
        return person

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Put together for whom and until when."""
        clinician, until = attrs.get("on_behalf_of"), attrs.get("until")
        if clinician is None and until is not None:
            raise serializers.ValidationError(
                {"on_behalf_of": ["Say for whom you acknowledge, or leave the time out."]},
                code="required",
            )
        if clinician is not None and clinician == attrs["by"]:
            raise serializers.ValidationError(
                {"on_behalf_of": ["This is you: acknowledge in your own name."]}, code="invalid"
            )
        return attrs | {"proxy": Proxy(clinician, until) if clinician else None}


class AcceptanceIn(NamedIn):
    """I take the patient; best with the receiving plan at once."""

    plan = PlanIn(required=False)


class PassIn(NamedIn):
    """I cannot; ask the next."""

    reason_code = Choice(choices=list(PASS_REASONS.items()))


class PlanActIn(NamedIn):
    """The receiving plan."""

    plan = PlanIn()


class InformationRequestIn(NamedIn):
    """What the sender should tell before anything else can be decided."""

    wanted = Text(max_length=2000, help_text="What is missing, such as an imaging report.")


class HandoverIn(NamedIn):
    """A spoken handover to an emergency department."""

    ed_name = Text(max_length=120)
    spoke_to = Text(max_length=120, help_text="The nurse or physician by name and role.")
    call_back = Text(max_length=20, help_text="A telephone number.")

    def validate_spoke_to(self, value: str) -> str:
        """Refuse a role alone: a named human took the patient over."""
        if len(value.split()) < 2:
            raise serializers.ValidationError(
                "Write name and role, such as RN Kim Alvarez.", code="invalid"
            )
        return value

    def validate_call_back(self, value: str) -> str:
        """Refuse what cannot be dialled."""
        if sum(letter.isdigit() for letter in value) < _LEAST_DIGITS:
            raise serializers.ValidationError(
                "Write a telephone number, such as +1 312 555 0100.", code="invalid"
            )
        return value


class PatientContactIn(NamedIn):
    """What came of calling the patient."""

    reached = YesNo()
    understood = YesNo(help_text="Said back in their own words.")
    transport = Choice(choices=["ambulance", "driven", "alone", "none", "unknown"])
    destination = Choice(
        choices=["emergency_department", "clinic", "hospital_already", "refused", "unknown"],
        help_text="A patient who was not reached goes somewhere unknown, by unknown means.",
    )

    capacity = Choice(
        choices=list(CAPACITY.items()),
        required=False,
        help_text="Of a patient who refuses: whether they can decide this.",
    )
    comment = Text(max_length=1000, required=False, help_text="What else people should know.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Put together what is kept in words."""
        return attrs | {"said": _said(attrs)}


class ArrivalIn(NamedIn):
    """Whether the patient arrived where they were sent."""

    outcome = Choice(choices=list(ARRIVALS.items()))
    capacity = Choice(
        choices=list(CAPACITY.items()),
        required=False,
        help_text="Needed of a patient who refused or left: whether they can decide this.",
    )
    comment = Text(max_length=1000, required=False, help_text="What else people should know.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Want a word on capacity where the patient goes nowhere by their own will."""
        arrival = Arrival(attrs["outcome"])
        if arrival in BY_THEIR_WILL and "capacity" not in attrs:
            raise serializers.ValidationError(
                {"capacity": ["Say whether the patient can decide this, or NOT_ASSESSED."]},
                code="required",
            )
        return {"by": attrs["by"], "arrival": arrival, "said": _said(attrs)}


def _said(attrs: dict[str, Any]) -> Said:
    return Said(attrs.get("capacity", ""), attrs.get("comment", ""))


class CallOutcomeIn(NamedIn):
    """What came of calling an answering service or a hospital operator."""

    outcome = Choice(choices=CallTask.Outcome.choices)
    spoke_to = Text(
        max_length=120,
        required=False,
        help_text="Whom you spoke to. Needed if you spoke to the clinician or the operator.",
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Want a name where somebody was on the line, and make a result of both."""
        outcome, spoke_to = attrs["outcome"], attrs.get("spoke_to", "")
        if outcome in CallTask.ANSWERED and not spoke_to:
            raise serializers.ValidationError(
                {"spoke_to": ["Say whom you spoke to."]}, code="required"
            )
        return {"by": attrs["by"], "result": CallResult(outcome, spoke_to)}


class OverrideIn(NamedIn):
    """One person on call for a time, instead of whoever is."""

    practitioner = Identifier(help_text="Who: the id of a clinician of your practice.")
    level = Choice(choices=OnCallShift.Level.choices)
    starts_at = Instant(help_text="From then, or from now if that is later.")
    ends_at = Instant(help_text="To just before then; at most 31 days.")
    reason = Text(
        max_length=LONGEST_REASON, help_text="Why, in a few words; never anything of a patient."
    )

    def validate_practitioner(self, value: Any) -> Practitioner:
        """Find the person in the caller's practice."""
        return practitioner_of(self.context["actor"].practice_id, value)
