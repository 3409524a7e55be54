"""No event, and nothing that the engine reads, holds what people type or what is recommended."""

from dataclasses import replace

from coordination.models import Obligation
from referrals.models import Event
from referrals.workflow import Status
from tests import factories as make
from tests.coordination import stories as s
from tests.referrals.services import life


def said_of(referral):
    events = Event.objects.filter(referral=referral).values_list("data", flat=True)
    outcomes = Obligation.objects.filter(referral=referral).values_list("outcome", flat=True)
    return " ".join(map(str, [*events, *outcomes]))


def test_no_event_tells_what_is_recommended(cast):
    referral = life.brought_to(Status.REPORTED, cast)
    assert "CONSERVATIVE_CARE" not in said_of(referral)


def test_what_is_typed_into_a_plan_stays_with_the_plan(cast, run_engine):
    referral = life.send(cast, make.CAUDA_EQUINA)
    run_engine()
    plan = replace(s.PLAN, clinician="RN Kim for Mrs Canary", place="DEMO Canary Hospital")
    s.act("hand_over_to_ed", referral, cast.pain, plan, call_back="+15550001111")
    s.act("accept", referral, cast.spine, plan=plan)
    s.act("record_plan", referral, cast.spine, plan)
    said = said_of(referral)
    assert "Canary" not in said
    assert referral.plans.filter(clinician=plan.clinician).count() == 3
