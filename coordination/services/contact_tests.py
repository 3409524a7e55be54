"""Tests each way to reach whoever is on call within a week; an answer proves that it works.

A test is marked as one, goes out in the hours of the practice alone, and is answered as an urgent
message is: by link, by SMS, or by a key. Nobody owes an answer; the coordinator learns of none.
"""

from collections import defaultdict
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from coordination.escalation import EMAIL, SMS, VOICE
from coordination.models import AckToken, ContactPoint, OnCallShift, StaffMessage
from coordination.services import links, staff_messages
from coordination.services.reachability import in_words
from coordination.staff_texts import TEST, UNANSWERED
from referrals import clock
from referrals.models import Practitioner
from referrals.models.practice import Role, Specialty

WEEK = timedelta(weeks=1)
# What a person carries and a machine can reach. Whoever calls an answering service tests it.
TESTED = (SMS, VOICE, EMAIL)
_BY_TELEPHONE = (SMS, VOICE)


def write_tests() -> int:
    """Write a test to each way that was not proved within a week, of whoever is on call within one.

    Saying it again writes nothing. Return how many were written.
    """
    at = clock.now()
    points = list(_due(at))
    for point in points:
        _write(point, at)
    return len(points)


def pass_on_unanswered() -> int:
    """Tell the coordinator of a practice, once, who did not answer a test; return of how many."""
    with transaction.atomic():
        at = clock.now()
        late = StaffMessage.objects.unanswered(at).filter(passed_on_at__isnull=True)
        late = late.select_for_update(skip_locked=True, no_key=True, of=("self",))
        found = list(late.select_related("contact_point__practitioner__practice"))
        by_person: dict[Practitioner, list[StaffMessage]] = defaultdict(list)
        for test in found:
            if test.contact_point.practitioner:
                by_person[test.contact_point.practitioner].append(test)
        for person, tests in by_person.items():
            _pass_on(person, tests, at)
        StaffMessage.objects.filter(pk__in=[test.pk for test in found]).update(passed_on_at=at)
    return len(found)


def find(secret: str) -> StaffMessage | None:
    """Find the test behind a link, if there is one."""
    tests = StaffMessage.objects.tests().filter(secret_hash=links.hash_of(secret))
    return tests.select_related("contact_point__practice", "contact_point__practitioner").first()


def is_over(test: StaffMessage, at: datetime) -> bool:
    """Say whether a test is so old that an answer would prove nothing."""
    return at - test.created_at > WEEK


@transaction.atomic
def it_works(test: StaffMessage, *, via: str) -> None:
    """Record that a test was answered, and that its way to reach the person works."""
    at = clock.now()
    ContactPoint.objects.filter(pk=test.contact_point_id).update(verified_at=at, failing_since=None)
    unanswered = StaffMessage.objects.filter(pk=test.pk, answered_at__isnull=True)
    unanswered.update(answered_at=at, answered_via=via)


def answer_by_sms(address: bytes, code: str, *, yes: bool) -> str:
    """Take an SMS as the answer to the test with this code; return an id of ``ANSWERS``."""
    tests = _open(clock.now()).filter(
        contact_point__address_fingerprint=address, reply_code=code, contact_point__channel=SMS
    )
    found = list(tests[:2])
    if len(found) != 1:
        return "not_understood"
    return _answer(found[0], yes=yes, via=SMS)


def answer_by_key(message_id: UUID, *, called: bytes, yes: bool) -> str | None:
    """Take a key that was pressed on the call of a test; ``None`` if it is the call of none."""
    test = StaffMessage.objects.tests().filter(pk=message_id).first()
    if test is None:
        return None
    own = _open(clock.now()).filter(pk=message_id, contact_point__channel=VOICE)
    if not own.filter(contact_point__address_fingerprint=called).exists():
        return "wrong_key"
    return _answer(test, yes=yes, via=VOICE)


def _answer(test: StaffMessage, *, yes: bool, via: str) -> str:
    if not yes:
        return "only_a_test"
    it_works(test, via=via)
    return "works"


def _open(at: datetime) -> QuerySet[StaffMessage]:
    return StaffMessage.objects.tests().filter(
        created_at__gt=at - WEEK, contact_point__is_active=True
    )


def _due(at: datetime) -> QuerySet[ContactPoint]:
    on_call = OnCallShift.objects.between(at, at + WEEK).filter(practice__is_active=True)
    asked = StaffMessage.objects.tests().filter(
        contact_point=OuterRef("pk"), created_at__gt=at - WEEK
    )
    unproved = Q(verified_at__isnull=True) | Q(verified_at__lt=at - WEEK)
    points = ContactPoint.objects.filter(
        unproved,
        ~Exists(asked),
        is_active=True,
        channel__in=TESTED,
        practitioner__in=on_call.values("practitioner"),
        practitioner__is_active=True,
    )
    return points.select_related("practice").order_by("practitioner", "uuid")


def _write(point: ContactPoint, at: datetime) -> None:
    test = StaffMessage(
        contact_point=point,
        kind=TEST,
        occasion=at.date().isoformat(),
        created_at=at,
        due_at=at,
    )
    test.secret_hash = links.hash_of(links.secret_of_test(test.pk))
    test.reply_code = _code(point, at) if point.channel in _BY_TELEPHONE else ""
    # Another process may have been first.
    StaffMessage.objects.bulk_create([test], ignore_conflicts=True)


def _code(point: ContactPoint, at: datetime) -> str:
    # No code that is open at this number: an answer must mean one thing.
    here = Q(contact_point__address_fingerprint=point.address_fingerprint)
    asked = AckToken.objects.filter(here, obligation__alert__closed_at__isnull=True)
    tests = _open(at).filter(here)
    codes = asked.values_list("reply_code", flat=True).union(
        tests.values_list("reply_code", flat=True)
    )
    return links.new_code(set(codes))


def _pass_on(person: Practitioner, tests: list[StaffMessage], at: datetime) -> None:
    ways = ", ".join(sorted({in_words(test.contact_point.channel) for test in tests}))
    facts = {"person": str(person), "ways": ways}
    occasion = f"{person.pk} {at.date().isoformat()}"
    due = staff_messages.in_hours(person.practice, at)
    staff_messages.write(UNANSWERED, _coordinators(person), occasion, facts, due)


def _coordinators(person: Practitioner) -> list[ContactPoint]:
    """Find whom to tell: the practice's coordinators, else its front desk, else the network's."""
    written = ContactPoint.objects.usable().filter(channel__in=staff_messages.IN_WRITING)
    own = Q(practitioner__practice=person.practice_id, practitioner__role=Role.COORDINATOR)
    network = Q(practice__specialty=Specialty.COORDINATION, practice__is_active=True)
    desk = Q(practice=person.practice_id, practitioner__isnull=True)
    for who in (own & ~Q(practitioner=person), desk, network):
        found = list(written.filter(who))
        if found:
            return found
    return []
