"""The shapes of what people changed by hand, for the OpenAPI document."""

from rest_framework import serializers as of

from referrals.api.shapes import Out

_TIER = "ROUTINE, URGENT, SAME_DAY or EMERGENCY."


class LinkOut(Out):
    """Another referral that this one is linked to."""

    id = of.UUIDField()
    reference = of.CharField()
    status = of.CharField()
    sent_at = of.DateTimeField()


class LoweringOut(Out):
    """A lower urgency that a clinician proposed; it holds once a second person has confirmed it."""

    tier = of.CharField(help_text=_TIER)
    within = of.CharField(allow_null=True, help_text="now or 24h, of SAME_DAY only.")
    reason_code = of.CharField()
    comment = of.CharField(help_text="What was seen, and when.")
    proposed_by = of.CharField()
    by_practice = of.CharField()
    proposed_at = of.DateTimeField()


class VersionOut(Out):
    """A version of the referral that somebody amended."""

    version = of.IntegerField(help_text="The version in which the old values stood.")
    amended_by = of.CharField()
    amended_at = of.DateTimeField()
    before = of.DictField(
        help_text="JSON pointer of each field that was changed, to what stood there."
    )


class VersionsOut(Out):
    """All versions that were amended."""

    versions = VersionOut(many=True)
