"""What the answers hold, for the OpenAPI document. A test holds the cards to these shapes."""

from typing import Any

from rest_framework import serializers as of

from referrals.api.change_answers import LinkOut, LoweringOut
from referrals.api.course_answers import (
    CommentOut,
    ConsultNoteOut,
    InformationRequestOut,
    VisitOut,
)
from referrals.api.shapes import Out, PracticeOut
from referrals.clinical import Tier
from referrals.workflow import Status

TIERS = "One of " + ", ".join(tier.name for tier in Tier) + "."


class SourceOut(Out):
    """A published source of a rule."""

    id = of.CharField()
    title = of.CharField()
    url = of.CharField(allow_null=True)
    seen = of.BooleanField(help_text="False where it was written from memory.")


class FiredOut(Out):
    """A rule of SAME_DAY or above that fired."""

    rule = of.CharField()
    title = of.CharField()
    tier = of.CharField(help_text=TIERS)
    within = of.CharField(allow_null=True, help_text="now or 24h, of SAME_DAY only.")
    reason = of.CharField()
    action = of.CharField()
    never = of.ListField(child=of.CharField())
    sources = SourceOut(many=True)


class RedFlagOut(FiredOut):
    """A red flag of the patient and whether a clinician has resolved it."""

    state = of.CharField(help_text="open or resolved.")
    resolution = of.CharField(allow_null=True)
    resolved_at = of.DateTimeField(allow_null=True)
    basis = of.CharField(allow_null=True)
    basis_on = of.DateField(allow_null=True, help_text="The day it was done or seen.")


class QuestionOut(Out):
    """What is asked of the sender, and by when."""

    field = of.CharField(help_text="A JSON pointer into the body of a referral.")
    text = of.CharField()
    why = of.CharField()
    due_at = of.DateTimeField()


class HoldOut(Out):
    """What must not be done yet."""

    id = of.CharField()
    acts = of.ListField(child=of.CharField())
    enforced = of.BooleanField()
    rule = of.CharField()
    release_by = of.CharField()
    release_on = of.CharField()
    rules = of.ListField(child=of.CharField())
    procedures = of.ListField(child=of.CharField())
    exempt = of.ListField(child=of.CharField())


class DeadlinesOut(Out):
    """By when people must have answered."""

    acknowledge_by = of.DateTimeField()
    plan_by = of.DateTimeField()


class PatientOut(Out):
    """The patient."""

    id = of.UUIDField()
    family_name = of.CharField(allow_null=True)
    given_name = of.CharField(allow_null=True)
    birth_date = of.DateField(allow_null=True)
    sex = of.CharField()
    mrn = of.CharField(allow_null=True)
    phone = of.CharField(allow_null=True)
    payer = of.CharField(allow_null=True)
    demo = of.BooleanField()


class RuleSetOut(Out):
    """Which rules judged."""

    version = of.CharField()
    status = of.CharField()
    notice = of.CharField()


class LinksOut(Out):
    """Where the rest is."""

    self = of.CharField()
    timeline = of.CharField()
    assessments = of.CharField()
    access = of.CharField()
    coordination = of.CharField()


class SummaryOut(Out):
    """A referral in a list."""

    id = of.UUIDField()
    reference = of.CharField(help_text="For people, such as R-7K2QM.")
    status = of.CharField(help_text=", ".join(status.value for status in Status))
    tier = of.CharField(help_text=TIERS)
    possible_tier = of.CharField(help_text=TIERS)
    within = of.CharField(allow_null=True, help_text="now or 24h, of SAME_DAY only.")
    to = PracticeOut(allow_null=True)
    sought_specialty = of.CharField(help_text="pain or spine.")
    reason_code = of.CharField(allow_null=True)
    sent_at = of.DateTimeField()
    owner_side = of.CharField(help_text="Whose move it is: sender, receiver or coordinator.")
    resumes_as = of.CharField(
        allow_null=True, help_text="What it was before it waited; null if it does not wait."
    )
    next_action = of.CharField(allow_null=True)
    due_at = of.DateTimeField(allow_null=True)
    pain_acknowledged_at = of.DateTimeField(allow_null=True)
    spine_acknowledged_at = of.DateTimeField(allow_null=True)
    plan_recorded_at = of.DateTimeField(allow_null=True)
    handed_over_at = of.DateTimeField(allow_null=True)
    safe_at = of.DateTimeField(allow_null=True)
    version = of.IntegerField()
    actions = of.ListField(child=of.CharField())
    links = LinksOut()

    def get_fields(self) -> dict[str, Any]:
        """Add ``from``, a word that no attribute can have."""
        return super().get_fields() | {"from": PracticeOut()}


class EmergencyDepartmentOut(Out):
    """Where the sender's practice sends emergencies."""

    name = of.CharField()
    phone = of.CharField()
    mri_around_the_clock = of.BooleanField()
    reviewed_at = of.DateField(help_text="When somebody last checked this entry.")


class TaskOut(Out):
    """How the status looks in FHIR, and its code in HL7 BSeR 2.0 and IHE 360X."""

    status = of.CharField(help_text="Task.status.")
    business_status = of.CharField(allow_null=True, help_text="Task.businessStatus.")
    service_request_status = of.CharField(help_text="ServiceRequest.status.")
    code = of.CharField(allow_null=True, help_text="Null where they have none.")


class ReferralOut(SummaryOut):
    """A referral with everything the caller may see."""

    emergency_instruction = of.CharField(allow_null=True)
    emergency_department = EmergencyDepartmentOut(
        allow_null=True, help_text="Shown for SAME_DAY and EMERGENCY, if the practice has an entry."
    )
    task = TaskOut()
    red_flags = RedFlagOut(many=True)
    reasons = of.ListField(child=of.CharField())
    questions = QuestionOut(many=True)
    holds = HoldOut(many=True)
    route = of.CharField()
    deadlines = DeadlinesOut()
    patient = PatientOut()
    clinical_question = of.CharField(allow_null=True)
    notes = of.ListField(child=of.CharField())
    information_requests = InformationRequestOut(many=True)
    visits = VisitOut(many=True)
    consult_notes = ConsultNoteOut(many=True)
    comments = CommentOut(many=True)
    redirected_from = LinkOut(allow_null=True, help_text="The referral this one carries on from.")
    redirected_to = LinkOut(allow_null=True, help_text="The referral that carries on from it.")
    based_on = LinkOut(allow_null=True, help_text="The referral this one answers.")
    replies = LinkOut(many=True, help_text="Referrals in the other direction that answer this one.")
    possible_duplicates = LinkOut(
        many=True,
        help_text="Other live ones of this patient to the same specialty when the later was sent.",
    )
    lowering_proposed = LoweringOut(
        allow_null=True, help_text="Waits for a second person; nothing is lowered yet."
    )
    notices = of.ListField(child=of.CharField())
    ruleset = RuleSetOut()


class ReferralsOut(Out):
    """One page."""

    referrals = SummaryOut(many=True)
    next = of.CharField(allow_null=True, help_text="The address of the next page.")


class WorklistLinksOut(Out):
    """Where its referrals are."""

    self = of.CharField()


class WorklistOut(Out):
    """One list and how much stands on it."""

    name = of.CharField()
    title = of.CharField(help_text="As the desk names it.")
    count = of.IntegerField()
    waits_for_others = of.BooleanField(help_text="The practice only keeps an eye on it.")
    links = WorklistLinksOut()


class WorklistsOut(Out):
    """Every list of the practice."""

    worklists = WorklistOut(many=True)


class EventOut(Out):
    """One line of the timeline."""

    id = of.IntegerField()
    at = of.DateTimeField()
    kind = of.CharField()
    by = of.CharField(help_text="The person who answers for it, or the system if none was named.")
    entered_by = of.CharField(
        allow_null=True, help_text="The key that acted on that person's behalf; null if none did."
    )
    by_practice = of.CharField(allow_null=True)
    request_id = of.CharField(allow_null=True)
    data = of.DictField(  # type: ignore[assignment]
        help_text="Ids, codes and counts; never patient facts. 'changed' holds what an act changed "
        "of the referral: field to [before, after]."
    )


class TimelineOut(Out):
    """The timeline."""

    events = EventOut(many=True)


class AccessOut(Out):
    """One line of the access log."""

    id = of.IntegerField()
    at = of.DateTimeField()
    by = of.CharField(help_text="The key, the account, or the owner of the link.")
    kind = of.CharField(help_text="practice (a key), practitioner (at the desk) or link.")
    method = of.CharField()
    route = of.CharField(help_text="The pattern of the address that was asked.")
    request_id = of.CharField(allow_null=True)


class AccessesOut(Out):
    """One page of the access log."""

    accesses = AccessOut(many=True)
    next = of.CharField(allow_null=True, help_text="The address of the next page.")


class OpenQuestionOut(Out):
    """What the rules would have to know."""

    field = of.CharField()
    text = of.CharField()
    why = of.CharField()
    within_minutes = of.IntegerField()


class SilencedOut(Out):
    """A rule that findings explained away."""

    rule = of.CharField()
    title = of.CharField()
    tier = of.CharField(help_text=TIERS)
    by = of.ListField(child=of.CharField())


class AssessmentOut(Out):
    """One run of the rules."""

    assessed_at = of.DateTimeField()
    given_by = of.CharField()
    ruleset_version = of.CharField()
    ruleset_status = of.CharField()
    findings = of.DictField(help_text="As given.")
    codes = of.ListField(child=of.DictField())
    tier = of.CharField(help_text=TIERS)
    possible_tier = of.CharField(help_text=TIERS)
    within = of.CharField(allow_null=True, help_text="now or 24h, of SAME_DAY only.")
    route = of.CharField()
    red_flags = FiredOut(many=True)
    reasons = of.ListField(child=of.CharField())
    questions = OpenQuestionOut(many=True)
    holds = HoldOut(many=True)
    silenced = SilencedOut(many=True)
    set_aside = of.ListField(
        child=of.CharField(),
        help_text="Rules that fired and do not count since two people lowered the urgency.",
    )
    approval_notice = of.CharField()


class AssessmentsOut(Out):
    """All runs of the rules."""

    assessments = AssessmentOut(many=True)
