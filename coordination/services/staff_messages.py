"""Writes and sends what people of the staff are told that is about no referral.

Claimed by lease and token, sent outside any transaction, then recorded: sent before marked. A test
goes out in the hours of its practice alone.
"""

import logging
import uuid
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from coordination.channels.base import Receipt, Result
from coordination.channels.registry import CHANNELS
from coordination.duties import ALL, Duty
from coordination.escalation import BY_PROVIDER, EMAIL, SMS
from coordination.messages import Message
from coordination.models import ContactPoint, OnCallChange, StaffMessage
from coordination.services import contacts, links, providers
from coordination.staff_texts import INSTEAD, RELIEVED, SWAPPED, TEST, StaffFacts, compose_for_staff
from referrals import calendars, clock
from referrals.models import Practice, Practitioner

log = logging.getLogger(__name__)

LEASE = timedelta(seconds=15)
# What is urgent must not wait for a provider that hangs on a message that is not.
SEND_SECONDS = 2.0
TRIES = 8
AT_ONCE_IF_WITHIN = timedelta(hours=24)
IN_WRITING = (SMS, EMAIL)
_threads = ThreadPoolExecutor(4, thread_name_prefix="staff")


@dataclass(frozen=True)
class Letter:
    """One claimed message with all that sending and recording need."""

    uuid: UUID
    token: UUID
    attempt: int
    point: ContactPoint
    kind: str
    address: str
    message: Message


def tell_staff(duty: Duty = ALL) -> int:
    """Send one message that is due; return 1, or 0 if none was."""
    found = _claim(duty)
    if isinstance(found, Letter):
        _record(found, _send(found))
    return 0 if found is None else 1


def write(
    kind: str, points: Iterable[ContactPoint], occasion: str, facts: dict[str, Any], due: datetime
) -> None:
    """Write one message to each of these contact points; for the same occasion only once."""
    at = clock.now()
    StaffMessage.objects.bulk_create(
        (
            StaffMessage(
                contact_point=point,
                kind=kind,
                occasion=occasion,
                facts=facts,
                created_at=at,
                due_at=due,
            )
            for point in points
        ),
        ignore_conflicts=True,
    )


def tell_of_swap(swapped: Iterable[OnCallChange]) -> None:
    """Tell both people of a swap when they are on call now, and who has the other shift."""
    one, other = swapped
    for mine, theirs in ((one, other), (other, one)):
        _tell_of(SWAPPED, mine.person, mine, about=theirs.person)


def tell_of_override(change: OnCallChange, relieved: Iterable[Practitioner]) -> None:
    """Tell whoever is on call instead, and whoever need not be."""
    _tell_of(INSTEAD, change.person, change)
    for person in {one.pk: one for one in relieved if one.pk != change.person_id}.values():
        _tell_of(RELIEVED, person, change, about=change.person)


def in_hours(practice: Practice, at: datetime) -> datetime:
    """Return the first instant from ``at`` on that lies in the hours of a practice, never by night.

    A practice without hours counts as open by day.
    """
    try:
        return calendars.add_working_hours(at, 0, practice.calendar)
    except calendars.NoWorkingHours:
        is_night = calendars.is_night(at, practice.zone)
        return calendars.next_morning(at, practice.zone) if is_night else at


def note_report(message_id: UUID, *, works: bool | None) -> bool:
    """Note what the provider says of one message; False if there is no such message.

    :param works: whether it arrived; ``None`` if the report says neither.
    """
    message = StaffMessage.objects.select_related("contact_point").filter(pk=message_id).first()
    if message and works is not None:
        contacts.found(message.contact_point, clock.now(), works=works)
    return message is not None


def _tell_of(
    kind: str,
    person: Practitioner | None,
    change: OnCallChange,
    about: Practitioner | None = None,
) -> None:
    points = ContactPoint.objects.usable().filter(practitioner=person, channel__in=IN_WRITING)
    at, ends = change.at, change.ends or change.begins
    soon = change.begins - at < AT_ONCE_IF_WITHIN
    facts = {
        "person": str(about) if about else "",
        "begins": change.begins.isoformat(),
        "ends": ends.isoformat(),
    }
    due = at if soon else in_hours(change.practice, at)
    write(kind, points, f"change {change.pk}", facts, due)


@transaction.atomic
def _claim(duty: Duty) -> Letter | StaffMessage | None:
    due = StaffMessage.objects.claimable(clock.NOW, duty)
    message = due.select_for_update(skip_locked=True, no_key=True, of=("self",)).first()
    if message is None:
        return None
    at, point = clock.now(), message.contact_point
    opens = in_hours(point.practice, at) if message.kind == TEST else at
    if opens > at:
        # Nobody is woken by a test, also if we were down when it was due.
        message.state, message.lease_token, message.due_at = StaffMessage.State.PENDING, None, opens
        message.save(update_fields=["state", "lease_token", "due_at"])
        return message
    message.state, message.lease_token = StaffMessage.State.LEASED, uuid.uuid4()
    message.attempts, message.due_at = message.attempts + 1, at + LEASE
    message.save(update_fields=["state", "lease_token", "attempts", "due_at"])
    return _letter(message) or message


def _letter(message: StaffMessage) -> Letter | None:
    # What cannot be read or written dies alone; so does what was tried too often.
    point = message.contact_point
    try:
        if message.attempts > TRIES or not point.is_active:
            raise ValueError("it is not to be sent any more")
        return Letter(
            uuid=message.pk,
            token=message.lease_token or uuid.uuid4(),
            attempt=message.attempts,
            point=point,
            kind=message.kind,
            address=point.address,
            message=_on_its_way(message),
        )
    except Exception:
        log.exception("a message to the staff is given up", extra={"channel": point.channel})
        message.state, message.lease_token = StaffMessage.State.DEAD, None
        message.error_code = "given_up"
        message.save(update_fields=["state", "lease_token", "error_code"])
        return None


def _on_its_way(message: StaffMessage) -> Message:
    text = compose_for_staff(message.kind, _facts(message))
    if message.contact_point.channel not in BY_PROVIDER:
        return text
    return replace(text, provider=providers.choose_for_staff(message.attempts))


def _facts(message: StaffMessage) -> StaffFacts:
    given: dict[str, Any] = dict(message.facts)
    for name in ("begins", "ends"):
        if name in given:
            given[name] = datetime.fromisoformat(given[name])
    return StaffFacts(
        zone=message.contact_point.practice.zone,
        link=links.url_of(links.secret_of_test(message.pk)) if message.kind == TEST else "",
        reply_code=message.reply_code,
        **given,
    )


def _send(letter: Letter) -> Receipt:
    channel = CHANNELS[letter.point.channel].channel
    sending = _threads.submit(
        channel.send, key=str(letter.uuid), address=letter.address, message=letter.message
    )
    try:
        return sending.result(timeout=SEND_SECONDS)
    except TimeoutError:
        sending.cancel()
        return Receipt(Result.RETRY, code="timeout")
    except Exception as error:  # What no channel foresaw must not hold up the engine.
        log.exception("a channel failed", extra={"channel": letter.point.channel})
        return Receipt(Result.RETRY, code=type(error).__name__[:40])


@transaction.atomic
def _record(letter: Letter, receipt: Receipt) -> None:
    at = clock.now()
    sent = receipt.result is Result.SENT
    change: dict[str, Any] = {"lease_token": None, "error_code": receipt.code}
    if sent:
        change |= {"state": StaffMessage.State.SENT, "sent_at": at}
    elif receipt.result is Result.RETRY and letter.attempt < TRIES:
        wait = CHANNELS[letter.point.channel].elective.wait_after(letter.attempt, receipt.wait)
        change |= {"state": StaffMessage.State.PENDING, "due_at": at + wait}
    else:
        change |= {"state": StaffMessage.State.DEAD}
    held = StaffMessage.objects.filter(
        pk=letter.uuid, lease_token=letter.token, state=StaffMessage.State.LEASED
    )
    if held.update(**change):
        contacts.found(letter.point, at, works=sent)
