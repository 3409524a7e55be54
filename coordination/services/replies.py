"""Takes what people answer by SMS or by a key on a call: the same acts as the page of the link.

A reply counts only from the person's own number and with a code that names one open question to
it; a key only on the call that was placed to it. Nothing is guessed.
"""

import re
from dataclasses import dataclass
from uuid import UUID

from django.db.models import QuerySet

from coordination.escalation import PAIN, SMS, VOICE
from coordination.models import AckToken, ContactPoint, Delivery
from coordination.services import contact_tests, links, respond
from coordination.services.reports import DeliveryUnknown, practice_of
from referrals.encryption import fingerprint
from referrals.reasons import NO_REASON_GIVEN
from referrals.walls import Actor, acting_as
from referrals.workflow import Side, TransitionRefused

SEEN, CANNOT = "1", "2"
_MEANINGS = {"1": SEEN, "seen": SEEN, "2": CANNOT, "cannot": CANNOT, "can't": CANNOT}
# The answer and the code written together, such as 14821.
_TOGETHER = re.compile(r"\b([12])([0-9]{4})\b")
_WORDS = re.compile(r"[a-z']+|[0-9]+")


@dataclass(frozen=True)
class Reply:
    """What came of an answer: an id of ``ANSWERS``, and the reference it was about.

    ``again`` is the hour, in the person's zone, at which what they have seen lapses.
    """

    answer: str
    reference: str = ""
    again: str = ""


def reply_by_sms(sender: str, body: str) -> Reply:
    """Take an SMS such as "1 4821" as the answer of the person whose number it came from."""
    choice, code = read_sms(body)
    found = links.find_by_code(fingerprint(sender), code) if choice else []
    if not found and choice:
        return Reply(contact_tests.answer_by_sms(fingerprint(sender), code, yes=choice == SEEN))
    if len(found) != 1:
        return Reply("not_understood")
    with acting_as(_caller(found[0].practice_id)):
        return _take(_tokens().get(pk=found[0].token_id), choice, via=SMS)


def reply_by_key(delivery_id: UUID, *, called: str, digits: str) -> Reply:
    """Take the key that was pressed on one call as the answer of the person who was called.

    :param called: the number that the provider called.
    :raises DeliveryUnknown: if there is no such delivery.
    """
    try:
        practice_id = practice_of(delivery_id)
    except DeliveryUnknown:
        of_test = contact_tests.answer_by_key(
            delivery_id, called=fingerprint(called), yes=digits == SEEN
        )
        if of_test is None:
            raise
        return Reply(of_test)
    with acting_as(_caller(practice_id)):
        call = Delivery.objects.get(pk=delivery_id)
        own = ContactPoint.objects.usable().filter(
            pk=call.contact_point_id, address_fingerprint=fingerprint(called)
        )
        asked = _tokens().filter(obligation=call.obligation_id, contact_point__in=own)
        token = asked.first() if call.channel == VOICE else None
        if token is None or digits not in (SEEN, CANNOT):
            return Reply("wrong_key")
        return _take(token, digits, via=VOICE)


def read_sms(body: str) -> tuple[str, str]:
    """Return the answer and the code of an SMS; both empty unless it holds just one of each."""
    words = _WORDS.findall(_TOGETHER.sub(r"\1 \2", body.lower()))
    meant = {_MEANINGS[word] for word in words if word in _MEANINGS}
    codes = {word for word in words if len(word) == 4 and word.isdecimal()}
    rest = [word for word in words if word not in _MEANINGS and word not in codes]
    if rest or len(meant) != 1 or len(codes) != 1:
        return "", ""
    return meant.pop(), codes.pop()


def _take(token: AckToken, choice: str, *, via: str) -> Reply:
    owed, point = token.obligation, token.contact_point
    reference, person = owed.referral.reference, point.practitioner
    if owed.alert is None or owed.alert.closed_at is not None:
        return Reply("over", reference)
    if person is None:
        return Reply("needs_a_name")
    if point.practice.specialty != owed.specialty:
        return Reply("coordinates", reference)
    by = Actor("practitioner", str(person), point.practice_id, person.pk)
    if choice == CANNOT and owed.referral.side_of(by) is Side.SENDER:
        return Reply("only_seen", reference)
    try:
        return Reply(_act(token, choice, by, via), reference, _again(token))
    except TransitionRefused:
        return Reply("too_late", reference)


def _act(token: AckToken, choice: str, by: Actor, via: str) -> str:
    owed = token.obligation
    if choice == CANNOT:
        respond.pass_on(owed.referral_id, by=by, reason_code=NO_REASON_GIVEN, may_give_back=False)
        return "passed"
    respond.acknowledge(owed.referral_id, by=by, via=via)
    owed.refresh_from_db()
    if owed.answered_by != by.name:
        return "answered_before"
    return "seen_pain" if owed.specialty == PAIN else "seen_surgeon"


def _again(token: AckToken) -> str:
    token.obligation.refresh_from_db()
    lapses = token.obligation.lapses_at
    zone = token.contact_point.practice.zone
    return lapses.astimezone(zone).strftime("%H:%M") if lapses else ""


def _tokens() -> QuerySet[AckToken]:
    return AckToken.objects.select_related(
        "obligation__referral",
        "obligation__alert",
        "contact_point__practitioner",
        "contact_point__practice",
    )


def _caller(practice_id: int) -> Actor:
    return Actor(kind="telephone", name="whoever answers", practice_id=practice_id)
