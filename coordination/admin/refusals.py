"""What the desk says when a service refuses. Never an error page: what to do stands in words."""

from collections.abc import Callable, Mapping

from django.db import OperationalError
from psycopg.errors import LockNotAvailable

from coordination.services import ProxyRefused
from referrals.models import RedFlag
from referrals.services.clinicians import NotAClinician
from referrals.services.closing import ReasonMissing
from referrals.services.ending import RedFlagOpen
from referrals.services.lowering import LoweringRefused
from referrals.services.moves import StaleVersion, VersionRequired
from referrals.services.red_flags import AlreadyResolved
from referrals.services.redirecting import NotElsewhere
from referrals.services.reporting import VisitMissing
from referrals.services.urgency import NotAChange
from referrals.workflow import TransitionRefused, UrgentCaseOpen

BUSY = "Somebody else is answering this referral at this moment. Look again, then press again."
LATE = "This is not possible any more: somebody answered before you, or the case moved on."
STALE = (
    "Somebody changed this referral after you opened the page, and nothing of yours was recorded. "
    "The page shows it as it is now. Look again, then press again."
)
# The first that fits counts; ``None``: in the words of the service.
SENTENCES: Mapping[type[Exception], str | None] = {
    UrgentCaseOpen: (
        "This has to wait: an urgent case is open. First somebody takes the patient and records "
        "the receiving plan, or hands them over to an emergency department."
    ),
    TransitionRefused: LATE,
    StaleVersion: STALE,
    VersionRequired: STALE,
    RedFlagOpen: None,
    VisitMissing: (
        "No visit is on record. First record that the patient was seen, or tick “Advice alone” "
        "and send the report."
    ),
    ReasonMissing: "There is no report to read. Say why none is needed, as a reason and in words.",
    NotElsewhere: None,
    NotAClinician: "Only a clinician may say this; a lower urgency is also confirmed by a nurse.",
    NotAChange: None,
    LoweringRefused: None,
    AlreadyResolved: None,
    ProxyRefused: None,
    RedFlag.DoesNotExist: "This red flag is not known here. Nothing was recorded.",
}


def refusal_of(do: Callable[[], object]) -> str:
    """Do it; return in words why it was refused, or nothing."""
    try:
        do()
    except tuple(SENTENCES) as refused:
        kind = next(kind for kind in SENTENCES if isinstance(refused, kind))
        return SENTENCES[kind] or str(refused)
    except OperationalError as error:
        if not isinstance(error.__cause__, LockNotAvailable):
            raise
        return BUSY
    return ""
