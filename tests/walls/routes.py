"""Every address of the API as the URLconf has it, with a whole, valid body for each POST."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone

from coordination.models import CallTask
from referrals import clock
from referrals.models.consult_note import ITEMS
from tests import factories as make
from tests.cast import Cast, Office

API = "api/v1/"
METHODS = ("get", "post", "put", "patch", "delete")
HERE = "referrals/<uuid:uuid>"


@dataclass(frozen=True)
class Route:
    """One address and the methods its view has."""

    pattern: str
    methods: frozenset[str]

    def path(self, referral: object) -> str:
        """Return the address for one referral."""
        filled = self.pattern.replace("<uuid:uuid>", str(referral.uuid))
        call = CallTask.objects.order_by("opened_at").first()
        filled = filled.replace("<uuid:delivery>", str(call.pk if call else UUID(int=0)))
        filled = filled.replace("<str:rule>", "RF-CES-1").replace("<slug:code>", "invalid")
        filled = filled.replace("<slug:name>", "urgent")
        return f"/{API}{filled}"


def all_routes() -> dict[str, Route]:
    """Return the routes under /api/v1/ by their pattern."""
    found: dict[str, Route] = {}
    for pattern, view in _walk(get_resolver(), ""):
        if pattern.startswith(API):
            name = pattern.removeprefix(API)
            methods = frozenset(m for m in METHODS if hasattr(view.cls, m))
            found.setdefault(name, Route(name, methods))
    return found


def posts() -> list[str]:
    """Return the patterns that take a POST."""
    return sorted(name for name, route in all_routes().items() if "post" in route.methods)


def _walk(resolver, before):
    for entry in resolver.url_patterns:
        here = before + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from _walk(entry, here)
        elif isinstance(entry, URLPattern) and hasattr(entry.callback, "cls"):
            yield here, entry.callback
        elif here.startswith(API):
            raise AssertionError(f"{here} is no view of the REST framework")


def valid_body(pattern: str, cast: Cast, office: Office) -> dict[str, object]:
    """Return a body in which every field of the route stands."""
    by = {"by": str(office.clinician.uuid)}
    plan = {
        "disposition": "clinic_visit", "clinician": "Dr DEMO", "place": "DEMO Clinic",
        "at": (clock.now() + timedelta(hours=2)).isoformat(),
    }  # fmt: skip
    findings = {
        "findings": {"saddle_sensory_change": "present", "temp_c": {"value": 38.4, "unit": "Cel"}},
        "codes": [{"code": "M48.062", "as": "reason"}],
    }
    return {
        **by_hand(by),
        **course(by),
        **endings(by, str(cast.other_spine.practice.uuid)),
        "referrals": {
            "to": {"specialty": "spine"}, "patient": PATIENT, "reason_code": "RED_FLAG",
            "clinical_question": "Is this urgent?", "notes": ["A note."],
            "call_back": "+15550001111", **findings, **by,
        },
        "on-call/overrides": override(by),
        f"{HERE}/findings": findings | by,
        f"{HERE}/decline": by | {"reason_code": "NO_CAPACITY", "comment": "Full until May."},
        f"{HERE}/acknowledgement": by,
        f"{HERE}/acceptance": by | {"plan": plan},
        f"{HERE}/pass": by | {"reason_code": "IN_THEATRE"},
        f"{HERE}/plan": by | {"plan": plan},
        f"{HERE}/ed-handover": by
        | {"ed_name": "DEMO ED", "spoke_to": "RN DEMO", "call_back": "+15550001111"},
        f"{HERE}/patient-contact": by
        | {
            "reached": True, "understood": True, "transport": "ambulance",
            "destination": "emergency_department",
        },
        f"{HERE}/arrival": by
        | {"outcome": "refused", "capacity": "CAN_DECIDE", "comment": "DEMO words."},
        f"{HERE}/calls/<uuid:delivery>/outcome": by
        | {"outcome": "reached", "spoke_to": "Operator DEMO"},

    }[pattern]  # fmt: skip


def override(by: dict[str, str]) -> dict[str, object]:
    """Return the body that puts somebody else on call for some hours."""
    now = clock.now()
    return by | {
        "practitioner": by["by"], "level": "primary", "reason": "at a congress",
        "starts_at": (now + timedelta(hours=1)).isoformat(),
        "ends_at": (now + timedelta(hours=9)).isoformat(),
    }  # fmt: skip


def course(by: dict[str, str]) -> dict[str, dict[str, object]]:
    """Return the bodies of what happens between the practices once a referral is under way."""
    seen = {"seen_on": "2026-11-23", "seen_by": "Dr DEMO", "imaging_reviewed": True}
    report = seen | {
        "recommendation_code": "CONSERVATIVE_CARE", "refer_back_reason_code": "CONSERVATIVE_BETTER",
        "red_flag_advice_given": True, **dict.fromkeys(ITEMS, "DEMO words."),
    }  # fmt: skip
    return {
        f"{HERE}/information-request": by | {"wanted": "The MRI report."},
        f"{HERE}/information": by | {"answer": "It is attached in your own system."},
        f"{HERE}/appointment": by
        | {
            "starts_at": (timezone.now() + timedelta(days=3)).isoformat(), "place": "DEMO Clinic",
            "external_id": "A-1",
        },
        f"{HERE}/no-show": by,
        f"{HERE}/visit-cancellation": by | {"reason_code": "BY_PATIENT", "comment": "Ill."},
        f"{HERE}/visit": by | report,
        f"{HERE}/report": by | report | {"advice_only": False},
    }  # fmt: skip


def endings(by: dict[str, str], to: str) -> dict[str, dict[str, object]]:
    """Return the bodies of the acts that end a referral or begin it anew."""
    return {
        f"{HERE}/closure": by | {"reason_code": "TREATED_ELSEWHERE", "comment": "Told by phone."},
        f"{HERE}/cancellation": by | {"reason_code": "PATIENT_WITHDREW", "comment": "Told us."},
        f"{HERE}/cancellation-confirmation": by,
        f"{HERE}/cancellation-withdrawal": by,
        f"{HERE}/failure": by | {"reason_code": "CANNOT_REACH_PATIENT", "comment": "Five calls."},
        f"{HERE}/entered-in-error": by | {"reason_code": "SENT_BY_MISTAKE", "comment": "Draft."},
        f"{HERE}/reopening": by,
        f"{HERE}/forward": by
        | {
            "reason_code": "PATIENT_CHOICE", "comment": "Nearer.",
            "to": to,
        },
    }  # fmt: skip


def by_hand(by: dict[str, str]) -> dict[str, dict[str, object]]:
    """Return the bodies of what people say about urgency by hand."""
    return {
        f"{HERE}/red-flags/<str:rule>/resolution": by
        | {"resolution": "ruled_out_by_imaging", "basis": "MRI", "on": "2026-11-23"},
        f"{HERE}/urgency": by
        | {
            "tier": "SAME_DAY", "within": "24h", "reason_code": "IMAGING_REVIEWED",
            "comment": "MRI of today",
        },
        f"{HERE}/urgency/confirmation": by,
        f"{HERE}/urgency/withdrawal": by,
    }  # fmt: skip


PATIENT = {
    "family_name": "DEMO", "given_name": "Kim", "birth_date": "1970-02-28", "sex": "female",
    "mrn": "MRN-1", "phone": "+15550002222", "payer": "DEMO Payer", "demo": True,
}  # fmt: skip


# All that can be amended; "by" is added by the test.
AMENDED = {
    "call_back": "+15550003333", "clinical_question": "Is this urgent now?",
    "reason_code": "MYELOPATHY",
    "patient": {
        "family_name": "DEMO Other", "given_name": "Jo", "birth_date": "1971-02-28",
        "sex": "male", "phone": "+15550004444", "payer": "DEMO Other Payer",
    },
}  # fmt: skip


def make_case(cast: Cast):
    """Return an emergency that the spine office was named for."""
    return make.make_referral(cast.pain.practice, receiver=cast.spine.practice)
