"""What the one-tap page shows: the deadline, what may be pressed, who was told, whom to call.

It only reads. Names, roles and telephone numbers of staff are shown, and nothing of the patient.
"""

from collections.abc import Iterator
from typing import Any

from django.conf import settings

from coordination.api.one_tap_plan import colleagues
from coordination.api.telephones import numbers
from coordination.escalation import Kind, Recipient
from coordination.messages import NOTICES
from coordination.models import AckToken, ContactPoint, Delivery, Obligation, Plan
from coordination.services import owing
from referrals import clock, workflow
from referrals.clinical import Tier
from referrals.models import EmergencyDirectory, Event, Practice, Referral
from referrals.reasons import PASS_REASONS
from referrals.walls import Actor

DESK = "/admin/referrals/referral"
MOST_TOLD = 12
_OURS = (Recipient.RESPONSIBLE, Recipient.COORDINATOR, Recipient.FRONT_DESK)
_THEIRS = (Recipient.ON_CALL, Recipient.BACKUP, Recipient.COORDINATOR, Recipient.FRONT_DESK)
_ROLES = {
    Recipient.ON_CALL: "whoever is on call",
    Recipient.BACKUP: "the backup on call",
    Recipient.GROUP: "every clinician of the practice",
    Recipient.FRONT_DESK: "the front desk",
    Recipient.RESPONSIBLE: "the responsible clinician",
    Recipient.COORDINATOR: "the practice's coordinators",
    Recipient.NETWORK: "the network's coordinators",
    Recipient.ALTERNATE: "one more practice",
}
_PROMISES = {
    Kind.PLAN: "I accept or pass it on",
    Kind.PATIENT: "I reach the patient",
    Kind.ED_HANDOVER: "I hand over to the emergency department",
    Kind.ARRIVAL: "I find out whether the patient arrived",
    Kind.PHYSICIAN: "the physician speaks to the patient",
}
_CHANNELS = {"sms": "SMS", "email": "e-mail", "voice": "call"}
_ON_ITS_WAY = (Delivery.State.PENDING, Delivery.State.LEASED)


def shown(token: AckToken, actor: Actor) -> dict[str, Any]:
    """Gather all that the page says to the holder of this link, as things stand now."""
    obligation, point = token.obligation, token.contact_point
    obligation.refresh_from_db()
    referral = obligation.referral
    owed = _owed_next(obligation)
    return {
        "reference": referral.reference,
        "tier": Tier(referral.tier).name.replace("_", " "),
        "to": point.owner_name,
        "practice": point.practice,
        "sender": referral.sender,
        "zone": point.practice.time_zone,
        "now": clock.now(),
        "answered_by": obligation.answered_by,
        "answered_for": obligation.answered_for,
        "lapses_at": obligation.lapses_at,
        "accepted": _acceptance(referral),
        "handed_over": referral.handed_over_at,
        "is_pain": obligation.specialty == "pain",
        "is_emergency": referral.tier >= Tier.EMERGENCY,
        "coordinates": point.practice.specialty != obligation.specialty,
        "owed": owed[0] if owed else None,
        "next": _next(owed[0]) if owed else "",
        "told": list(_told(obligation, point)),
        "calls": list(_calls(token, referral)),
        "ed": _emergency_department(point.practice, referral),
        "desk": f"{settings.PUBLIC_URL}{DESK}/{token.obligation.referral.uuid}/",
        **_buttons(token, actor, owed),
    }


def _buttons(token: AckToken, actor: Actor, owed: list[Obligation]) -> dict[str, Any]:
    obligation, point = token.obligation, token.contact_point
    referral, person = obligation.referral, point.practitioner
    open_now = workflow.actions(referral.standing, referral.side_of(actor))
    owes = point.practice.specialty == obligation.specialty
    may = owes and referral.alert_open and "accept" in open_now
    has_pin = bool(person and person.pin_hash)
    running = obligation.state == Obligation.State.RUNNING
    lapses = owing.lapses_at(obligation, referral, clock.now())
    return {
        "may_accept": may and has_pin,
        "no_pin": may and not has_pin,
        "may_see": owes and running and "acknowledge" in open_now,
        "may_pass": owes
        and referral.alert_open
        and referral.standing.is_undecided
        and "pass" in open_now,
        "colleagues": colleagues(point.practice) if lapses else (),
        "latest": lapses,
        "needs_name": person is None,
        "promise": _promise(obligation, owed),
        "pass_reasons": PASS_REASONS.items(),
        "dispositions": Plan.Disposition.choices,
    }


def _owed_next(obligation: Obligation) -> list[Obligation]:
    # What this side owes, first what the link is about: the deadline that really holds.
    side = obligation.referral.obligations.running().filter(
        specialty=obligation.specialty, alert__isnull=False
    )
    return sorted(side, key=lambda one: (one.pk != obligation.pk, one.due_at))


def _promise(obligation: Obligation, owed: list[Obligation]) -> dict[str, Any] | None:
    # What "seen" binds to, the same before it is pressed and after: when it lapses; and where it
    # does not, the ladder that rings on afterwards, and when that is overdue.
    seen = obligation.answered_at
    lapses = owing.lapses_at(obligation, obligation.referral, seen or clock.now())
    if lapses:
        return {"words": _PROMISES[Kind.PLAN], "at": lapses}
    after = [one for one in owed if one.kind != Kind.ACKNOWLEDGE]
    return {"words": _PROMISES[Kind(after[0].kind)], "at": after[0].due_at} if after else None


def _acceptance(referral: Referral) -> Event | None:
    if not referral.standing.is_taken:
        return None
    accepted = referral.events.filter(kind="referral.accepted").select_related("actor_practice")
    return accepted.order_by("-id").first()


def _next(obligation: Obligation) -> str:
    step = obligation.ladder["steps"][obligation.rung]
    roles = [_ROLES[Recipient(role)] for role in step["recipients"]]
    return ", ".join(roles)


def _told(obligation: Obligation, me: ContactPoint) -> Iterator[dict[str, Any]]:
    calls = (
        obligation.deliveries.exclude(message__in=NOTICES)
        .exclude(state=Delivery.State.CANCELLED)
        .select_related("contact_point__practitioner", "contact_point__practice")
        .order_by("created_at", "priority")
    )
    lines: dict[str, dict[str, Any]] = {}
    for call in calls:
        who = call.contact_point
        is_me = who.practitioner_id is not None and who.practitioner_id == me.practitioner_id
        line = lines.setdefault(
            who.owner_name,
            {
                "at": call.created_at,
                "who": "You" if is_me or who.pk == me.pk else who.owner_name,
                "practice": who.practice.short_name,
                "by": {},
            },
        )
        # The latest word of each channel: an earlier call that failed is no news after a good one.
        line["by"][call.channel] = _how(call)
    yield from list(lines.values())[-MOST_TOLD:]


def _how(call: Delivery) -> str:
    channel = _CHANNELS.get(call.channel, call.channel.replace("_", " "))
    if call.state == Delivery.State.DEAD:
        return f"{channel} (did not arrive)"
    return f"{channel} (on its way)" if call.state in _ON_ITS_WAY else channel


def _calls(token: AckToken, referral: Referral) -> Iterator[dict[str, str]]:
    practice = token.contact_point.practice
    if practice.pk != referral.sender_id:
        if referral.call_back:
            yield {"who": f"the sender, {referral.sender.name}", "number": referral.call_back}
        else:
            yield from numbers(_OURS, referral, referral.sender_id)
    if practice.specialty != referral.sought_specialty:
        yield from numbers(_THEIRS, referral, _sought(referral))


def _sought(referral: Referral) -> int | None:
    # Who owes the answer of the side that was asked, whether it has accepted or not.
    owing = referral.obligations.filter(
        kind=Kind.ACKNOWLEDGE, specialty=referral.sought_specialty, alert__isnull=False
    )
    return owing.order_by("-id").values_list("practice_id", flat=True).first()


def _emergency_department(practice: Practice, referral: Referral) -> EmergencyDirectory | None:
    # A coordinator works from the list of the practice where the patient is.
    whose = referral.sender_id if practice.specialty == "coordination" else practice.pk
    return EmergencyDirectory.objects.filter(practice=whose).first()
