"""Which one act the desk puts first for a side, and the sentence that says where a case is."""

from collections.abc import Collection, Iterator
from datetime import datetime
from typing import Any

from django.utils.timezone import localtime

from coordination.admin import words
from coordination.models import Obligation
from referrals.clinical import Tier
from referrals.models import Practitioner, Referral
from referrals.steps import act_for
from referrals.walls import Actor
from referrals.workflow import Side

_BY_DEBT = {
    "physician": "record_patient_contact",
    "patient": "record_patient_contact",
    "ed_handover": "hand_over_to_ed",
    "arrival": "record_arrival",
}
_OF_A_LOWERING = {"confirm_lowering", "withdraw_lowering"}


def open_to(
    actions: Collection[str],
    referral: Referral,
    side: Side,
    person: Practitioner | None,
    waiting: Any,
) -> tuple[str, ...]:
    """Keep the acts that change something, and that this person may do.

    Nobody acknowledges twice, nor what they sent themselves unless people must answer it; a
    lowering is confirmed if one waits, by somebody else than who proposed it.

    :param waiting: the lowering that was proposed, if any.
    """
    if person is None:
        return ()
    idle = set() if waiting else set(_OF_A_LOWERING)
    if waiting and waiting["proposed_by"] == str(person):
        idle.add("confirm_lowering")
    calm = side is Side.SENDER and not referral.is_pressing
    if calm or referral.acknowledged_at(person.practice.specialty):
        idle.add("acknowledge")
    return tuple(action for action in actions if action not in idle)


def first(
    actions: Collection[str], referral: Referral, owed: Collection[Obligation], actor: Actor
) -> str | None:
    """Choose the one act that matters most now, or ``None`` if others have to move."""
    wanted = _owed_now(referral, owed, actor) if referral.is_pressing else ()
    debt = next((act for act in wanted if act in actions), None)
    if debt or not referral.is_move_of(referral.side_of(actor)):
        return debt
    return act_for(referral.next_action, actions)


def _owed_now(referral: Referral, owed: Collection[Obligation], actor: Actor) -> Iterator[str]:
    # While people must answer both sides owe something, whoever moves next.
    mine = [one for one in owed if one.practice_id == actor.practice_id]
    kinds = {one.kind for one in mine if one.state == Obligation.State.RUNNING}
    yield "acknowledge"
    yield from (act for kind, act in _BY_DEBT.items() if kind in kinds)
    yield "accept"
    if referral.plan_recorded_at is None:
        yield "record_plan"


def where(referral: Referral) -> str:
    """Say in one sentence where a referral is. It names no patient and may be read aloud."""
    nobody = (
        "an emergency department" if referral.handed_over_at else "no practice has taken it yet"
    )
    to = referral.receiver.name if referral.receiver else nobody
    begin = f"{referral.reference}, {Tier(referral.tier).name.replace('_', ' ')}"
    return f"{begin}, from {referral.sender.name}, to: {to}. {' '.join(_standing(referral))}"


def _standing(referral: Referral) -> Iterator[str]:
    for name, at in (
        ("pain side", referral.pain_acknowledged_at),
        ("spine side", referral.spine_acknowledged_at),
    ):
        yield f"The {name} has seen it at {_hour(at)}." if at else f"The {name} has not seen it."
    if referral.handed_over_at:
        yield f"Handed over to an emergency department at {_hour(referral.handed_over_at)}."
    if referral.safe_at:
        yield f"It is safe since {_hour(referral.safe_at)}."
    elif referral.next_action and referral.due_at:
        action = words.ACTIONS.get(referral.next_action, referral.next_action)
        yield f"Next: {action}, by {_hour(referral.due_at)}."


def _hour(at: datetime) -> str:
    return localtime(at).strftime("%H:%M %Z on %b %-d")
