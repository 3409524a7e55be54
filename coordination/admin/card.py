"""Everything the referral page shows, as one dictionary. It only reads."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from typing import Any

from django.db.models import BigIntegerField, Prefetch, QuerySet, Value
from django.utils.timesince import timesince, timeuntil

from coordination.admin import course, steps, words
from coordination.admin.acts import ACTS
from coordination.api import telephones
from coordination.api.serializers import ARRIVALS
from coordination.channels import codes
from coordination.escalation import Kind
from coordination.models import Delivery, Obligation, PastDelivery, Plan
from coordination.services import owing
from referrals import clock
from referrals.api import cards
from referrals.api.views import seen
from referrals.clinical import Tier
from referrals.models import Event, Patient, Practitioner, Referral
from referrals.walls import Actor
from referrals.workflow import RESOLVERS

LAST_EVENTS = 100


def found(actor: Actor) -> QuerySet[Referral]:
    """Return the referrals the actor may see, with all that the page shows of them."""
    obligations = Obligation.objects.select_related("practice", "answered_for").order_by("id")
    plans = Plan.objects.order_by("id")
    return (
        seen(actor)
        .select_related("patient", "responsible", "sender__emergency_directory")
        .prefetch_related(
            Prefetch("plans", plans),
            Prefetch("obligations", obligations),
            Prefetch("obligations__deliveries", Delivery.objects.with_owner()),
            Prefetch("obligations__past_deliveries", PastDelivery.objects.with_owner()),
        )
        .annotate(read_at=clock.NOW, read_by=Value(actor.practice_id, BigIntegerField()))
    )


def of(referral: Any, actor: Actor, person: Practitioner | None) -> dict[str, Any]:
    """Show a referral to the person at the desk, the one act that matters first."""
    now, side = referral.read_at, referral.side_of(actor)
    owed = list(referral.obligations.all())
    shown = cards.detail(referral, cards.read_chart(referral, actor), actor)
    waiting = shown["lowering_proposed"]
    # Findings come over the API, and calls have a list of their own.
    known = [name for name in shown["actions"] if name in ACTS]
    able = steps.open_to(known, referral, side, person, waiting)
    open_now = [name for name in able if _is_for(person, name)]
    return {
        "referral": referral,
        "card": shown,
        "questions": sorted(shown["questions"], key=lambda asked: asked["due_at"]),
        "holds": [_hold(hold) for hold in shown["holds"]],
        "tier": tier_name(referral),
        "is_emergency": referral.tier >= Tier.EMERGENCY,
        "age": age(referral.patient, now.date()),
        "side": words.SIDES[side],
        "clock": due_in_words(referral.due_at, now),
        "late": referral.due_at is not None and referral.due_at < now and not referral.safe_at,
        "next": words.ACTIONS.get(referral.next_action, "Nothing is asked of anybody now"),
        "where": steps.where(referral),
        "primary": steps.first(open_now, referral, owed, actor),
        "open_acts": open_now,
        "for_clinicians": [ACTS[name].label for name in able if name not in open_now],
        "may_resolve": _is_for(person, "resolve") and side in RESOLVERS,
        **course.of(shown),
        "asks": sorted(referral.asks.all(), key=lambda ask: ask.pk),
        "plans": [(words.DISPOSITIONS[plan.disposition], plan) for plan in referral.plans.all()],
        "obligations": [_obligation(one, now) for one in owed],
        "silences": [_silence(one) for one in telephones.silences(referral, owed, actor)],
        "seen_holds_until": _seen_holds_until(referral, owed, person),
        "timeline": list(_timeline(referral)),
    }


def _seen_holds_until(
    referral: Any, owed: Iterable[Obligation], person: Practitioner | None
) -> datetime | None:
    # What somebody binds their side to who presses "seen" now.
    mine = (
        one
        for one in owed
        if one.kind == Kind.ACKNOWLEDGE
        and one.state == Obligation.State.RUNNING
        and person is not None
        and one.specialty == person.practice.specialty
    )
    found = (owing.lapses_at(one, referral, referral.read_at) for one in mine)
    return next((at for at in found if at), None)


def _is_for(person: Practitioner | None, name: str) -> bool:
    only_for = ACTS[name].only_for
    return person is not None and (not only_for or bool(getattr(person, only_for)))


def tier_name(referral: Referral) -> str:
    """Return the tier as people say it."""
    return Tier(referral.tier).name.replace("_", " ")


def age(patient: Patient, today: date) -> str:
    """Return the patient's age in years, in words."""
    born = patient.birth_date
    if born is None:
        return "age not known"
    years = today.year - born.year - ((today.month, today.day) < (born.month, born.day))
    return f"{years} years"


def due_in_words(due: datetime | None, now: datetime) -> str:
    """Say how long there is, or how long it is overdue."""
    if due is None:
        return ""
    if due < now:
        return f"overdue by {timesince(due, now, depth=1)}"
    return f"in {timeuntil(due, now, depth=1)}"


def _hold(hold: dict[str, Any]) -> dict[str, Any]:
    return hold | {"acts": ", ".join(act.replace("_", " ") for act in hold["acts"])}


def _obligation(one: Obligation, now: datetime) -> dict[str, Any]:
    running = one.state == Obligation.State.RUNNING
    return {
        "who": words.SPECIALTIES.get(one.specialty, one.specialty),
        "practice": one.practice.name if one.practice else "no practice yet",
        "owes": words.OWED.get(one.kind, one.kind),
        "state": words.OBLIGATION_STATES[one.state],
        "running": running,
        "late": running and one.due_at < now,
        "row": one,
        "step": one.rung + 1,
        "deliveries": [_delivery(delivery) for delivery in one.messages],
    }


def _silence(one: dict[str, Any]) -> dict[str, Any]:
    return one | {
        "who": words.SPECIALTIES.get(one["specialty"], one["specialty"]),
        "owes": words.OWED.get(one["kind"], one["kind"]),
        "minutes": max(1, round(one["repeats_every_seconds"] / 60)),
    }


def _delivery(one: Delivery | PastDelivery) -> dict[str, Any]:
    failed = one.state == Delivery.State.DEAD
    trouble = codes.in_words(one.error_code) if one.error_code else ""
    return {
        "to": one.contact_point.owner_name,
        "channel": words.CHANNELS.get(one.channel, one.channel),
        "state": words.DELIVERY_STATES[one.state],
        "failed": failed,
        "trouble": trouble,
        "at": one.delivered_at or one.sent_at or one.created_at,
        "step": one.rung + 1,
    }


def _timeline(referral: Referral) -> Iterator[dict[str, Any]]:
    events = referral.events.select_related("actor_practice").order_by("-id")[:LAST_EVENTS]
    practices = cards.practices_of(referral)
    for event in events:
        told = cards.event(event, practices)
        yield {
            "at": event.at,
            "words": words.EVENTS.get(event.kind, event.kind),
            "by": told["by"],
            "entered_by": told["entered_by"],
            "practice": told["by_practice"],
            "more": ", ".join([*_facts(event), *_changes(told["data"].get("changed", {}))]),
        }


def _changes(changed: Mapping[str, list[Any]]) -> Iterator[str]:
    for name, called in words.CHANGES.items():
        if name in changed:
            before, after = (str(value or "nobody").replace("_", " ") for value in changed[name])
            yield f"{called}: {before} before, {after} now"


def _facts(event: Event) -> Iterable[str]:
    # Only what was written to be read; the rest of an event is for machines.
    told = event.data.get("told")
    if told:
        yield from told
    if event.kind.startswith("delivery.") and "to" in event.data:
        channel = event.data["channel"]
        yield f"to {event.data['to']} ({words.CHANNELS.get(channel, channel)})"
        yield from filter(None, [codes.in_words(event.data.get("code", ""))])
    if event.kind == "referral.patient_contacted":
        yield f"where they go: {words.DESTINATIONS[event.data['destination']]}"
    if event.kind == "referral.arrival_recorded":
        yield ARRIVALS[event.data["outcome"]]
    for name in ("practice", "reason", "disposition"):
        if event.data.get(name):
            value = str(event.data[name])
            yield words.DISPOSITIONS.get(value, value)
