"""Whom to telephone, with their numbers, and what is said when nobody has answered. It only reads.

Names and numbers of staff alone; for those who take part in the referral.
"""

from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import Any

from coordination.escalation import SMS, SPOKEN, Kind, Recipient
from coordination.models import Obligation
from coordination.services import people
from referrals import clock
from referrals.clinical import Tier
from referrals.models import Referral
from referrals.walls import Actor
from referrals.workflow import Side

MOST = 6
_OF_THE_SIDE = (
    Recipient.ON_CALL,
    Recipient.BACKUP,
    Recipient.GROUP,
    Recipient.FRONT_DESK,
    Recipient.NETWORK,
)
_TO_THE_ED = (
    "Send the patient to an emergency department with MRI and on-call spine surgery now, if it "
    "has not been done, and speak to that department."
)
_TELEPHONE = "Telephone them. If the patient gets worse: emergency department."


def numbers(
    roles: Iterable[Recipient], referral: Referral, practice_id: int | None
) -> Iterator[dict[str, str]]:
    """List the telephone numbers of these roles of one practice now, each once, at most six."""
    if practice_id is None:
        return
    found = people.reach(
        roles, (*SPOKEN, SMS), referral=referral, practice_id=practice_id, at=clock.now()
    )
    seen: set[str] = set()
    for point in found:
        number = point.address_to_show
        if number and number not in seen and len(seen) < MOST:
            seen.add(number)
            yield {"who": f"{point.owner_name}, {point.practice.name}", "number": number}


def silences(
    referral: Referral, obligations: Iterable[Obligation], viewer: Actor
) -> list[dict[str, Any]]:
    """Say for each ladder that has come to its end what to do, and whom to telephone."""
    if referral.side_of(viewer) is Side.NONE:
        return []
    silent = (
        one for one in obligations if one.exhausted_at and one.state == Obligation.State.RUNNING
    )
    return [_silence(referral, one) for one in silent]


def _silence(referral: Referral, owed: Obligation) -> dict[str, Any]:
    every = timedelta(seconds=owed.ladder["repeat_every"])
    return {
        "kind": owed.kind,
        "specialty": owed.specialty,
        "since": owed.exhausted_at,
        "repeats_every_seconds": every.total_seconds(),
        "next_at": owed.next_due_at,
        "advice": _TO_THE_ED if _is_for_the_ed(referral, owed) else _TELEPHONE,
        "telephone": list(numbers(_OF_THE_SIDE, referral, owed.practice_id)),
    }


def _is_for_the_ed(referral: Referral, owed: Obligation) -> bool:
    # Before the plan is late a same-day case is still for the surgeons to see today.
    if referral.handed_over_at:
        return False
    return referral.tier >= Tier.EMERGENCY or owed.kind == Kind.PLAN
