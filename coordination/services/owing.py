"""What an answer holds, when it lapses, and how an obligation is owed anew.

Seen is not accepted: an acknowledgement that leads neither to an acceptance nor to a plan lapses
by its own timer, and its side is rung again.
"""

from datetime import datetime, timedelta

from django.conf import settings

from coordination import escalation
from coordination.escalation import Kind, Promise
from coordination.models import Obligation
from referrals import outbox
from referrals import services as referrals
from referrals.clinical import Tier
from referrals.deadlines import pace_of
from referrals.models import Referral
from referrals.walls import ENGINE


def restart(obligation: Obligation, *, at: datetime) -> None:
    """Owe it anew: unanswered, in a new round, the first rung at that instant. The caller saves."""
    obligation.state = Obligation.State.RUNNING
    obligation.answered_at, obligation.answered_by, obligation.answered_via = None, "", ""
    obligation.rung, obligation.round, obligation.next_due_at = 0, obligation.round + 1, at
    obligation.exhausted_at = obligation.answered_for = None


def fill(obligation: Obligation, referral: Referral, promise: Promise) -> None:
    """Set who owes it, on which ladder, and when it rings and is late. The caller saves."""
    ladder = promise.ladder.snapshot(compression=settings.LADDER_COMPRESSION)
    first = timedelta(seconds=ladder["steps"][0]["after"])
    obligation.practice_id = who_owes(referral, promise.specialty)
    obligation.ladder = ladder
    obligation.next_due_at = promise.start + first
    obligation.due_at = promise.start + timedelta(seconds=ladder["limit"])


def who_owes(referral: Referral, specialty: str) -> int | None:
    """Return the practice that owes what this specialty owes, ``None`` while there is none."""
    known = referral.practice_id_of(specialty)
    if known or specialty != referral.sought_specialty:
        return known
    asked = referral.asks.filter(answer="", practice__specialty=specialty).order_by("-id").first()
    return asked.practice_id if asked else None


def lapses_at(obligation: Obligation, referral: Referral, seen: datetime) -> datetime | None:
    """Return when an answer given at that instant lapses, ``None`` if it holds for good."""
    if (
        obligation.kind != Kind.ACKNOWLEDGE
        or not obligation.alert_id
        or is_in_hand(referral)
        or not escalation.has_to_take_or_plan(obligation.specialty, referral.sought_specialty)
    ):
        return None
    pace = pace_of(Tier(referral.tier), referral.within)
    return escalation.lapses_at(obligation.ladder, pace, seen, referral.sender.zone)


def is_in_hand(referral: Referral) -> bool:
    """Whether somebody has the patient: then what was seen has led to something."""
    return bool(referral.standing.is_taken or referral.handed_over_at or referral.plan_recorded_at)


def hold(referral: Referral) -> None:
    """Let no answer lapse any more. The caller holds the lock on the referral."""
    answered = referral.obligations.filter(state=Obligation.State.ANSWERED)
    answered.exclude(next_due_at=None).update(next_due_at=None)


def hold_no_more(referral: Referral, at: datetime) -> None:
    """Let what was seen lapse again, counted from now: nobody has the patient any more."""
    seen = referral.obligations.filter(
        kind=Kind.ACKNOWLEDGE, state=Obligation.State.ANSWERED, alert__closed_at__isnull=True
    )
    for obligation in seen.filter(next_due_at=None).select_for_update(no_key=True, of=("self",)):
        obligation.next_due_at = lapses_at(obligation, referral, at)
        obligation.save(update_fields=["next_due_at"])


def lapse(obligation: Obligation, referral: Referral, at: datetime) -> None:
    """Owe an acknowledgement anew that has led to nothing, with as much time as at first.

    The caller holds the locks on the referral and the obligation, and fires the first rung.
    """
    seen_by = {"specialty": obligation.specialty, "round": obligation.round}
    restart(obligation, at=at)
    obligation.due_at = at + timedelta(seconds=obligation.ladder["limit"])
    obligation.save()
    referrals.acknowledgement_lapsed(referral, obligation.specialty, at=at)
    outbox.record("acknowledgement.lapsed", referral=referral, by=ENGINE, at=at, data=seen_by)
