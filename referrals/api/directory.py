"""The addresses that are not about one referral: who is there, and what words mean."""

from typing import Any

from django.http import Http404
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from referrals.api.acting import key_of, reads
from referrals.api.documented import reading
from referrals.api.kinds import KINDS
from referrals.api.shapes import FindingsReferenceOut, KindOut, MeOut, PracticesOut
from referrals.clinical import RULESET
from referrals.models import Practice, Practitioner
from referrals.models.api_key import Scope
from referrals.models.practice import Specialty
from referrals.walls import Actor


class Practices(APIView):
    """The directory."""

    @reading("List practices", PracticesOut)
    @reads(Scope.READ)
    def get(self, request: Request, actor: Actor) -> Response:
        """Answer the practices a referral can go to."""
        found = Practice.objects.beside(actor.practice_id)
        found = found.exclude(specialty=Specialty.COORDINATION).order_by("name")
        return Response({"practices": [_directory_entry(practice) for practice in found]})


class Me(APIView):
    """Who the caller is."""

    @reading("Who am I?", MeOut)
    @reads(Scope.READ)
    def get(self, request: Request, actor: Actor) -> Response:
        """Answer the practice, the scopes of the key, and the people who can be named in ``by``."""
        practice = Practice.objects.get(pk=actor.own_practice_id)
        people = Practitioner.objects.filter(practice=practice, is_active=True).order_by("name")
        return Response(
            {
                "practice": _directory_entry(practice),
                "scopes": sorted(key_of(request).scopes),
                "practitioners": [
                    {"id": str(one.uuid), "name": str(one), "role": one.role} for one in people
                ],
            }
        )


class FindingsReference(APIView):
    """The dictionary of findings."""

    @reading("List the fields of findings", FindingsReferenceOut)
    def get(self, request: Request) -> Response:
        """Answer every field with its kind, unit, range and choices."""
        return Response(
            {
                "ruleset_version": RULESET.version,
                "fields": [
                    {
                        "field": field.name,
                        "kind": field.kind,
                        "label": field.label,
                        "unit": field.unit or None,
                        "values": list(field.values),
                    }
                    for field in RULESET.fields.values()
                ],
            }
        )


class Problem(APIView):
    """The page behind the ``type`` of a problem."""

    @reading("How to mend a problem", KindOut)
    def get(self, request: Request, code: str) -> Response:
        """Explain one kind of problem and how to mend it."""
        if code not in KINDS:
            raise Http404
        kind = KINDS[code]
        return Response({"title": kind.title, "status": kind.status.value, "mend": kind.mend})


def _directory_entry(practice: Practice) -> dict[str, Any]:
    return {
        "id": str(practice.uuid),
        "name": practice.name,
        "specialty": practice.specialty,
        "region": practice.region,
        "time_zone": practice.time_zone,
        "capabilities": practice.capabilities,
    }
