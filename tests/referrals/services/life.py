"""How tests take a referral through its life: every act behind the wall, on its own version."""

from datetime import date, timedelta

from django.utils import timezone

from referrals import services
from referrals.calendars import add_working_days
from referrals.models import Event, Referral
from referrals.workflow import Status
from tests import factories as make
from tests.cast import behind_the_wall
from tests.referrals.services.by_hand import person

TOMORROW = services.Appointment(timezone.now() + timedelta(days=1), "DEMO Clinic", "A-1")
SEEN = services.Consult(
    seen_on=date(2026, 11, 24),
    seen_by="Dr DEMO",
    recommendation_code="CONSERVATIVE_CARE",
    red_flag_advice_given=True,
    items={"answer_to_question": "DEMO answer."},
)
BECAUSE = services.Reason("OTHER", "DEMO words about the patient.")
# What each act takes beside the referral.
TAKES = {
    "decline": (services.Reason("NO_CAPACITY"),),
    "request_information": ("DEMO: which implant?",),
    "answer_information": ("DEMO: none.",),
    "schedule": (TOMORROW,),
    "cancel_visit": (services.Reason("BY_PATIENT"),),
    "record_visit": (SEEN,),
    "report": (SEEN,),
    "close": (services.Reason(""),),
    "request_cancellation": (BECAUSE,),
    "redirect": (BECAUSE, None),
    "record_failure": (BECAUSE,),
    "enter_in_error": (BECAUSE,),
}
# The acts that bring a new referral to a status: the receiver's, unless "sender" stands first.
WAYS = {
    Status.SENT: (),
    Status.RECEIVED: ("acknowledge",),
    Status.AWAITING_INFORMATION: ("accept", "request_information"),
    Status.ACCEPTED: ("accept",),
    Status.DECLINED: ("decline",),
    Status.SCHEDULED: ("accept", "schedule"),
    Status.NO_SHOW: ("accept", "schedule", "record_no_show"),
    Status.VISIT_CANCELLED: ("accept", "schedule", "cancel_visit"),
    Status.SEEN: ("accept", "schedule", "record_visit"),
    Status.CANCEL_REQUESTED: ("accept", "sender request_cancellation"),
    Status.CANCELLED: ("sender request_cancellation",),
    Status.REPORTED: ("accept", "schedule", "record_visit", "report"),
    Status.CLOSED: ("accept", "schedule", "report", "sender close"),
    Status.REDIRECTED: ("sender redirect",),
    Status.FAILED: ("accept", "record_failure"),
    Status.ENTERED_IN_ERROR: ("sender enter_in_error",),
}


def send(cast, findings=make.STABLE_CLAUDICATION, **given):
    """An elective referral that names the spine office."""
    by, given = person(cast.pain), {"receiver": cast.spine.practice} | given
    with behind_the_wall(by):
        return services.submit(make.make_intake(findings, **given), by=by)


def act(name, referral, office, *takes, **given):
    """Do one act as the office's clinician; what it takes has a usual value."""
    by = given.pop("by", None) or person(office)
    if name != "acknowledge":
        given.setdefault("if_version", again(referral).version)
    with behind_the_wall(by):
        return getattr(services, name)(referral.pk, *(takes or TAKES.get(name, ())), by=by, **given)


def brought_to(status, cast, **given):
    """A referral that has come to this status by acts alone."""
    referral = send(cast, **given)
    for step in WAYS[status]:
        name = step.removeprefix("sender ")
        act(name, referral, cast.spine if name == step else cast.pain)
    found = again(referral)
    assert found.status == status
    return found


def again(referral):
    """The referral as it stands now."""
    return Referral.objects.get(pk=referral.pk)


def last_event(referral):
    """The latest line of its timeline."""
    return Event.objects.filter(referral=referral).order_by("-id")[0]


def turn(referral):
    """Whose move it is, and what for."""
    found = again(referral)
    return found.owner_side, found.next_action


def working_days_later(referral, owner, days):
    """When the owner's practice closes, so many working days after the last act."""
    found = again(referral)
    practice = found.sender if owner == "sender" else found.receiver
    return add_working_days(last_event(referral).at, days, practice.calendar)
