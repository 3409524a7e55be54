"""How a referral is shown: one card for list, detail and every answer. It only reads."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from referrals import deadlines
from referrals.api import changes
from referrals.api.course import NOTHING_YET, Course, course_shown, read_course
from referrals.clinical import Tier
from referrals.models import (
    Access,
    Assessment,
    Event,
    Lowering,
    Note,
    Practice,
    RedFlag,
    Referral,
)
from referrals.outward import seen_from_outside
from referrals.walls import Actor
from referrals.workflow import actions

DECISION_SUPPORT = (
    "Decision support only. It does not replace 911, the emergency department or examination."
)
NOT_READ = "Notes are kept for people. The rules do not read them yet: enter findings."
_ASKED_OF_THE_SENDER = {
    "family_name": "What is the patient's family name?",
    "given_name": "What is the patient's given name?",
    "birth_date": "When was the patient born?",
    "phone": "On which number is the patient reached?",
    "payer": "Who pays?",
}
_ONE_DAY = timedelta(days=1)


def etag(referral: Referral) -> str:
    """Return the entity tag of this version."""
    return f'"v{referral.version}"'


def summary(referral: Referral, actor: Actor) -> dict[str, Any]:
    """Show what a list needs."""
    return {
        "id": str(referral.uuid),
        "reference": referral.reference,
        "status": referral.status,
        "resumes_as": referral.resumes_as or None,
        "tier": Tier(referral.tier).name,
        "possible_tier": Tier(referral.possible_tier).name,
        "within": referral.within or None,
        "from": _practice(referral.sender),
        "to": _practice(referral.receiver),
        "sought_specialty": referral.sought_specialty,
        "reason_code": referral.reason_code or None,
        "sent_at": referral.sent_at,
        "owner_side": referral.owner_side,
        "next_action": referral.next_action or None,
        "due_at": referral.due_at,
        "pain_acknowledged_at": referral.pain_acknowledged_at,
        "spine_acknowledged_at": referral.spine_acknowledged_at,
        "plan_recorded_at": referral.plan_recorded_at,
        "handed_over_at": referral.handed_over_at,
        "safe_at": referral.safe_at,
        "version": referral.version,
        "actions": list(actions(referral.standing, referral.side_of(actor))),
        "links": _links(referral),
    }


@dataclass(frozen=True)
class Chart:
    """What a card shows beside the referral's own row.

    ``earlier`` are red flags that this referral raised and nobody has resolved, with the assessment
    that raised them.
    """

    latest: Assessment
    in_force: Assessment
    patients_flags: Iterable[RedFlag]
    earlier: Iterable[RedFlag]
    notes: Iterable[Note]
    linked: changes.Linked
    lowering: Lowering | None = None
    course: Course = NOTHING_YET


def read_chart(referral: Referral, actor: Actor) -> Chart:
    """Read the chart of a stored referral."""
    latest = referral.assessments.order_by("-id")[0]
    # A later, milder assessment lowers nothing: the instruction of the tier in force stands.
    is_in_force = latest.tier == referral.tier
    return Chart(
        latest=latest,
        in_force=latest
        if is_in_force
        else referral.assessments.filter(tier=referral.tier).order_by("-id")[0],
        patients_flags=referral.patient.red_flags.order_by("id"),
        earlier=referral.red_flags.filter(resolution="").select_related("assessment"),
        notes=referral.notes.order_by("id"),
        linked=changes.read_links(referral, actor),
        lowering=changes.read_lowering(referral, latest.pk),
        course=read_course(referral),
    )


def detail(referral: Referral, chart: Chart, actor: Actor) -> dict[str, Any]:
    """Show everything, what the sender must do first in front."""
    latest = chart.latest
    result = latest.result
    notes = list(chart.notes)
    questions = [note.text for note in notes if note.kind == "clinical_question"]
    texts = [note.text for note in notes if note.kind == "note"]
    linked = changes.links(chart.linked)
    return {
        "emergency_instruction": chart.in_force.result["emergency_instruction"],
        "emergency_department": _emergency_department(referral),
        **summary(referral, actor),
        "task": _task(referral),
        "red_flags": _with_state(red_flags(result), chart),
        "reasons": result["reasons"],
        "questions": [*_questions(latest), *_missing(referral, is_asked=any(questions[-1:]))],
        "holds": result["holds"],
        "route": referral.route,
        "deadlines": _deadlines(referral),
        "patient": _patient(referral),
        # The latest: one that was amended is kept before it.
        "clinical_question": (questions or [""])[-1] or None,
        "notes": texts,
        **course_shown(chart.course, notes),
        **linked,
        "lowering_proposed": changes.lowering(chart.lowering) if chart.lowering else None,
        "notices": [
            DECISION_SUPPORT,
            *([changes.DUPLICATE] if linked["possible_duplicates"] else []),
            *([NOT_READ] if texts else []),
            *result["notices"],
        ],
        "ruleset": {
            "version": latest.ruleset_version,
            "status": latest.ruleset_status,
            "notice": result["approval_notice"],
        },
    }


def _task(referral: Referral) -> dict[str, Any]:
    seen = seen_from_outside(referral.standing)
    return {
        "status": seen.task,
        "business_status": seen.business_status,
        "service_request_status": seen.service_request,
        "code": seen.code,
    }


def _emergency_department(referral: Referral) -> dict[str, Any] | None:
    entry = getattr(referral.sender, "emergency_directory", None)
    if entry is None or not referral.is_urgent:
        return None
    return {
        "name": entry.ed_name,
        "phone": entry.ed_phone,
        "mri_around_the_clock": entry.mri_around_the_clock,
        "reviewed_at": entry.reviewed_at,
    }


def red_flags(result: dict[str, Any]) -> list[dict[str, Any]]:
    """Show the rules of SAME_DAY and above that fired, in words, with their sources."""
    urgent = ("SAME_DAY", "EMERGENCY")
    return [
        {
            "rule": rule["id"],
            "title": rule["title"],
            "tier": rule["tier"],
            "within": rule["within"],
            "reason": rule["reason"],
            "action": rule["action"],
            "never": rule["never"],
            "sources": rule["sources"],
        }
        # Assessments from before anything could be set aside do not say so.
        for rule in (*result["fired"], *result.get("set_aside", ()))
        if rule["tier"] in urgent
    ]


def _with_state(shown: list[dict[str, Any]], chart: Chart) -> list[dict[str, Any]]:
    flags = {flag.rule_id: flag for flag in chart.patients_flags}
    shown = [*shown, *_not_fired_any_more(flags, {entry["rule"] for entry in shown}, chart)]
    return [entry | _state(flags.get(entry["rule"])) for entry in shown]


def _not_fired_any_more(
    flags: Mapping[str, RedFlag], seen: Collection[str], chart: Chart
) -> Iterator[dict[str, Any]]:
    # They stay in sight as long as nobody has resolved them. Few cases have one: only then are the
    # assessments read that raised them.
    here = chart.latest.referral_id
    mine = (one for one in flags.values() if one.referral_id == here and not one.resolution)
    if any(one.rule_id not in seen for one in mine):
        for flag in sorted(chart.earlier, key=lambda flag: flag.pk):
            raised = red_flags(flag.assessment.result) if flag.rule_id not in seen else []
            yield from (entry for entry in raised if entry["rule"] == flag.rule_id)


def _state(flag: RedFlag | None) -> dict[str, Any]:
    return {
        "state": "resolved" if flag and flag.resolution else "open",
        "resolution": flag.resolution or None if flag else None,
        "resolved_at": flag.resolved_at if flag else None,
        "basis": flag.basis or None if flag else None,
        "basis_on": flag.basis_on if flag else None,
    }


def assessment(stored: Assessment) -> dict[str, Any]:
    """Show one run of the rules, with the findings as they were given."""
    return {
        "assessed_at": stored.assessed_at,
        "given_by": stored.given_by,
        "ruleset_version": stored.ruleset_version,
        "ruleset_status": stored.ruleset_status,
        "findings": stored.findings,
        "codes": stored.codes,
        "tier": Tier(stored.tier).name,
        "possible_tier": Tier(stored.possible_tier).name,
        "within": stored.within or None,
        "route": stored.route,
        "red_flags": red_flags(stored.result),
        "reasons": stored.result["reasons"],
        "questions": stored.result["questions"],
        "holds": stored.result["holds"],
        "silenced": stored.result["silenced"],
        "set_aside": [rule["id"] for rule in stored.result.get("set_aside", ())],
        "approval_notice": stored.result["approval_notice"],
    }


def practices_of(referral: Referral) -> dict[int, str]:
    """Return the names of all practices that a timeline can speak of."""
    known = [referral.sender, referral.receiver, *(ask.practice for ask in referral.asks.all())]
    return {practice.pk: practice.name for practice in known if practice}


def event(found: Event, practices: Mapping[int, str]) -> dict[str, Any]:
    """Show one line of the timeline; ``practices`` are those that it may name."""
    return {
        "id": found.pk,
        "at": found.at,
        "kind": found.kind,
        "by": found.actor_name,
        "entered_by": found.entered_by or None,
        "by_practice": found.actor_practice.name if found.actor_practice else None,
        "request_id": found.request_id or None,
        "data": _with_names(found.data, practices),
    }


def _with_names(data: dict[str, Any], practices: Mapping[int, str]) -> dict[str, Any]:
    changed = dict(data.get("changed", {}))
    if "receiver_id" not in changed:
        return data
    before, after = (practices.get(known) for known in changed.pop("receiver_id"))
    return data | {"changed": changed | {"receiver": [before, after]}}


def access(found: Access) -> dict[str, Any]:
    """Show one line of the access log."""
    return {
        "id": found.pk,
        "at": found.at,
        "by": found.actor_name,
        "kind": found.actor_kind,
        "method": found.method,
        "route": found.route,
        "request_id": found.request_id or None,
    }


def _questions(latest: Assessment) -> Iterator[dict[str, Any]]:
    for question in latest.result["questions"]:
        yield {
            "field": f"/findings/{question['field']}",
            "text": question["text"],
            "why": question["why"],
            "due_at": latest.assessed_at + timedelta(minutes=question["within_minutes"]),
        }


def _missing(referral: Referral, *, is_asked: bool) -> Iterator[dict[str, Any]]:
    due = referral.sent_at + _ONE_DAY
    for name, text in _ASKED_OF_THE_SENDER.items():
        if not getattr(referral.patient, name):
            yield _ask(f"/patient/{name}", text, due)
    if referral.patient.disputed_mrn:
        text = "This record number belongs to another name or birth date here. Which is right?"
        yield _ask("/patient/mrn", text, due)
    if not referral.call_back:
        yield _ask("/call_back", "On which number is the sender reached directly?", due)
    if not is_asked:
        yield _ask("/clinical_question", "What is the question, in one line?", due)
    if not referral.reason_code:
        yield _ask("/reason_code", "Why is the patient referred?", due)


def _ask(field: str, text: str, due: datetime) -> dict[str, Any]:
    return {"field": field, "text": text, "why": "needed to complete the referral", "due_at": due}


def _deadlines(referral: Referral) -> dict[str, Any]:
    pace = deadlines.pace_of(Tier(referral.tier), referral.within)
    since = referral.raised_at or referral.sent_at
    owner = referral.receiver or referral.sender
    return {
        "acknowledge_by": deadlines.acknowledge_by(pace, since, owner.calendar),
        "plan_by": deadlines.plan_by(pace, since),
    }


def _patient(referral: Referral) -> dict[str, Any]:
    patient = referral.patient
    return {
        "id": str(patient.uuid),
        "family_name": patient.family_name or None,
        "given_name": patient.given_name or None,
        "birth_date": patient.birth_date,
        "sex": patient.sex,
        "mrn": patient.mrn or patient.disputed_mrn or None,
        "phone": patient.phone or None,
        "payer": patient.payer or None,
        "demo": patient.is_demo,
    }


def _practice(practice: Practice | None) -> dict[str, Any] | None:
    return {"id": str(practice.uuid), "name": practice.name} if practice else None


def _links(referral: Referral) -> dict[str, str]:
    here = f"/api/v1/referrals/{referral.uuid}"
    return {
        "self": here,
        "timeline": f"{here}/timeline",
        "assessments": f"{here}/assessments",
        "access": f"{here}/access",
        "coordination": f"{here}/coordination",
    }
