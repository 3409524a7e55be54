"""Fires the rungs that are due, and lets lapse what led to nothing.

A rung that reaches nobody hands over to the next at once.
"""

import logging
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import OperationalError, transaction
from django.db.models import QuerySet

from coordination.duties import ALL, Duty
from coordination.escalation import CALLED, SMS, VOICE, Kind, Recipient
from coordination.messages import NOTICES, page_for, reminder_for, warning_for
from coordination.models import AckToken, Alert, ContactPoint, Delivery, Obligation
from coordination.models.delivery import ELECTIVE, FIRST_OF_SIDE, URGENT
from coordination.services import call_list, links, owing, people
from coordination.services.route import ask_next
from referrals import clock, outbox
from referrals import services as referrals
from referrals.clinical import Tier
from referrals.deadlines import pace_of
from referrals.models import Referral
from referrals.models.practice import Specialty
from referrals.walls import ENGINE

log = logging.getLogger(__name__)

_LOOK_AT = 16
_TRY_AGAIN_AFTER = timedelta(seconds=60)


@transaction.atomic
def climb(duty: Duty = ALL) -> int:
    """Fire what is due for one referral; return how many rungs, 0 if nothing is due."""
    first = Obligation.objects.due(clock.NOW, duty).values_list("referral_id", flat=True)[:_LOOK_AT]
    referral = (
        Referral.objects.filter(pk__in=list(first))
        .select_for_update(no_key=True, skip_locked=True, of=("self",))
        .first()
    )
    if referral is None:
        return 0
    at = clock.now()
    due = list(referral.obligations.select_for_update(no_key=True).due(at))
    for obligation in due:
        fire_alone(obligation, referral, at)
    return len(due)


def fire(obligation: Obligation, referral: Referral, at: datetime) -> None:
    """Tell the people of the present rung, and set when the next one is due.

    The caller holds the locks on the referral and the obligation.
    """
    steps = obligation.ladder["steps"]
    while not _tell(obligation, referral, steps[obligation.rung], at):
        _record(obligation, referral, at, "obligation.rung_empty", {})
        if obligation.rung + 1 == len(steps):
            break
        obligation.rung += 1
    if obligation.rung + 1 == len(steps):
        _note_the_end(obligation, referral, at)
    _set_next(obligation, steps, at)
    obligation.save(update_fields=["rung", "round", "next_due_at", "exhausted_at"])


def fire_alone(obligation: Obligation, referral: Referral, at: datetime) -> None:
    """Fire like :func:`fire`; a ladder that cannot be fired stops neither the others nor itself.

    What was answered and has led to nothing lapses first, and rings from the first rung. What fails
    is tried again in a minute. The caller holds the locks on the referral and the obligation.
    """
    try:
        with transaction.atomic():
            if obligation.state == Obligation.State.ANSWERED:
                owing.lapse(obligation, referral, at)
            fire(obligation, referral, at)
    except OperationalError:
        raise  # A lock or the connection, not the ladder: the whole turn is tried again at once.
    except Exception:
        log.exception("a rung could not be fired", extra={"obligation": obligation.pk})
        Obligation.objects.filter(pk=obligation.pk).update(next_due_at=at + _TRY_AGAIN_AFTER)


def pull_forward(owed: Obligation, dead: Delivery, at: datetime) -> None:
    """Fire the next rung at once, because a message of the present one did not arrive.

    Only the latest rung pulls, and only while another follows: the last one would ring for ever
    without a pause. A notice pulls nothing. The caller holds the lock on the obligation.
    """
    latest = (owed.round, owed.rung) == (dead.round, dead.rung + 1)
    if latest and dead.message not in NOTICES:
        Obligation.objects.running().filter(pk=owed.pk).update(next_due_at=at)


def _tell(
    obligation: Obligation, referral: Referral, step: dict[str, Any], at: datetime
) -> list[ContactPoint]:
    points = list(_reach(step["recipients"], step, obligation, referral, at))
    asks_another = obligation.specialty == referral.sought_specialty
    if (
        asks_another
        and referral.standing.is_undecided
        and Recipient.ALTERNATE in step["recipients"]
    ):
        points += _alternates(obligation, referral, step["channels"], at)
    # A warning is no call that somebody else makes: nothing of it would stand on their list.
    decide = _reach(step.get("warned", ()), step, obligation, referral, at)
    warned = list(decide.exclude(channel__in=CALLED))
    if points or warned:
        pace, kind = pace_of(Tier(referral.tier), referral.within), Kind(obligation.kind)
        if obligation.alert_id:
            message = page_for(pace, kind, obligation.specialty)
        else:
            message = reminder_for(kind)
        _give_sight(points + warned, referral, at)
        _write(obligation, points, message, at)
        _write(obligation, warned, warning_for(pace, kind), at)
        call_list.open_calls(obligation, referral, points, at)
        told = [f"{point.owner_name} ({point.channel})" for point in points + warned]
        _record(obligation, referral, at, "obligation.rung_fired", {"told": told})
    return points + warned


def _reach(
    roles: Iterable[str],
    step: dict[str, Any],
    obligation: Obligation,
    referral: Referral,
    at: datetime,
) -> QuerySet[ContactPoint]:
    return people.reach(
        [Recipient(role) for role in roles],
        step["channels"],
        referral=referral,
        practice_id=obligation.practice_id,
        at=at,
    )


def _note_the_end(obligation: Obligation, referral: Referral, at: datetime) -> None:
    # Once each time the ladder is climbed: the last rung repeats for ever.
    if obligation.alert_id and obligation.exhausted_at is None:
        obligation.exhausted_at = at
        _record(obligation, referral, at, "obligation.exhausted", {})


def _alternates(
    obligation: Obligation, referral: Referral, channels: list[str], at: datetime
) -> list[ContactPoint]:
    # One more practice is asked; those asked before that have not answered are rung again.
    ask_next(referral, at)
    waiting = referral.asks.filter(answer="", practice__specialty=obligation.specialty)
    others = waiting.exclude(practice=obligation.practice_id).order_by("id")
    return [
        point
        for practice_id in others.values_list("practice_id", flat=True)
        for point in people.reach(
            (Recipient.ON_CALL,), channels, referral=referral, practice_id=practice_id, at=at
        )
    ]


def _give_sight(points: list[ContactPoint], referral: Referral, at: datetime) -> None:
    network = {p.practice for p in points if p.practice.specialty == Specialty.COORDINATION}
    for practice in sorted(network, key=lambda practice: practice.pk):
        referrals.ask(
            referral, practice.pk, reason="coordinates when nobody answers", by=ENGINE, at=at
        )


def _write(obligation: Obligation, points: list[ContactPoint], message: str, at: datetime) -> None:
    # Before the first rung of the first round there is nothing.
    if obligation.round or obligation.rung:
        _replace_what_waits(obligation, points, message)
    Delivery.objects.bulk_create(
        (
            Delivery(
                obligation=obligation,
                contact_point=point,
                channel=point.channel,
                message=message,
                round=obligation.round,
                rung=obligation.rung,
                priority=_priority(obligation, place),
                created_at=at,
                due_at=at,
            )
            for place, point in enumerate(points)
        ),
        ignore_conflicts=True,
    )
    if obligation.kind == Kind.ACKNOWLEDGE and obligation.alert_id:
        _issue_links(obligation, points, at)


def _replace_what_waits(obligation: Obligation, points: list[ContactPoint], message: str) -> None:
    # While a provider is down every round adds one; when it is back, one of them is enough.
    waiting = obligation.deliveries.filter(
        state=Delivery.State.PENDING, message=message, contact_point__in=points
    )
    earlier = waiting.exclude(round=obligation.round, rung=obligation.rung)
    earlier.exclude(channel__in=CALLED).update(state=Delivery.State.CANCELLED)


def _issue_links(obligation: Obligation, points: list[ContactPoint], at: datetime) -> None:
    codes = _reply_codes(obligation, points)
    AckToken.objects.bulk_create(
        (
            AckToken(
                obligation=obligation,
                contact_point=point,
                secret_hash=links.hash_of(links.secret_for(obligation.pk, point.pk)),
                reply_code=codes.get(point.pk, ""),
                issued_at=at,
            )
            for point in points
        ),
        ignore_conflicts=True,
    )


def _reply_codes(obligation: Obligation, points: list[ContactPoint]) -> dict[UUID, str]:
    """Choose a code for each person of the side that owes; a desk has no name to answer with.

    Codes open at the same numbers are left out. Two ladders may choose at the same instant: a code
    that names two questions is then answered "not understood".
    """
    people_asked = [
        point
        for point in points
        if point.practitioner_id
        and point.channel in (SMS, VOICE)
        and point.practice.specialty == obligation.specialty
    ]
    numbers = [point.address_fingerprint for point in people_asked]
    # By the open alerts, which are few: a number has thousands of codes behind it after years.
    waiting = AckToken.objects.filter(
        contact_point__address_fingerprint__in=numbers,
        obligation__alert__in=Alert.objects.filter(closed_at__isnull=True),
    )
    taken = set(waiting.values_list("reply_code", flat=True))
    codes = {}
    for point in people_asked:
        codes[point.pk] = links.new_code(taken)
        taken.add(codes[point.pk])
    return codes


def _priority(obligation: Obligation, place: int) -> int:
    if not obligation.alert_id:
        return ELECTIVE
    first = obligation.kind == Kind.ACKNOWLEDGE and obligation.rung == 0 and place == 0
    return FIRST_OF_SIDE if first else URGENT


def _set_next(obligation: Obligation, steps: list[dict[str, Any]], at: datetime) -> None:
    if obligation.rung + 1 < len(steps):
        wait = steps[obligation.rung + 1]["after"] - steps[obligation.rung]["after"]
        obligation.rung += 1
    else:
        wait = obligation.ladder["repeat_every"]
        obligation.round += 1
    obligation.next_due_at = at + timedelta(seconds=wait)


def _record(
    obligation: Obligation, referral: Referral, at: datetime, kind: str, data: dict[str, Any]
) -> None:
    place = {
        "kind": obligation.kind,
        "specialty": obligation.specialty,
        "rung": obligation.rung,
        "round": obligation.round,
    }
    outbox.record(kind, referral=referral, by=ENGINE, at=at, data=place | data)
