"""What each step of a course writes: the rows that the service of that act would leave."""

from collections.abc import Callable, Mapping

from config.demo.cast import HOSPITAL
from config.demo.data.book import Book
from config.demo.data.case import Case, Owing
from config.demo.data.network import Office
from config.demo.data.proportions import MESSAGE_DIES
from config.demo.data.templates import Owed, acknowledgement_of
from config.demo.data.written import NULL, as_json
from coordination.escalation import EMAIL, SMS, Kind
from coordination.models.delivery import ELECTIVE, FIRST_OF_SIDE

Step = Callable[[Book, Case, int], None]
_DAY = 1440
_ON_THE_WAY = as_json(
    {
        "destination": "emergency_department",
        "reached": True,
        "transport": "car",
        "understood": True,
    }
)
_ITEMS = as_json({"diagnosis": "DEMO diagnosis.", "next_steps": "DEMO next steps."})


def _ask(book: Book, case: Case, at: int) -> None:
    case.concerned = sorted({*case.concerned, case.other.pk})
    by, reason = None, "DEMO: next in the region, with somebody on call"
    if case.is_named:
        by, reason = case.sender, "named by the sender"
    when = book.time(at)
    case.asked, case.answer = f"{case.pk}\t{case.other.pk}\t{reason}\t{when}", f"\t\t{NULL}"
    book.event(
        "referral.asked", case, when, by, f'{{"practice":"{case.other.name}","reason":"{reason}"}}'
    )
    if not case.owing:
        _ring(book, case, at)


def _nobody(book: Book, case: Case, at: int) -> None:
    data = '{"reason":"DEMO: nobody is on call"}'
    book.event("referral.nobody_available", case, book.time(at), None, data)
    _ring(book, case, at)


def _ring(book: Book, case: Case, at: int) -> None:
    template = case.template
    if not template.is_urgent:
        _owe(book, case, acknowledgement_of(template, case.other.specialty), at)
        return
    case.alert = book.number("coordination_alert")
    data = f'{{"pace":"{template.pace}","route":"{template.route}"}}'
    book.event("alert.opened", case, book.time(at), None, data)
    for owed in template.owed:
        _owe(book, case, owed, at)


def _owe(book: Book, case: Case, owed: Owed, at: int) -> None:
    office = case.office_of(owed.specialty)
    known = office.pk in case.concerned
    owing = Owing(book.number("coordination_obligation"), owed, office.pk if known else None, at)
    case.owing.append(owing)
    if known and owed.kind == Kind.ACKNOWLEDGE:
        _tell(book, case, owing, office, at)


def _tell(book: Book, case: Case, owing: Owing, office: Office, at: int) -> None:
    channel, to, point, priority = EMAIL, office.desk, office.desk_point, ELECTIVE
    if case.template.is_urgent:
        channel, to, point = SMS, office.clinician, office.mobile_point
        priority = FIRST_OF_SIDE
    is_dead = book.random.random() < MESSAGE_DIES
    sent, message = book.time(at + 1), owing.owed.message
    code = "unreachable" if is_dead else ""
    result = f"dead\t{sent}\t{sent}\t1\t{NULL}\t{NULL}\t{NULL}\t{sent}\t\t{code}"
    if not is_dead:
        result = f"delivered\t{sent}\t{sent}\t1\t{NULL}\t{sent}\t{sent}\t{NULL}\tDEMO\t"
    uuid = book.uuid()
    book.lines["coordination_delivery"].append(
        f"{uuid}\t{owing.pk}\t{point}\t{channel}\t{message}\t0\t0\t{priority}\t{result}\n"
    )
    outcome = "refused" if is_dead else "sent"
    book.write(
        "coordination_deliveryattempt", f"{uuid}\t1\tdemo\t{sent}\t{sent}\t{outcome}\t{code}\t"
    )
    told = {"channel": channel, "delivery": uuid, "message": message, "to": to}
    kind = "delivery.dead" if is_dead else "delivery.sent"
    book.event(kind, case, sent, None, as_json(told | ({"code": code} if code else {})))


def _answer(case: Case, kind: Kind, specialty: str, when: str, by: Office) -> None:
    for owing in case.owing:
        if owing.owed.kind == kind and owing.owed.specialty == specialty:
            owing.practice, owing.answer = by.pk, f"{when}\t{by.clinician}\tapi"


def _see_it(case: Case, office: Office, when: str) -> None:
    case.seen.setdefault(office.specialty, when)
    _answer(case, Kind.ACKNOWLEDGE, office.specialty, when, office)


def _acknowledge_by(office: Office, book: Book, case: Case, at: int) -> None:
    when = book.time(at)
    _see_it(case, office, when)
    data = f'{{"specialty":"{office.specialty}"}}'
    book.event("referral.acknowledged", case, when, office, data)


def _acknowledge(book: Book, case: Case, at: int) -> None:
    _acknowledge_by(case.other, book, case, at)


def _acknowledge_own(book: Book, case: Case, at: int) -> None:
    _acknowledge_by(case.sender, book, case, at)


def _accept(book: Book, case: Case, at: int) -> None:
    when = book.time(at)
    case.is_taken, case.answer = True, f"accepted\t\t{when}"
    _see_it(case, case.other, when)
    data = f'{{"practice":"{case.other.name}"}}'
    book.event("referral.accepted", case, when, case.other, data)


def _refuse(book: Book, case: Case, at: int) -> None:
    when, reason = book.time(at), "IN_THEATRE"
    book.write("referrals_ask", f"{case.asked}\tpassed\t{reason}\t{when}")
    data = f'{{"had_accepted":false,"practice":"{case.other.name}","reason_code":"{reason}"}}'
    book.event("referral.passed", case, when, case.other, data)
    case.other, case.is_named = case.spare, False
    for owing in case.owing:
        if owing.owed.specialty == case.other.specialty:
            owing.practice = case.other.pk
    _ask(book, case, at + 1)


def _decline(book: Book, case: Case, at: int) -> None:
    when, reason = book.time(at), "NO_CAPACITY"
    case.answer = f"declined\t{reason}\t{when}"
    book.event("referral.declined", case, when, case.other, f'{{"reason_code":"{reason}"}}')


def _plan_at(book: Book, case: Case, at: int, disposition: str) -> None:
    case.plan = book.time(at)
    book.write(
        "coordination_plan",
        f"{case.pk}\t{case.other.pk}\t{disposition}\t{case.other.clinician}\t{HOSPITAL}"
        f"\t{book.time(at + 60)}\t{case.other.clinician}\t{case.plan}",
    )
    _answer(case, Kind.PLAN, case.other.specialty, case.plan, case.other)


def _plan(book: Book, case: Case, at: int) -> None:
    _plan_at(book, case, at, "clinic_visit")
    data = '{"disposition":"clinic_visit"}'
    book.event("referral.planned", case, case.plan, case.other, data)


def _contact(book: Book, case: Case, at: int) -> None:
    when, by = book.time(at), case.sender
    _answer(case, Kind.PATIENT, by.specialty, when, by)
    case.whereabouts = f"on_the_way\t{when}"
    book.event("referral.patient_contacted", case, when, by, _ON_THE_WAY)


def _hand_over(book: Book, case: Case, at: int) -> None:
    _plan_at(book, case, at, "emergency_department")
    case.handed_over = case.plan
    _answer(case, Kind.ED_HANDOVER, case.sender.specialty, case.plan, case.sender)
    data = '{"disposition":"emergency_department"}'
    book.event("referral.handed_over", case, case.plan, case.sender, data)


def _safe(book: Book, case: Case, at: int) -> None:
    case.safe = book.time(at)
    book.event("alert.closed", case, case.safe, case.sender, '{"reason":"safe"}')


def _want(book: Book, case: Case, at: int) -> None:
    when, by = book.time(at), case.other
    _see_it(case, by, when)
    case.wanted = (
        f"{case.pk}\t{by.pk}\tDEMO: the last imaging, please.\t{by.clinician}\t{when}"
        f"\t{book.time(at + 5 * _DAY)}"
    )
    book.event("referral.information_requested", case, when, by)


def _give(book: Book, case: Case, at: int) -> None:
    when, by = book.time(at), case.sender
    book.write(
        "referrals_informationrequest",
        f"{case.wanted}\tDEMO: it is attached.\t{by.clinician}\t{when}",
    )
    case.wanted = ""
    book.event("referral.information_given", case, when, by)


def _book(book: Book, case: Case, at: int) -> None:
    when, by = book.time(at), case.other
    # It is when the next step is taken; what is cancelled would have been later.
    later = 2 * _DAY if "unbook" in case.course.steps else 0
    starts = book.time(case.at[case.step + 1] + later)
    case.booked = f"{case.pk}\t{by.pk}\t{starts}\tDEMO clinic\t\t{{}}\t{by.clinician}\t{when}"
    data = f'{{"moved":false,"starts_at":"{starts}"}}'
    book.event("referral.scheduled", case, when, by, data)


def _end_visit(book: Book, case: Case, when: str, status: str, reason: str = "") -> None:
    if case.booked:
        row = case.booked.format(f"{status}\t{reason}")
        book.write("referrals_visit", f"{row}\t{when}")
        case.booked = ""


def _miss(book: Book, case: Case, at: int) -> None:
    when = book.time(at)
    _end_visit(book, case, when, "noshow")
    book.event("referral.no_show", case, when, case.other)


def _unbook(book: Book, case: Case, at: int) -> None:
    when, reason = book.time(at), "BY_PATIENT"
    _end_visit(book, case, when, "cancelled", reason)
    book.event("referral.visit_cancelled", case, when, case.other, f'{{"reason_code":"{reason}"}}')


def _note(book: Book, case: Case, at: int, kind: str, *, advice: bool = False) -> str:
    when, by = book.time(at), case.other
    seen = f"{NULL}\t" if advice else f"{book.day(at)}\t{by.clinician}"
    said = "NO_SURGERY_NOW\t\tt" if kind == "final" else f"\t\t{NULL}"
    book.write(
        "referrals_consultnote",
        f"{case.pk}\t{by.pk}\t{kind}\t{advice}\t{seen}\tt\t{said}\t{_ITEMS}\t{by.clinician}\t{when}",
    )
    return when


def _see(book: Book, case: Case, at: int) -> None:
    when = _note(book, case, at, "interim")
    _end_visit(book, case, when, "fulfilled")
    book.event("referral.seen", case, when, case.other)


def _report(book: Book, case: Case, at: int) -> None:
    when = _note(book, case, at, "final")
    _end_visit(book, case, when, "fulfilled")
    case.is_reported = True
    book.event("referral.reported", case, when, case.other, '{"advice_only":false}')


def _advise(book: Book, case: Case, at: int) -> None:
    when = _note(book, case, at, "final", advice=True)
    case.is_reported = True
    book.event("referral.reported", case, when, case.other, '{"advice_only":true}')


def _close(book: Book, case: Case, at: int) -> None:
    data = '{"after_report":true}' if case.is_reported else '{"reason_code":"NO_LONGER_NEEDED"}'
    book.event("referral.closed", case, book.time(at), case.sender, data)


def _says(kind: str, reason: str = "", *, by_sender: bool = True) -> Step:
    """Build a step that is an event alone."""
    data = f'{{"reason_code":"{reason}"}}' if reason else "{}"

    def step(book: Book, case: Case, at: int) -> None:
        book.event(kind, case, book.time(at), case.sender if by_sender else case.other, data)

    return step


STEPS: Mapping[str, Step] = {
    "ask": _ask,
    "nobody": _nobody,
    "acknowledge": _acknowledge,
    "acknowledge_own": _acknowledge_own,
    "accept": _accept,
    "refuse": _refuse,
    "decline": _decline,
    "plan": _plan,
    "contact": _contact,
    "hand_over": _hand_over,
    "safe": _safe,
    "want": _want,
    "give": _give,
    "book": _book,
    "miss": _miss,
    "unbook": _unbook,
    "see": _see,
    "report": _report,
    "advise": _advise,
    "close": _close,
    "fail": _says("referral.failed", "PATIENT_DOES_NOT_COME", by_sender=False),
    "call_off": _says("referral.cancellation_requested", "PATIENT_IMPROVED"),
    "confirm": _says("referral.cancelled", by_sender=False),
    "cancel": _says("referral.cancelled", "PATIENT_IMPROVED"),
    "redirect": _says("referral.redirected", "NEARER_TO_PATIENT"),
    "mistake": _says("referral.entered_in_error", "SENT_BY_MISTAKE"),
}
