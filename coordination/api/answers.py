"""What the answers about coordination hold, for the OpenAPI document."""

from rest_framework import serializers as of

from coordination.escalation import Kind
from coordination.models import CallTask, Delivery, Obligation, OnCallShift, Plan
from referrals.api.answers import TIERS
from referrals.api.shapes import Out


class AlertOut(Out):
    """The urgent case."""

    tier = of.CharField(help_text=TIERS)
    within = of.CharField(allow_null=True)
    route = of.CharField()
    opened_at = of.DateTimeField()
    closed_at = of.DateTimeField(allow_null=True)
    closed_by = of.CharField(allow_null=True)
    close_reason = of.CharField(allow_null=True)
    policy = of.DictField(help_text="The ladders as they were when it opened.")


class AskOut(Out):
    """A practice that was asked, and why."""

    practice = of.CharField()
    reason = of.CharField()
    asked_at = of.DateTimeField()
    answer = of.CharField(allow_null=True)
    answered_at = of.DateTimeField(allow_null=True)


class DeliveryOut(Out):
    """One message to one contact point; never its address."""

    id = of.UUIDField()
    to = of.CharField()
    channel = of.CharField()
    message = of.CharField()
    rung = of.IntegerField()
    round = of.IntegerField()
    state = of.CharField(help_text=", ".join(Delivery.State.values))
    attempts = of.IntegerField()
    created_at = of.DateTimeField()
    sent_at = of.DateTimeField(allow_null=True, help_text="When the far end took it.")
    delivered_at = of.DateTimeField(
        allow_null=True, help_text="When it arrived, by the report of the far end; not when seen."
    )
    error_code = of.CharField(allow_null=True)
    error = of.CharField(allow_null=True, help_text="The code in plain words.")


class ObligationOut(Out):
    """What somebody owes, and what rings next."""

    kind = of.CharField(help_text=", ".join(kind.value for kind in Kind))
    specialty = of.CharField()
    practice = of.CharField(allow_null=True)
    state = of.CharField(help_text=", ".join(Obligation.State.values))
    due_at = of.DateTimeField()
    next_rung = of.IntegerField(allow_null=True)
    next_rung_at = of.DateTimeField(allow_null=True)
    lapses_at = of.DateTimeField(
        allow_null=True,
        help_text="When it is owed anew unless somebody takes the patient: seen is not accepted.",
    )
    answered_at = of.DateTimeField(allow_null=True)
    answered_by = of.CharField(allow_null=True)
    answered_for = of.CharField(
        allow_null=True, help_text="The clinician for whom somebody else has acknowledged."
    )
    answered_via = of.CharField(allow_null=True)
    outcome = of.DictField()
    deliveries = DeliveryOut(many=True)


class TelephoneOut(Out):
    """Somebody to telephone."""

    who = of.CharField()
    number = of.CharField()


class SilenceOut(Out):
    """A ladder that has come to its end: everybody was rung, nobody has answered, it repeats."""

    kind = of.CharField(help_text=", ".join(kind.value for kind in Kind))
    specialty = of.CharField()
    since = of.DateTimeField()
    repeats_every_seconds = of.FloatField()
    next_at = of.DateTimeField()
    advice = of.CharField(help_text="What to do now, for people.")
    telephone = TelephoneOut(many=True)


class CallOut(Out):
    """A call that a person has to make; its number and words are for whoever makes it."""

    delivery = of.UUIDField(help_text="Names the call in /calls/{delivery}/outcome.")
    to = of.CharField()
    practice = of.CharField()
    channel = of.CharField()
    caller = of.CharField(help_text="The practice that has to call.")
    state = of.CharField(help_text="waiting, recorded, withdrawn")
    answer_by = of.DateTimeField()
    number = of.CharField(allow_null=True, help_text="For the caller's practice alone.")
    script = of.ListField(child=of.CharField(), help_text="For the caller's practice alone.")
    opened_at = of.DateTimeField()
    outcome = of.CharField(allow_null=True, help_text=", ".join(CallTask.Outcome.values))
    spoke_to = of.CharField(allow_null=True)
    done_by = of.CharField(allow_null=True)
    done_at = of.DateTimeField(allow_null=True)


class PlanOut(Out):
    """Who receives the patient, where and when."""

    disposition = of.CharField(help_text=", ".join(Plan.Disposition.values))
    clinician = of.CharField()
    place = of.CharField()
    at = of.DateTimeField()
    recorded_by = of.CharField()
    recorded_at = of.DateTimeField()


class CoordinationOut(Out):
    """Where an urgent case stands."""

    reference = of.CharField()
    safe = of.BooleanField()
    safe_at = of.DateTimeField(allow_null=True)
    alert = AlertOut(allow_null=True)
    nobody_answers = SilenceOut(
        many=True, help_text="Empty while a ladder still climbs; for those who take part alone."
    )
    asks = AskOut(many=True)
    obligations = ObligationOut(many=True)
    calls = CallOut(many=True)
    plans = PlanOut(many=True)


class CoveredOut(Out):
    """Whether somebody on call can be reached."""

    covered = of.BooleanField()
    person = of.CharField(allow_null=True, help_text="By name for your own practice alone.")


class PracticeOnCallOut(Out):
    """One practice, at both levels."""

    id = of.UUIDField()
    name = of.CharField()
    primary = CoveredOut(help_text="Whom a ladder rings first.")
    backup = CoveredOut()


class OnCallOut(Out):
    """Who is on call at one instant."""

    at = of.DateTimeField()
    practices = PracticeOnCallOut(many=True)


class OverrideOut(Out):
    """Somebody on call instead of whoever was."""

    practitioner = of.UUIDField(allow_null=True)
    name = of.CharField(allow_null=True)
    level = of.CharField(help_text=", ".join(OnCallShift.Level.values))
    starts_at = of.DateTimeField()
    ends_at = of.DateTimeField(allow_null=True)
    instead_of = of.ListField(child=of.CharField())
    reason = of.CharField()
    entered_by = of.CharField()
    entered_at = of.DateTimeField()


class OverridesOut(Out):
    """The overrides of your practice that are not over."""

    overrides = OverrideOut(many=True)


class LetterLineOut(Out):
    """One fact, or that it is not known."""

    what = of.CharField()
    value = of.CharField()
    known = of.BooleanField(help_text="If not, the value says: not known: ask.")


class LetterSectionOut(Out):
    """Situation, background, assessment or recommendation."""

    heading = of.CharField()
    lines = LetterLineOut(many=True)


class EdLetterOut(Out):
    """The letter to the emergency department (SBAR), from what is known now."""

    reference = of.CharField()
    tier = of.CharField()
    written_at = of.DateTimeField()
    findings_of = of.DateTimeField(help_text="When the findings were entered.")
    sections = LetterSectionOut(many=True)
    notice = of.CharField()
