"""REACTIONS: which event leads to which act. Hands each event to its acts, once.

One transaction an event. An act that fails is tried again later and holds up neither the acts
after it nor the events behind it.
"""

import logging
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet
from django.db.models.expressions import Combinable

from coordination import services
from coordination.duties import ALL, Duty
from referrals import clock
from referrals.models import Event

log = logging.getLogger(__name__)

Reaction = Callable[[Event], None]

REACTIONS: Mapping[str, tuple[Reaction, ...]] = {
    "referral.submitted": (services.route, services.open_obligations),
    "referral.reassessed": (services.route, services.open_obligations),
    "referral.urgency_raised": (services.route, services.open_obligations),
    "referral.urgency_lowered": (services.settle_lowered, services.tell_lowered),
    "referral.passed": (
        services.ask_the_next,
        services.open_obligations,
        services.tell_given_back,
    ),
    "referral.acknowledged": (services.keep_step,),
    "referral.accepted": (services.keep_step, services.tell_taken),
    "referral.declined": (services.keep_step, services.tell_declined),
    "referral.information_requested": (services.keep_step, services.tell_the_other_side),
    "referral.information_given": (services.keep_step, services.tell_the_other_side),
    "referral.scheduled": (services.keep_step, services.tell_the_other_side),
    "referral.no_show": (services.open_obligations, services.tell_the_other_side),
    "referral.visit_cancelled": (services.open_obligations, services.tell_the_other_side),
    "referral.patient_contacted": (services.route, services.open_obligations),
    "referral.arrival_recorded": (services.route, services.open_obligations),
    "referral.seen": (services.keep_step,),
    "referral.reported": (services.keep_step, services.tell_the_other_side),
    "referral.closed": (services.keep_step, services.tell_the_other_side),
    "referral.cancellation_requested": (services.keep_step, services.tell_the_other_side),
    "referral.cancellation_withdrawn": (services.open_obligations, services.tell_the_other_side),
    "referral.cancelled": (services.keep_step, services.tell_the_other_side),
    "referral.redirected": (services.keep_step, services.tell_the_other_side),
    "referral.failed": (services.keep_step, services.tell_the_other_side),
    "referral.entered_in_error": (services.keep_step, services.tell_the_other_side),
    "referral.reopened": (services.route, services.open_obligations),
    "referral.handed_over": (services.keep_step, services.tell_ed_took_over),
    "alert.closed": (services.keep_step, services.tell_safe),
}

_BACK_OFF = (1, 5, 15, 60)
_AT_ONCE = 200
_MOST_ATTEMPTS = 32_767  # What the column holds.


def relay(duty: Duty = ALL) -> int:
    """Hand the most urgent waiting event to its acts; return 1, or 0 if none waits."""
    try:
        return _relay_at_once(duty)
    except Exception:
        # Nothing of it stands. A savepoint for each act costs time: only the second try has them.
        return _relay_one_by_one(duty)


@transaction.atomic
def _relay_at_once(duty: Duty) -> int:
    event = _claim(clock.NOW, duty)
    if event is None:
        return 0
    for react in REACTIONS[event.kind]:
        react(event)
    Event.objects.filter(pk=event.pk).update(relayed_at=clock.NOW)
    return 1


@transaction.atomic
def _relay_one_by_one(duty: Duty) -> int:
    at = clock.now()
    event = _claim(at, duty)
    if event is None:
        return 0
    failed = [error for react in REACTIONS[event.kind] if (error := _try(react, event))]
    if failed:
        _postpone(event, at, failed[0])
    else:
        event.relayed_at = at
        event.save(update_fields=["relayed_at"])
    return 1


def _try(react: Reaction, event: Event) -> Exception | None:
    # Whatever an act raises, the acts after it and the events behind it go on: people are rung
    # even if no practice can be chosen.
    try:
        with transaction.atomic():
            react(event)
    except Exception as error:
        return error
    return None


def wave_through() -> int:
    """Mark the events that lead to no act, many at once; return how many."""
    idle = Event.objects.unrelayed().exclude(kind__in=REACTIONS)
    # Mostly there is none, and to ask opens no transaction.
    if not idle.exists():
        return 0
    with transaction.atomic():
        locked = idle.order_by("id").select_for_update(skip_locked=True, no_key=True)
        found = list(locked.values_list("pk", flat=True)[:_AT_ONCE])
        return Event.objects.filter(pk__in=found).update(relayed_at=clock.NOW)


def waiting(at: datetime | Combinable, duty: Duty = ALL) -> QuerySet[Event]:
    """Return the events that have acts to lead to, and whose time has come."""
    is_time = Q(retry_at__isnull=True) | Q(retry_at__lte=at)
    # What was recorded later than now is left to nobody: the clock was set back.
    left = duty.leaves(
        at, since="at", urgent=Q(urgent=True, at__lte=at), elective=Q(urgent=False, at__lte=at)
    )
    return Event.objects.unrelayed().filter(is_time, kind__in=REACTIONS).exclude(left)


def _claim(at: datetime | Combinable, duty: Duty) -> Event | None:
    first = waiting(at, duty).order_by("-urgent", "id")
    return first.select_for_update(skip_locked=True, no_key=True).first()


def _postpone(event: Event, at: datetime, error: Exception) -> None:
    wait = _BACK_OFF[min(event.attempts, len(_BACK_OFF) - 1)]
    event.attempts = min(event.attempts + 1, _MOST_ATTEMPTS)
    event.retry_at = at + timedelta(seconds=wait)
    event.save(update_fields=["attempts", "retry_at"])
    log.error(
        "a reaction failed and will be tried again", extra={"event": event.pk}, exc_info=error
    )
