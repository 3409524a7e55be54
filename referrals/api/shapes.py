"""The shapes of answers that are not about one referral, for the OpenAPI document."""

from typing import Any

from rest_framework import serializers as of


class Out(of.Serializer[Any]):
    """An answer; it is never read back."""


class PracticeOut(Out):
    """A practice by id and name."""

    id = of.UUIDField()
    name = of.CharField()


class DirectoryEntryOut(PracticeOut):
    """A practice as the directory shows it."""

    specialty = of.CharField(help_text="pain, spine or coordination.")
    region = of.CharField()
    time_zone = of.CharField(help_text="IANA name, such as America/Chicago.")
    capabilities = of.ListField(child=of.CharField())


class PracticesOut(Out):
    """The directory."""

    practices = DirectoryEntryOut(many=True)


class PersonOut(PracticeOut):
    """Somebody who can be named in ``by``."""

    role = of.CharField()


class MeOut(Out):
    """Who the caller is."""

    practice = DirectoryEntryOut()
    scopes = of.ListField(child=of.CharField())
    practitioners = PersonOut(many=True)


class FieldOut(Out):
    """One field of the dictionary of findings."""

    field = of.CharField()
    kind = of.CharField()
    label = of.CharField()  # type: ignore[assignment]
    unit = of.CharField(allow_null=True)
    values = of.ListField(child=of.CharField())


class FindingsReferenceOut(Out):
    """The dictionary of findings."""

    ruleset_version = of.CharField()
    fields = FieldOut(many=True)  # type: ignore[assignment]


class KindOut(Out):
    """One kind of problem."""

    title = of.CharField()
    status = of.IntegerField()
    mend = of.CharField()


class ErrorOut(Out):
    """One fault: ``pointer`` into the body, or ``header``, or ``parameter`` of the query."""

    pointer = of.CharField(required=False)
    header = of.CharField(required=False)
    parameter = of.CharField(required=False)
    code = of.CharField()
    detail = of.CharField()


class ProblemOut(Out):
    """A refusal (RFC 9457)."""

    type = of.CharField()
    title = of.CharField()
    status = of.IntegerField()
    detail = of.CharField()
    instance = of.CharField()
    trace_id = of.CharField()
    errors = ErrorOut(many=True, required=False)  # type: ignore[assignment]
    actions = of.ListField(child=of.CharField(), required=False)
    version = of.IntegerField(required=False)
