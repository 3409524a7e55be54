"""Sends what is due: claimed by lease and token, sent outside any transaction, then recorded.

Sent before marked: a crash in between repeats a message, and never loses one.
"""

import logging
import os
import socket
import uuid
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Prefetch

from coordination import messages
from coordination.channels.base import Receipt, Result
from coordination.channels.registry import CHANNELS, Retry
from coordination.duties import ALL, Duty
from coordination.escalation import BY_PROVIDER, CALLED, FIRST_PROVIDER
from coordination.models import AckToken, ContactPoint, Delivery, DeliveryAttempt, Obligation
from coordination.models.delivery import ELECTIVE
from coordination.services import call_list, contacts, links, providers
from coordination.services.ladder import pull_forward
from coordination.services.outcome import tell_switched_off
from referrals import clock, outbox
from referrals.clinical import Tier
from referrals.encryption import Undecryptable
from referrals.models import Practice, Referral
from referrals.walls import ENGINE

log = logging.getLogger(__name__)

LEASE = timedelta(seconds=15)
# Well within the lease: a far end that answers drop by drop is given up, its thread left behind.
SEND_SECONDS = 10.0
# A routine message that hangs must not keep a lone dispatcher from what is urgent.
SEND_SECONDS_ELECTIVE = 2.0
AT_ONCE = 8
CRASHES_BEFORE_DEAD = 3

_WHOLE = (
    Prefetch("contact_point", ContactPoint.objects.select_related("practice", "practitioner")),
    Prefetch("obligation", Obligation.objects.select_related("practice", "referral__receiver")),
)
_WORKER = f"{socket.gethostname()}:{os.getpid()}"


@dataclass(frozen=True)
class _Way:
    """What a message is given on its way out: its provider, and the code to reply with."""

    provider: str = FIRST_PROVIDER
    reply_code: str = ""


@dataclass(frozen=True)
class Parcel:
    """One claimed delivery with all that sending and recording need.

    ``spoiled`` is the receipt of a delivery that must not be tried: nothing is sent for it.
    """

    delivery: uuid.UUID
    token: uuid.UUID
    attempt: int
    point: ContactPoint
    channel: str
    address: str
    message: messages.Message
    referral: Referral
    told: dict[str, str]
    is_elective: bool = False
    spoiled: Receipt | None = None


def tell_first(duty: Duty = ALL) -> int:
    """Send the first messages to each side, and nothing else; return how many."""
    return _send_and_record(claim(duty, only_first=True))


def drain(duty: Duty = ALL) -> int:
    """Claim up to eight due deliveries, send them side by side, record each; return how many."""
    return _send_and_record(claim(duty))


def _send_and_record(parcels: list[Parcel]) -> int:
    unrecorded: list[Exception] = []
    for parcel, receipt in _send_all(parcels):
        try:
            record(parcel, receipt)
            if parcel.channel in BY_PROVIDER and not parcel.spoiled:
                providers.note(parcel.message.provider, receipt)
        except Exception as error:  # The lease runs out and it is sent again; the others go on.
            unrecorded.append(error)
    if unrecorded:
        raise unrecorded[0]
    return len(parcels)


@transaction.atomic
def claim(duty: Duty = ALL, *, only_first: bool = False) -> list[Parcel]:
    """Lease the most urgent due deliveries to this worker, with a new token for this claim."""
    unsent, now = Delivery.objects, clock.NOW
    due = unsent.first_of_side(now, duty) if only_first else unsent.claimable(now, duty)
    # Locked alone and joined to nothing: to plan the join of all eight tables took 30 ms.
    due = due.select_for_update(skip_locked=True, no_key=True)
    chosen = _together(_of_one_kind(list(due.prefetch_related(*_WHOLE)[:AT_ONCE])))
    return _lease(chosen, clock.now()) if chosen else []


def send(parcel: Parcel) -> Receipt:
    """Hand one parcel to its channel. It touches no database, so it may run in any thread."""
    if parcel.spoiled:
        return parcel.spoiled
    try:
        return CHANNELS[parcel.channel].channel.send(
            key=str(parcel.delivery), address=parcel.address, message=parcel.message
        )
    except Exception as error:  # What no channel foresaw must not hold up the other parcels.
        log.exception("a channel failed", extra={"channel": parcel.channel})
        return Receipt(Result.RETRY, code=type(error).__name__[:40])


def record(parcel: Parcel, receipt: Receipt) -> bool:
    """Write how a send ended. False, and nothing changed, if this worker lost its lease."""
    sent = receipt.result is Result.SENT
    # That a call is on our own list says nothing about the number.
    of_the_number = not parcel.spoiled and parcel.channel not in CALLED
    if sent and not (of_the_number and parcel.point.failing_since):
        return _sent(parcel, receipt)
    with transaction.atomic():
        at = clock.now()
        recorded = _sent(parcel, receipt) if sent else _failed(parcel, receipt, at)
        # Last, because the lock on a contact comes after all others.
        if recorded and of_the_number:
            contacts.found(parcel.point, at, works=sent)
    return recorded


def _failed(parcel: Parcel, receipt: Receipt, at: datetime) -> bool:
    DeliveryAttempt.objects.filter(
        delivery=parcel.delivery, n=parcel.attempt, finished_at__isnull=True
    ).update(finished_at=at, outcome=receipt.result, code=receipt.code)
    policy = _patience(parcel)
    tired = parcel.attempt >= policy.tries
    if receipt.result is not Result.RETRY or (tired and policy.gives_up):
        return _dead(parcel, receipt, at)
    # Each delivery has a spread of its own, the same at every try.
    sooner = parcel.delivery.int % 100 / 100
    next_try = at + policy.wait_after(parcel.attempt, receipt.wait, sooner=sooner)
    if parcel.attempt == policy.tries:
        return _put_back_and_wake_the_next_rung(parcel, receipt, at, next_try)
    return _put_back(parcel, receipt, next_try)


def _of_one_kind(due: list[Delivery]) -> list[Delivery]:
    # Urgent ones come first, and wait for no routine one that is sent beside them.
    return [one for one in due if (one.priority >= ELECTIVE) == (due[0].priority >= ELECTIVE)]


class _Threads:
    """Threads that send, kept from batch to batch."""

    def __init__(self, most: int) -> None:
        self._most = most
        self.renew()

    def renew(self) -> None:
        """Leave those behind that hang: they may hang for long, and take nobody's place."""
        self.pool = ThreadPoolExecutor(self._most, thread_name_prefix="send")


# More than a process ever sends at once: nobody waits for a thread.
_threads = _Threads(100)


def _send_all(parcels: list[Parcel]) -> Iterator[tuple[Parcel, Receipt]]:
    sending = {_threads.pool.submit(send, parcel): parcel for parcel in parcels}
    seconds = SEND_SECONDS_ELECTIVE if all(one.is_elective for one in parcels) else SEND_SECONDS
    try:
        for done in as_completed(list(sending), timeout=seconds):
            yield sending.pop(done), done.result()
    except TimeoutError:
        _threads.renew()
        # Recording takes time as well: what was answered meanwhile is no time-out.
        for done, parcel in sending.items():
            late = Receipt(Result.RETRY, code="timeout")
            yield parcel, done.result() if done.done() else late


def _together(due: list[Delivery]) -> list[tuple[Delivery, int]]:
    """Choose what is sent at once, with earlier crashes: suspects never share a worker's fate."""
    tried = [one.pk for one in due if one.attempts]
    unfinished = DeliveryAttempt.objects.filter(delivery__in=tried, finished_at__isnull=True)
    crashes = Counter(unfinished.values_list("delivery", flat=True) if tried else ())
    counted = [(one, crashes[one.pk]) for one in due]
    suspects = [pair for pair in counted if pair[1]]
    return suspects[:1] + [pair for pair in counted if not pair[1]]


def _lease(chosen: list[tuple[Delivery, int]], at: datetime) -> list[Parcel]:
    token, ids = uuid.uuid4(), [delivery.pk for delivery, _ in chosen]
    Delivery.objects.filter(pk__in=ids).update(
        state=Delivery.State.LEASED,
        lease_token=token,
        attempts=F("attempts") + 1,
        due_at=at + LEASE,
    )
    due = [delivery for delivery, _ in chosen]
    by = providers.choose(due, at)
    DeliveryAttempt.objects.bulk_create(
        DeliveryAttempt(
            delivery=one,
            n=one.attempts + 1,
            worker=_WORKER,
            claimed_at=at,
            provider=by.get(one.pk, ""),
        )
        for one, _ in chosen
    )
    codes = _reply_codes(due)
    ways = {one.pk: _Way(by.get(one.pk, FIRST_PROVIDER), codes.get(_asked(one), "")) for one in due}
    return [_parcel(one, token, crashes, at, ways[one.pk]) for one, crashes in chosen]


def _parcel(delivery: Delivery, token: uuid.UUID, crashes: int, at: datetime, way: _Way) -> Parcel:
    address, message, spoiled = _contents(delivery, at, way)
    if not delivery.contact_point.is_active:
        spoiled = Receipt(Result.REFUSED, code="contact_retired")
    if crashes >= CRASHES_BEFORE_DEAD:
        spoiled = Receipt(Result.REFUSED, code="crashed_its_worker")
    return Parcel(
        delivery=delivery.pk,
        token=token,
        attempt=delivery.attempts + 1,
        point=delivery.contact_point,
        channel=delivery.channel,
        address=address,
        message=message,
        referral=delivery.obligation.referral,
        told=delivery.in_words,
        is_elective=delivery.priority >= ELECTIVE,
        spoiled=spoiled,
    )


def _contents(
    delivery: Delivery, at: datetime, way: _Way
) -> tuple[str, messages.Message, Receipt | None]:
    # What cannot be read or written dies alone; an error here would stop every delivery there is.
    try:
        message = messages.compose(delivery.message, _facts(delivery, way.reply_code))
        secret = delivery.contact_point.secret
        signed = replace(message, provider=way.provider, secret=secret, at=at)
        return delivery.contact_point.address, signed, None
    except Undecryptable:
        code = "address_unreadable"
    except Exception:
        log.exception("a message cannot be written", extra={"delivery": str(delivery.pk)})
        code = "text_unwritable"
    return "", messages.Message("", "", ""), Receipt(Result.REFUSED, code=code)


def _facts(delivery: Delivery, reply_code: str) -> messages.Facts:
    obligation, point = delivery.obligation, delivery.contact_point
    receiver = _whom_it_names(delivery)
    return messages.Facts(
        reference=obligation.referral.reference,
        practice=receiver.short_name if receiver else "any practice",
        answer_by=obligation.due_at,
        zone=point.practice.zone,
        link=links.url_of(links.secret_for(obligation.pk, point.pk)),
        reply_code=reply_code,
        referral=str(obligation.referral.uuid),
        tier=Tier(obligation.referral.tier).name,
        written_at=delivery.created_at,
    )


def _reply_codes(due: list[Delivery]) -> dict[tuple[int, uuid.UUID], str]:
    # A link is made of these two ids, so they find its code without its secret.
    asked = [_asked(one) for one in due if one.channel in BY_PROVIDER]
    if not asked:
        return {}
    obligations, points = zip(*asked, strict=True)
    issued = AckToken.objects.filter(obligation__in=obligations, contact_point__in=points)
    found = issued.values_list("obligation", "contact_point", "reply_code")
    return {(obligation, point): code for obligation, point, code in found}


def _asked(delivery: Delivery) -> tuple[int, uuid.UUID]:
    return delivery.obligation_id, delivery.contact_point_id


def _whom_it_names(delivery: Delivery) -> Practice | None:
    obligation, own = delivery.obligation, delivery.contact_point.practice
    if delivery.message == "taken":
        return obligation.referral.receiver
    if delivery.message == call_list.TEXT:
        return call_list.whom_to_call(delivery)
    # An alternate is asked by its own name, whoever else is asked as well.
    return own if own.specialty == obligation.specialty else obligation.practice


def _patience(parcel: Parcel) -> Retry:
    row = CHANNELS[parcel.channel]
    delivery = Delivery.objects.get(pk=parcel.delivery)
    if delivery.priority == ELECTIVE:
        return row.elective
    return row.notice if delivery.message in messages.NOTICES else row.urgent


# The most frequent of all writes is one statement: the attempt, the delivery if the token still
# holds its lease, and then the event.
_SENT = """
    ended AS (
        UPDATE coordination_deliveryattempt
        SET finished_at = clock_timestamp(), outcome = %s, code = %s
        WHERE delivery_id = %s AND n = %s AND finished_at IS NULL
    ), changed AS (
        UPDATE coordination_delivery
        SET state = 'sent', lease_token = NULL, sent_at = clock_timestamp(),
            provider_message_id = %s, error_code = ''
        WHERE uuid = %s AND lease_token = %s AND state = 'leased'
        RETURNING sent_at AS at
    )
"""


def _sent(parcel: Parcel, receipt: Receipt) -> bool:
    attempt = (receipt.result.value, receipt.code, parcel.delivery, parcel.attempt)
    held = (receipt.provider_message_id[:80], parcel.delivery, parcel.token)
    return outbox.record_change(
        outbox.Change(_SENT, attempt + held),
        # On the call list is not with a human: nobody has called yet.
        "call.listed" if parcel.channel in CALLED else "delivery.sent",
        referral=parcel.referral,
        by=ENGINE,
        data=parcel.told,
    )


def _dead(parcel: Parcel, receipt: Receipt, at: datetime) -> bool:
    owed = Obligation.objects.select_for_update(no_key=True).get(deliveries=parcel.delivery)
    held = Delivery.objects.held_by(parcel.delivery, parcel.token)
    if not held.update(
        state=Delivery.State.DEAD, lease_token=None, dead_at=at, error_code=receipt.code
    ):
        return False
    pull_forward(owed, Delivery.objects.get(pk=parcel.delivery), at)
    _tell_the_timeline("delivery.dead", parcel, at, {"code": receipt.code})
    if receipt.result is Result.GONE:
        contacts.switch_off(parcel.point)
        tell_switched_off(owed, parcel.point, at)
        _tell_the_timeline("contact.switched_off", parcel, at, {"code": receipt.code})
    return True


def _put_back_and_wake_the_next_rung(
    parcel: Parcel, receipt: Receipt, at: datetime, next_try: datetime
) -> bool:
    # The message is tried on, but nobody waits for it any more. The obligation is locked first.
    owed = Obligation.objects.select_for_update(no_key=True).get(deliveries=parcel.delivery)
    if not _put_back(parcel, receipt, next_try):
        return False
    pull_forward(owed, Delivery.objects.get(pk=parcel.delivery), at)
    return True


def _put_back(parcel: Parcel, receipt: Receipt, due_at: datetime) -> bool:
    held = Delivery.objects.held_by(parcel.delivery, parcel.token)
    return bool(
        held.update(
            state=Delivery.State.PENDING, lease_token=None, due_at=due_at, error_code=receipt.code
        )
    )


def _tell_the_timeline(kind: str, parcel: Parcel, at: datetime, data: dict[str, object]) -> None:
    outbox.record(kind, referral=parcel.referral, by=ENGINE, at=at, data=parcel.told | data)
