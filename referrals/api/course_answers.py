"""The shapes of the course of a referral, for the OpenAPI document."""

from rest_framework import serializers as of

from referrals.api.shapes import Out
from referrals.models.consult_note import ITEMS
from referrals.models.visit import Visit


class InformationRequestOut(Out):
    """A question to the sender, and the answer once there is one."""

    wanted = of.CharField()
    asked_by = of.CharField()
    by_practice = of.CharField()
    asked_at = of.DateTimeField()
    due_at = of.DateTimeField()
    answer = of.CharField(allow_null=True)
    answered_by = of.CharField(allow_null=True)
    answered_at = of.DateTimeField(allow_null=True)


class VisitOut(Out):
    """A visit, and what came of it."""

    starts_at = of.DateTimeField()
    practice = of.CharField()
    place = of.CharField(allow_null=True)
    external_id = of.CharField(allow_null=True)
    status = of.CharField(help_text=", ".join(Visit.Status.values))
    reason_code = of.CharField(allow_null=True)
    booked_by = of.CharField()
    booked_at = of.DateTimeField()
    ended_at = of.DateTimeField(allow_null=True)


class ConsultNoteOut(Out):
    """What the receiver wrote back."""

    kind = of.CharField(help_text="interim or final.")
    practice = of.CharField()
    advice_only = of.BooleanField()
    seen_on = of.DateField(allow_null=True)
    seen_by = of.CharField(allow_null=True)
    imaging_reviewed = of.BooleanField(allow_null=True)
    recommendation_code = of.CharField(allow_null=True)
    refer_back_reason_code = of.CharField(allow_null=True)
    red_flag_advice_given = of.BooleanField(allow_null=True)
    items = of.DictField(help_text="Of " + ", ".join(ITEMS) + ", what was written.")
    written_by = of.CharField()
    written_at = of.DateTimeField()


class CommentOut(Out):
    """What somebody said to a coded reason."""

    text = of.CharField()
    by = of.CharField()
    at = of.DateTimeField()
