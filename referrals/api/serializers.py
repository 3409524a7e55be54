"""The shapes that come in (…In) and go out (…Out). They check shape; services decide."""

from datetime import date, datetime, timedelta
from typing import Any

from django.core.validators import RegexValidator
from rest_framework import serializers

from referrals import clinical
from referrals.api.cards import NOT_READ
from referrals.api.fields import Choice, Day, Identifier, Strict, Text, YesNo
from referrals.models import Practice, Practitioner, RedFlag, Referral
from referrals.models.patient import AdministrativeSex
from referrals.models.practice import Specialty
from referrals.reasons import REFERRAL_REASONS
from referrals.services import Ending, Intake
from referrals.workflow import INVITED

PHONE = RegexValidator(
    r"^\+[1-9][0-9]{6,14}\Z", "Write it with country code and digits only, such as +18475550123."
)

REFERRAL_REASON = list(REFERRAL_REASONS.items())
_ONE_DAY = timedelta(days=1)
_LONGEST_AGO = timedelta(days=366)


class PatientFactsIn(Strict):
    """What is known of the patient. Nothing is required."""

    family_name = Text(max_length=80, required=False, allow_blank=True)
    given_name = Text(max_length=80, required=False, allow_blank=True)
    birth_date = Day(required=False)
    sex = Choice(choices=AdministrativeSex.choices, required=False)
    phone = Text(max_length=20, required=False, allow_blank=True, validators=[PHONE])
    payer = Text(max_length=80, required=False, allow_blank=True)

    def validate_birth_date(self, value: Any) -> Any:
        """Refuse a birth that lies ahead or too far back."""
        today = self.context["now"].date()
        if not today.replace(year=today.year - 125, day=1) <= value <= today:
            raise serializers.ValidationError(
                "A birth date lies in the past and at most 125 years back.", code="impossible"
            )
        return value


class PatientIn(PatientFactsIn):
    """The patient. Nothing is required: what is missing becomes a question."""

    mrn = Text(max_length=40, required=False, allow_blank=True)
    demo = YesNo(required=False, source="is_demo", help_text="This person does not exist.")


class ToIn(Strict):
    """Where to: one practice, or the specialty alone for routing by Tandem."""

    practice = Identifier(required=False)
    specialty = Choice(choices=[Specialty.PAIN.value, Specialty.SPINE.value], required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Require exactly one of the two."""
        if len(attrs) != 1:
            raise serializers.ValidationError("Name either 'practice' or 'specialty'.")
        return attrs


class ByIn(Strict):
    """Who of the caller's practice does it."""

    by = Identifier(
        required=False, help_text="The id of a person of your practice, see GET /api/v1/me."
    )

    def validate_by(self, value: Any) -> Practitioner:
        """Find the person in the caller's practice."""
        return practitioner_of(self.context["actor"].practice_id, value)


class NamedIn(ByIn):
    """An answer that counts only from a named human: ``by`` is required."""

    def get_fields(self) -> dict[str, Any]:
        """Require ``by``."""
        fields = super().get_fields()
        fields["by"].required = True
        return fields


class FindingsIn(ByIn):
    """Structured findings and codes; see GET /api/v1/reference/findings for the fields.

    Only the word of a clinician named in ``by`` can explain a red flag away.
    """

    findings = serializers.DictField(
        required=False,
        help_text='Field to value; a measured value is {"value": 38.4, "unit": "Cel"}.',
    )
    codes = serializers.ListField(
        child=serializers.DictField(),
        required=False,
        max_length=200,
        help_text='ICD-10-CM: {"code": "M48.062", "as": "reason" | "history"}.',
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Read findings and codes into one submission of the clinical engine."""
        stated = _is_clinician(attrs.get("by"))
        clinical.read_submission(
            attrs.get("findings", {}), attrs.get("codes", []), units_required=True
        )
        return attrs | {"stated_by_clinician": stated}


class NewFindingsIn(FindingsIn):
    """New observations; an answer without any would look as if they had been assessed."""

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Require a finding or a code."""
        if not attrs.get("findings") and not attrs.get("codes"):
            raise serializers.ValidationError(
                {"findings": ["Send at least one finding or code."]}, code="required"
            )
        return super().validate(attrs)


class ReferralIn(FindingsIn):
    """A new referral. Only ``to`` is required; nothing else may hold up a red flag."""

    to = ToIn()
    patient = PatientIn(required=False)
    reason_code = Choice(choices=REFERRAL_REASON, required=False)
    clinical_question = Text(max_length=300, required=False, allow_blank=True)
    notes = serializers.ListField(
        child=Text(max_length=16_384), required=False, max_length=20, help_text=NOT_READ
    )
    call_back = Text(max_length=20, required=False, allow_blank=True, validators=[PHONE])
    based_on = Identifier(
        required=False,
        help_text="The id of the referral to your practice that this one answers.",
    )

    def validate_based_on(self, value: Any) -> Referral:
        """Find the referral among those that came to the caller's practice."""
        actor = self.context["actor"]
        found = Referral.objects.visible_to(actor).filter(uuid=value).first()
        if found is None or found.side_of(actor) not in INVITED:
            raise serializers.ValidationError(
                "No referral with this id came to your practice. Leave it out if there is none.",
                code="not_visible",
            )
        return found

    def validate_to(self, value: dict[str, Any]) -> dict[str, Any]:
        """Find the practice, and let nobody refer to themselves or to their own specialty."""
        own = Practice.objects.get(pk=self.context["actor"].practice_id)
        if "specialty" in value:
            return _other_specialty(own, value["specialty"]) | {"receiver": None}
        receiver = Practice.objects.beside(own.pk).filter(uuid=value["practice"]).first()
        if receiver is None or receiver.specialty == Specialty.COORDINATION:
            raise serializers.ValidationError(
                {"practice": ["No practice has this id. See GET /api/v1/practices."]}
            )
        return _other_specialty(own, receiver.specialty) | {"receiver": receiver}

    def intake(self) -> Intake:
        """Return the checked referral for the service."""
        data = self.validated_data
        return Intake(
            sought_specialty=data["to"]["specialty"],
            receiver=data["to"]["receiver"],
            based_on=data.get("based_on"),
            reason_code=data.get("reason_code", ""),
            findings=clinical.read_submission(
                data.get("findings", {}),
                data.get("codes", []),
                units_required=True,
                stated_by_clinician=data["stated_by_clinician"],
            ),
            responsible=data.get("by"),
            call_back=data.get("call_back", ""),
            clinical_question=data.get("clinical_question", ""),
            notes=tuple(data.get("notes", ())),
            patient=data.get("patient", {}),
        )


class ClinicianIn(NamedIn):
    """What counts only from a clinician named in ``by``."""

    def validate_by(self, value: Any) -> Practitioner:
        """Find the person, who must be a clinician."""
        person = practitioner_of(self.context["actor"].practice_id, value)
        if not person.is_clinician:
            raise serializers.ValidationError(
                "Only a clinician may say this.", code="not_a_clinician"
            )
        return person


class ResolutionIn(ClinicianIn):
    """How a red flag ended, by the word of a clinician. It neither closes the alert nor lowers
    the tier.
    """

    resolution = Choice(choices=RedFlag.Resolution.choices)
    basis = Text(max_length=300, help_text="The treatment, imaging or examination.")
    on = Day(source="basis_on", help_text="The day of that treatment, imaging or examination.")

    def validate_on(self, value: date) -> date:
        """Refuse a day that lies ahead, or long ago."""
        return of_late(value, self.context["now"])

    def ending(self) -> Ending:
        """Return how it ended for the service."""
        data = self.validated_data
        return Ending(data["resolution"], data["basis"], data["basis_on"])


def of_late(day: date, now: datetime) -> date:
    """Return a day of the last year that has come.

    :raises ValidationError: if it lies ahead, or further back than anybody means.
    """
    # A day has begun somewhere before it begins in UTC.
    if day > now.date() + _ONE_DAY:
        raise serializers.ValidationError("This day lies ahead.", code="impossible")
    if day < now.date() - _LONGEST_AGO:
        raise serializers.ValidationError(
            "This day lies more than a year back. Check the year.", code="impossible"
        )
    return day


def practitioner_of(practice_id: int, uuid: Any) -> Practitioner:
    """Return the active person with this id of this practice.

    :raises ValidationError: if the practice has no such person.
    """
    person = Practitioner.objects.filter(practice_id=practice_id, uuid=uuid, is_active=True).first()
    if person is None:
        raise serializers.ValidationError(
            "Your practice has nobody with this id. See GET /api/v1/me."
        )
    return person


def _is_clinician(person: Practitioner | None) -> bool:
    return person is not None and person.is_clinician


def _other_specialty(own: Practice, wanted: str) -> dict[str, Any]:
    if own.specialty in (Specialty.COORDINATION, wanted):
        raise serializers.ValidationError(
            "A referral goes from pain management to spine surgery or back."
        )
    return {"specialty": wanted}
