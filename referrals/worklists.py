"""The lists that a practice works through, in the order of its menu, and their names. Pure.

Which referrals stand on each says :mod:`referrals.models.worklists`, under the same names.
"""

from collections.abc import Mapping

URGENT = "urgent"
TITLES: Mapping[str, str] = {
    URGENT: "Urgent: same day",
    "to_answer": "New to answer",
    "asked_of_us": "Information they ask for",
    "to_schedule": "To schedule",
    "to_rebook": "Did not come: book again",
    "report_due": "Visit over: report due",
    "to_close": "Report to read, then close",
    "to_confirm": "Cancellation to confirm",
    "to_decide": "To decide: what comes next",
    "asked_by_us": "Information we asked for",
    "unanswered": "Not accepted yet",
}
# Others have to move; the practice only keeps an eye on it.
OF_OTHERS = frozenset({"asked_by_us", "unanswered"})
