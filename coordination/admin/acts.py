"""What can be pressed on the referral page: ACTS says, for each act, the form and the service.

A form is checked by the shapes of the API. Nothing here decides; services do.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from coordination import services
from coordination.admin import words
from coordination.admin.entries import Entry
from coordination.api import serializers as shapes
from coordination.models import Plan
from referrals import clock
from referrals import services as referrals
from referrals.api.bodies import DeclineIn, reason_in
from referrals.api.serializers import ResolutionIn
from referrals.models import RedFlag, Referral
from referrals.reasons import DECLINE_REASONS, PASS_REASONS
from referrals.walls import Actor

VIA = "desk"


@dataclass(frozen=True)
class Press:
    """One press of a button: what was pressed on, by whom, what was typed, on which version."""

    referral: Referral
    by: Actor
    data: dict[str, Any]
    version: int | None
    rule: str = ""

    @property
    def plan(self) -> services.ReceivingPlan | None:
        """The receiving plan that was typed, if any."""
        return self.data["plan"]["plan"] if "plan" in self.data else None


@dataclass(frozen=True)
class Act:
    """One row of ACTS. ``done`` is what the person reads after it."""

    label: str
    says: str
    done: str
    shape: Any
    do: Callable[[Press], object]
    entries: tuple[Entry, ...] = ()
    optional: bool = False


def _acknowledge(press: Press) -> None:
    services.acknowledge(press.referral.pk, by=press.by, via=VIA)


def _accept(press: Press) -> None:
    services.accept(
        press.referral.pk, by=press.by, via=VIA, plan=press.plan, if_version=press.version
    )


def _pass(press: Press) -> None:
    services.pass_on(press.referral.pk, by=press.by, reason_code=press.data["reason_code"])


def _plan(press: Press) -> None:
    plan = press.data["plan"]["plan"]
    services.record_plan(press.referral.pk, plan, by=press.by, via=VIA, if_version=press.version)


def _hand_over(press: Press) -> None:
    data = press.data
    plan = services.ReceivingPlan(
        disposition=Plan.Disposition.EMERGENCY_DEPARTMENT,
        clinician=data["spoke_to"],
        place=data["ed_name"],
        at=clock.now(),
    )
    services.hand_over_to_ed(
        press.referral.pk, plan, by=press.by, via=VIA, call_back=data["call_back"]
    )


def _patient(press: Press) -> None:
    names = ("reached", "understood", "transport", "destination")
    outcome = {name: press.data[name] for name in names}
    services.record_patient_contact(press.referral.pk, outcome, by=press.by, via=VIA)


def _decline(press: Press) -> None:
    referrals.decline(
        press.referral.pk,
        reason_in(press.data),
        by=press.by,
        if_version=press.version,
    )


def _resolve(press: Press) -> None:
    flag, data = RedFlag.objects.of(press.referral.patient_id, press.rule), press.data
    ending = referrals.Ending(data["resolution"], data["basis"], data["basis_on"])
    referrals.resolve(flag.pk, ending, by=press.by)


_PLAN = (
    Entry("plan.disposition", "What happens", "choice", tuple(words.DISPOSITIONS.items())),
    Entry("plan.clinician", "Who receives the patient"),
    Entry("plan.place", "Where"),
    Entry("plan.at", "When", "time", help="In the time of your practice."),
)
_TRANSPORT = (
    ("ambulance", "by ambulance"), ("driven", "somebody drives them"),
    ("alone", "on their own"), ("none", "no way to get there yet"),
    ("unknown", "not known: not reached"),
)  # fmt: skip
_DESTINATION = (
    ("emergency_department", "emergency department"), ("clinic", "clinic"),
    ("hospital_already", "is in hospital already"), ("refused", "refuses to go"),
    ("unknown", "not known: not reached"),
)  # fmt: skip

ACTS: Mapping[str, Act] = {
    "acknowledge": Act(
        "I have seen this",
        "Stops the ringing for your side. Seen is not accepted.",
        "Recorded: your side has seen it.",
        shapes.AcknowledgementIn,
        _acknowledge,
    ),
    "accept": Act(
        "Accept this patient",
        "You take the patient. If you know who receives them, say so here; or do it later.",
        "Recorded: you have accepted this patient.",
        shapes.AcceptanceIn,
        _accept,
        _PLAN,
        optional=True,
    ),
    "record_plan": Act(
        "Record the receiving plan",
        "Without it an urgent case is not safe.",
        "Recorded: the receiving plan.",
        shapes.PlanActIn,
        _plan,
        _PLAN,
    ),
    "record_patient_contact": Act(
        "Record the call to the patient",
        "If they were not reached, or cannot get there, we keep reminding you.",
        "Recorded. Until the patient was reached and is on the way, we remind you.",
        shapes.PatientContactIn,
        _patient,
        (
            Entry("reached", "I spoke to the patient", "yes"),
            Entry("understood", "They said back in their own words what to do", "yes"),
            Entry("transport", "How they get there", "choice", _TRANSPORT),
            Entry("destination", "Where they go", "choice", _DESTINATION),
        ),
    ),
    "hand_over_to_ed": Act(
        "Record the handover to the emergency department",
        "After you have spoken to a nurse or physician there, by name.",
        "Recorded: the emergency department has the patient.",
        shapes.HandoverIn,
        _hand_over,
        (
            Entry("ed_name", "Which emergency department"),
            Entry("spoke_to", "Who you spoke to, with role"),
            Entry("call_back", "Their call-back number"),
        ),
    ),
    "pass": Act(
        "I cannot: ask the next",
        "The next practice is asked at once.",
        "Recorded: the next practice is being asked now.",
        shapes.PassIn,
        _pass,
        (Entry("reason_code", "Why not?", "choice", tuple(PASS_REASONS.items())),),
    ),
    "decline": Act(
        "Decline this referral",
        "The sender learns why.",
        "Recorded: you have declined, and the sender is told why.",
        DeclineIn,
        _decline,
        (
            Entry("reason_code", "Why?", "choice", tuple(DECLINE_REASONS.items())),
            Entry("comment", "In words, if the reason needs them"),
        ),
    ),
    # Stands beside each red flag, for clinicians; never among the acts of a side.
    "resolve": Act(
        "Resolve this red flag",
        "By a clinician. It neither closes the case nor lowers its urgency.",
        "Recorded: how the red flag ended.",
        ResolutionIn,
        _resolve,
        (
            Entry("resolution", "How it ended", "choice", tuple(RedFlag.Resolution.choices)),
            Entry("basis", "The treatment, imaging or examination"),
            Entry("on", "On which day", "day"),
        ),
    ),
}
