"""Lowers the urgency of a referral: a clinician proposes it, a second person confirms it.

Nothing falls before that. Whatever is assessed between the two overtakes the proposal, so a rise
always wins.
"""

from datetime import datetime

from django.db import transaction

from referrals import clinical
from referrals.clinical import Tier
from referrals.clinical.by_hand import RULE_ID
from referrals.models import (
    Assessment,
    Lowering,
    Patient,
    Practitioner,
    RedFlag,
    Referral,
)
from referrals.reasons import LOWER_REASONS
from referrals.services import moves
from referrals.services.assessing import (
    known_in,
    latest_of,
    raise_flags,
    set_aside_in,
    store,
)
from referrals.services.clinicians import NotAClinician, named_clinician, named_person
from referrals.services.moves import Move
from referrals.services.turns import acknowledge_due, plan_due, settle_turn
from referrals.services.urgency import NotAChange, Urgency, speed_of
from referrals.walls import Actor


class LoweringRefused(Exception):
    """A lowering is not possible now; says why, and what to do first."""


class NobodyProposed(LoweringRefused):
    """There is no proposal to confirm or to withdraw."""

    def __init__(self) -> None:
        super().__init__("Nobody has proposed to lower the urgency. A clinician proposes it first.")


@transaction.atomic
def propose_lowering(
    referral_id: int, urgency: Urgency, *, by: Actor, if_version: int | None
) -> Referral:
    """Propose a lower urgency, by a clinician. It takes the place of a proposal made before.

    :raises NotAClinician: if the actor is not a clinician by name.
    :raises NotAChange: if the referral is not more urgent than that.
    :raises LoweringRefused: if a red flag is open and the tier would fall below SAME_DAY.
    """
    move = moves.begin("propose_lowering", referral_id, by=by, if_version=if_version)
    referral, clinician = move.referral, named_clinician(by)
    if urgency.speed >= speed_of(referral):
        raise NotAChange(referral)
    _refuse_while_a_red_flag_is_open(referral, urgency.tier)
    withdraw_what_waits(move)
    Lowering.objects.create(
        referral=referral,
        assessment=latest_of(referral),
        tier=urgency.tier,
        within=urgency.within,
        reason_code=urgency.reason_code,
        basis=urgency.words,
        proposed_by=clinician,
        proposed_at=move.at,
    )
    moves.finish(
        move,
        "referral.lowering_proposed",
        {
            "from": Tier(referral.tier).name,
            "to": urgency.tier.name,
            "reason_code": urgency.reason_code,
        },
    )
    return referral


@transaction.atomic
def confirm_lowering(referral_id: int, *, by: Actor, if_version: int | None) -> Referral:
    """Confirm the proposal as a second person, a clinician or nurse of either side: it falls now.

    :raises NotAClinician: if the actor is no clinician or nurse by name.
    :raises NobodyProposed: if no proposal waits.
    :raises LoweringRefused: if the same person proposed it, something was assessed since, or a red
        flag is open.
    """
    move = moves.begin("confirm_lowering", referral_id, by=by, if_version=if_version)
    referral, lowering = move.referral, _waiting(move.referral)
    second = _second_person(lowering, by)
    latest = latest_of(referral)
    if latest.pk != lowering.assessment_id:
        raise LoweringRefused(
            "Something was assessed after it was proposed. Read the referral, then propose again."
        )
    _refuse_while_a_red_flag_is_open(referral, Tier(lowering.tier))
    before = Tier(referral.tier)
    _lower(move, lowering, latest, second)
    lowering.confirmed_by, lowering.confirmed_at = second, move.at
    lowering.save(update_fields=["confirmed_by", "confirmed_at"])
    moves.finish(
        move,
        "referral.urgency_lowered",
        {
            "from": before.name,
            "to": Tier(referral.tier).name,
            "within": referral.within,
            "reason_code": lowering.reason_code,
            "proposed_by": str(lowering.proposed_by),
        },
    )
    return referral


@transaction.atomic
def withdraw_lowering(referral_id: int, *, by: Actor) -> Referral:
    """Withdraw the proposal, or object to it; anybody concerned may.

    :raises NobodyProposed: if no proposal waits.
    """
    move = moves.begin("withdraw_lowering", referral_id, by=by)
    if not withdraw_what_waits(move):
        raise NobodyProposed
    moves.finish(move, "referral.lowering_withdrawn")
    return move.referral


def withdraw_what_waits(move: Move) -> int:
    """Withdraw the proposal that waits, within the act of the caller; return how many did."""
    waiting = Lowering.objects.waiting().filter(referral=move.referral)
    return waiting.update(withdrawn_by=move.by.name, withdrawn_at=move.at)


def _waiting(referral: Referral) -> Lowering:
    found = referral.lowerings.waiting().select_related("proposed_by").first()
    if found is None:
        raise NobodyProposed
    return found


def _second_person(lowering: Lowering, by: Actor) -> Practitioner:
    person, first = named_person(by), lowering.proposed_by
    if not person.is_clinical:
        raise NotAClinician("Only a clinician or nurse named in 'by' may confirm it.")
    if person == first or (person.npi and person.npi == first.npi):
        raise LoweringRefused(f"{first} proposed it. A second person has to confirm it.")
    return person


def _refuse_while_a_red_flag_is_open(referral: Referral, tier: Tier) -> None:
    if tier >= Tier.SAME_DAY:
        return
    # Another referral of this patient may be raising one at this moment: one waits.
    Patient.objects.select_for_update(no_key=True).get(pk=referral.patient_id)
    still = RedFlag.objects.unresolved(referral.patient_id).order_by("id")
    rules = ", ".join(dict.fromkeys(still.values_list("rule_id", flat=True)))
    if rules:
        raise LoweringRefused(
            f"The patient has open red flags: {rules}. A clinician resolves each first."
        )


def _lower(move: Move, lowering: Lowering, latest: Assessment, second: Practitioner) -> None:
    referral, known = move.referral, known_in(latest)
    tier, within = Tier(lowering.tier), lowering.within or None
    fired = clinical.assess(known, now=move.at).fired
    by_hand = clinical.ByHand(
        set_aside_in(latest) | clinical.above(fired, tier, within),
        tier,
        within,
        f"lowered by {lowering.proposed_by} and {second}: "
        f"{LOWER_REASONS[lowering.reason_code]}: {lowering.basis}",
    )
    assessment = clinical.assess(known, now=move.at, by_hand=by_hand)
    stated = latest.stated_by_clinician
    stored = store(assessment, referral, by=move.by, at=move.at, stated_by_clinician=stated)
    # What stays urgent by their word alone is a red flag like any other.
    urgent = [rule for rule in assessment.fired if rule.tier >= Tier.SAME_DAY]
    raise_flags([rule for rule in urgent if rule.id == RULE_ID], stored, move.at)
    referral.tier, referral.within = assessment.tier, assessment.within or ""
    referral.possible_tier, referral.route = assessment.possible_tier, assessment.route
    referral.assessed_with = assessment.ruleset_version
    _owe_what_is_owed_now(referral, move.at)


def _owe_what_is_owed_now(referral: Referral, at: datetime) -> None:
    settle_turn(referral, at)
    # Slower than before, and still from when it was raised.
    if referral.next_action == "acknowledge":
        referral.due_at = acknowledge_due(referral, referral.raised_at or referral.sent_at)
    elif referral.next_action in ("accept", "record_plan", "reach_patient", "schedule"):
        referral.due_at = plan_due(referral)
