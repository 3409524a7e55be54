"""Mends what must never be, by the services that do the work anyway. Doing it twice is harmless.

The dispatcher does it every ten seconds; the watchdog, which only reads, says what it found.
"""

import logging
from collections.abc import Callable
from datetime import timedelta

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q

from coordination.models import Alert, Delivery, Obligation
from coordination.models.delivery import URGENT
from coordination.services.alert import open_obligations
from coordination.services.deliver import LEASE
from coordination.services.route import route
from referrals import clock
from referrals.models import Event, Referral
from referrals.models.worklists import URGENT_NOT_SAFE

log = logging.getLogger(__name__)

# The relay has had its time.
_MISSING_AFTER = timedelta(seconds=5)
# So long nobody at all was told; then once a minute the next step is fired.
_UNTOLD_AFTER = timedelta(seconds=120)
_FIRE_EVERY = timedelta(seconds=60)
# The longest wait between two tries of an urgent message, twice.
_LONGEST_WAIT = timedelta(seconds=120)
_AT_ONCE = 100


def mend() -> int:
    """Mend what is found, each in a transaction of its own; return how much it was."""
    return sum(_try(step) for step in (_open_missing_alerts, _ring_the_untold, _free_the_future))


@transaction.atomic
def ring_now(set_back: timedelta) -> int:
    """Fire the next step of every urgent ladder at once, because the clock was set back so far.

    It rings too early rather than too late; return how many ladders. What was answered lapses after
    as long a time as was said.
    """
    ahead = Obligation.objects.filter(alert__isnull=False, next_due_at__gt=clock.NOW)
    # Whoever holds a row is at work on it.
    held = ahead.order_by("id").select_for_update(no_key=True, skip_locked=True, of=("self",))
    by_state = list(held.values_list("pk", "state"))
    ids = [pk for pk, state in by_state if state == Obligation.State.RUNNING]
    answered = [pk for pk, state in by_state if state == Obligation.State.ANSWERED]
    log.warning("the clock was set back: every urgent ladder rings", extra={"count": len(ids)})
    Obligation.objects.filter(pk__in=answered).update(next_due_at=F("next_due_at") - set_back)
    return Obligation.objects.filter(pk__in=ids).update(next_due_at=clock.NOW)


def _try(step: Callable[[], int]) -> int:
    # What cannot be mended hides nothing else that can.
    try:
        return step()
    except Exception:
        log.exception("something could not be mended")
        return 0


def _open_missing_alerts() -> int:
    open_alert = Alert.objects.filter(referral=OuterRef("pk"), closed_at__isnull=True)
    silent = Referral.objects.filter(
        URGENT_NOT_SAFE, ~Exists(open_alert), raised_at__lt=clock.NOW - _MISSING_AFTER
    )
    return sum(_try(_opening(pk)) for pk in silent.values_list("pk", flat=True)[:_AT_ONCE])


def _opening(referral_id: int) -> Callable[[], int]:
    @transaction.atomic
    def open_it() -> int:
        # Both look at the present state of the referral; of the event they take only whose it is.
        last = Event.objects.filter(referral=referral_id).order_by("-id")[0]
        route(last)
        open_obligations(last)
        log.error("an alert was missing and is open now", extra={"referral": referral_id})
        return 1

    return open_it


@transaction.atomic
def _ring_the_untold() -> int:
    of_alert = Delivery.objects.filter(obligation__alert=OuterRef("alert"))
    lately = of_alert.filter(created_at__gt=clock.NOW - _FIRE_EVERY)
    begun = Q(rung__gt=0) | Q(round__gt=0)
    untold = Obligation.objects.running().filter(
        begun,
        ~Exists(of_alert.filter(sent_at__isnull=False)),
        ~Exists(lately),
        alert__opened_at__lt=clock.NOW - _UNTOLD_AFTER,
        next_due_at__gt=clock.NOW,
    )
    held = untold.order_by("id").select_for_update(no_key=True, skip_locked=True, of=("self",))
    ids = list(held.values_list("pk", flat=True)[:_AT_ONCE])
    return Obligation.objects.filter(pk__in=ids).update(next_due_at=clock.NOW) if ids else 0


@transaction.atomic
def _free_the_future() -> int:
    # A time that no rule gives was written by a clock that was ahead.
    held = Q(state=Delivery.State.LEASED, due_at__gt=clock.NOW + 2 * LEASE)
    waits = Q(state=Delivery.State.PENDING, due_at__gt=clock.NOW + _LONGEST_WAIT)
    stuck = Delivery.objects.open().filter(held | waits, priority__lte=URGENT)
    locked = stuck.order_by("uuid").select_for_update(no_key=True, skip_locked=True)
    ids = list(locked.values_list("pk", flat=True)[:_AT_ONCE])
    return Delivery.objects.filter(pk__in=ids).update(due_at=clock.NOW) if ids else 0
