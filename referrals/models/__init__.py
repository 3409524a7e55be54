"""The facts of a referral, one noun a file. Reads are QuerySet methods; only services write."""

from referrals.models.access import Access
from referrals.models.amendment import Amendment
from referrals.models.api_key import ApiKey
from referrals.models.ask import Ask
from referrals.models.assessment import Assessment
from referrals.models.authenticator import Authenticator
from referrals.models.consult_note import ConsultNote
from referrals.models.event import Event, EventSeal
from referrals.models.idempotency import IdempotentRequest
from referrals.models.information_request import InformationRequest
from referrals.models.lowering import Lowering
from referrals.models.note import Note
from referrals.models.patient import Patient
from referrals.models.practice import EmergencyDirectory, Practice, Practitioner
from referrals.models.red_flag import RedFlag
from referrals.models.referral import Referral
from referrals.models.visit import Visit

__all__ = [
    "Access",
    "Amendment",
    "ApiKey",
    "Ask",
    "Assessment",
    "Authenticator",
    "ConsultNote",
    "EmergencyDirectory",
    "Event",
    "EventSeal",
    "IdempotentRequest",
    "InformationRequest",
    "Lowering",
    "Note",
    "Patient",
    "Practice",
    "Practitioner",
    "RedFlag",
    "Referral",
    "Visit",
]
