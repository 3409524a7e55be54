"""Every act of the law as one call, for whoever does anything in any order."""

from collections.abc import Callable, Mapping
from itertools import count, cycle
from uuid import UUID

from coordination import services as coordination
from coordination.models import CallTask
from referrals import services
from referrals.clinical import Tier
from referrals.models import Referral
from referrals.services.closing import ReasonMissing
from referrals.services.ending import RedFlagOpen
from referrals.services.lowering import LoweringRefused
from referrals.services.redirecting import NotElsewhere
from referrals.services.reporting import VisitMissing
from referrals.services.urgency import NotAChange
from referrals.walls import Actor
from tests import factories as make
from tests.coordination import stories as s
from tests.referrals.services import life
from tests.referrals.services.by_hand import to

# What the law permits may still be refused, for what else is or is not on record.
OTHER_REFUSALS = (
    ReasonMissing,
    RedFlagOpen,
    LoweringRefused,
    NotElsewhere,
    VisitMissing,
    NotAChange,
    CallTask.DoesNotExist,
    coordination.CallAlreadyRecorded,
)
_MOST_URGENT = to(Tier.EMERGENCY, reason="CANNOT_WAIT", words="")
_numbers = count(1)

Act = Callable[[Referral, Actor, int], object]


def _of_referrals(name: str) -> Act:
    takes = life.TAKES.get(name, ())
    return lambda case, by, version: getattr(services, name)(
        case.pk, *takes, by=by, if_version=version
    )


def _of_coordination(name: str, *takes: object, **given: object) -> Act:
    return lambda case, by, version: getattr(coordination, name)(
        case.pk, *takes, by=by, via="api", **given
    )


def _call(case: Referral, by: Actor, version: int) -> object:
    calls = CallTask.objects.filter(delivery__obligation__referral=case).order_by("-opened_at")
    found = calls.first()
    result = coordination.CallResult("reached", "Operator DEMO")
    return coordination.record_call(case.pk, found.pk if found else UUID(int=0), result, by=by)


# What comes of the patient differs from call to call, evenly.
_contacts = cycle((s.REACHED, s.SENT_TO_THE_ED, s.SENT_TO_THE_ED, s.REFUSES))
_arrivals = cycle(coordination.Arrival)


def _contact(case: Referral, by: Actor, version: int) -> object:
    return coordination.record_patient_contact(case.pk, next(_contacts), by=by, via="api")


def _arrival(case: Referral, by: Actor, version: int) -> object:
    return coordination.record_arrival(case.pk, next(_arrivals), by=by, via="api")


def _close(case: Referral, by: Actor, version: int) -> object:
    reason = services.Reason("") if case.status == "reported" else life.BECAUSE
    return services.close(case.pk, reason, by=by, if_version=version)


def _report(case: Referral, by: Actor, version: int) -> object:
    advice = not case.visits.exists()
    return services.report(case.pk, life.SEEN, by=by, advice_only=advice, if_version=version)


def _findings(case: Referral, by: Actor, version: int) -> object:
    return services.add_findings(
        case.pk, by=by, findings=make.FOOT_DROP_TODAY, codes=[], stated_by_clinician=False
    )


def _amend(case: Referral, by: Actor, version: int) -> object:
    fields = {"clinical_question": f"DEMO question {next(_numbers)}"}
    return services.amend(case.pk, fields, {}, by=by, if_version=version)


ACTS: Mapping[str, Act] = {
    **{
        name: _of_referrals(name)
        for name in (
            "decline", "answer_information", "schedule", "record_no_show", "cancel_visit",
            "record_visit", "request_cancellation", "confirm_cancellation",
            "withdraw_cancellation", "redirect", "reopen", "record_failure",
            "enter_in_error", "confirm_lowering",
        )
    },
    "acknowledge": _of_coordination("acknowledge"),
    "accept": lambda case, by, version: coordination.accept(
        case.pk, by=by, via="api", if_version=version
    ),
    "request_information": lambda case, by, version: coordination.request_information(
        case.pk, "DEMO: which implant?", by=by, via="api", if_version=version
    ),
    "pass": lambda case, by, version: coordination.pass_on(
        case.pk, by=by, reason_code="IN_THEATRE"
    ),
    "record_plan": lambda case, by, version: coordination.record_plan(
        case.pk, s.PLAN, by=by, via="api", if_version=version
    ),
    "hand_over_to_ed": _of_coordination("hand_over_to_ed", s.PLAN, call_back="+15550001111"),
    "record_patient_contact": _contact,
    "record_arrival": _arrival,
    "record_call": _call,
    "close": _close,
    "report": _report,
    "add_findings": _findings,
    "amend": _amend,
    "raise_urgency": lambda case, by, version: services.raise_urgency(
        case.pk, _MOST_URGENT, by=by
    ),
    "propose_lowering": lambda case, by, version: services.propose_lowering(
        case.pk, to(Tier.ROUTINE), by=by, if_version=version
    ),
    "withdraw_lowering": lambda case, by, version: services.withdraw_lowering(case.pk, by=by),
}  # fmt: skip
