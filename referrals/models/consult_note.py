"""ConsultNote: what the receiver writes back, on the way and at the end. Append-only."""

from collections.abc import Mapping

from django.db import models
from django.db.models import Q

from referrals.models.append_only import append_only
from referrals.models.practice import Practice
from referrals.models.referral import Referral

# The items in words, each with what it has to say.
ITEMS: Mapping[str, str] = {
    "answer_to_question": "The answer to the sender's question.",
    "diagnosis": "The diagnosis, and whether imaging, examination and pain agree.",
    "examination_change": "What the examination shows against the one in the referral.",
    "options_discussed": "The options that were discussed, the non-surgical ones among them.",
    "risks_quoted": "The chances and risks as they were told to the patient.",
    "alternatives_declined": "What the patient did not want, and why.",
    "procedure": "How urgent a procedure is, and its date.",
    "anticoagulation_plan": "What happens to blood thinners, and when.",
    "next_steps": "Who does what next, with dates.",
    "patient_preference": "What the patient wants, and how it was decided.",
    "follow_up": "Follow-up, or discharge to the sender.",
}


class ConsultNote(models.Model):
    """One note. ``items`` maps some of :data:`ITEMS` to text: the engine's role cannot read it."""

    class Kind(models.TextChoices):
        INTERIM = "interim"
        FINAL = "final"

    referral = models.ForeignKey(Referral, on_delete=models.PROTECT, related_name="consult_notes")
    practice = models.ForeignKey(Practice, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=8, choices=Kind)
    advice_only = models.BooleanField(
        default=False, help_text="The receiver advises and has not seen the patient."
    )
    seen_on = models.DateField(null=True, blank=True)
    seen_by = models.CharField(max_length=160, blank=True)
    imaging_reviewed = models.BooleanField(
        null=True, blank=True, help_text="Whether the author has looked at the pictures."
    )
    recommendation_code = models.CharField(max_length=40, blank=True)
    refer_back_reason_code = models.CharField(max_length=48, blank=True)
    red_flag_advice_given = models.BooleanField(
        null=True, blank=True, help_text="Whether the patient knows when to come back at once."
    )
    items = models.JSONField(default=dict, blank=True)
    written_by = models.CharField(max_length=160)
    written_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(kind="final")
                | (
                    ~Q(recommendation_code="")
                    & Q(red_flag_advice_given__isnull=False)
                    & (Q(advice_only=True) | (Q(seen_on__isnull=False) & ~Q(seen_by="")))
                ),
                name="final_note_says_what_is_recommended_and_who_was_seen",
            ),
        ]
        triggers = append_only("consult_note")

    def __str__(self) -> str:
        return f"{self.kind} note of {self.referral_id}"
