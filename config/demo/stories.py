"""Three synthetic referrals, told over HTTP by both sides, with what must come of each."""

import re
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import Any

import httpx

from config.demo.house import House
from config.demo.office import Office, wait_for

OSEI, MENON = "Dr DEMO Amara Osei", "Dr DEMO Ravi Menon"
_LINK = re.compile(r"https?://\S+/a/[0-9A-Z]{16}")


@dataclass
class Case:
    """What came of one story. ``problems`` is empty if it ended as it must."""

    name: str
    reference: str = ""
    tier: str = ""
    why: list[str] = field(default_factory=list)
    routed_to: str = ""
    routed_because: str = ""
    told: list[str] = field(default_factory=list)
    acknowledged: list[str] = field(default_factory=list)
    accepted_by: str = ""
    plan: str = ""
    safe: bool = False
    alerted: bool = False
    timeline: list[str] = field(default_factory=list)
    links: dict[str, str] = field(default_factory=dict)
    seconds: float = 0.0
    problems: list[str] = field(default_factory=list)

    def must(self, holds: bool, what: str) -> None:
        """Note a problem unless it holds."""
        if not holds:
            self.problems.append(what)


@dataclass(frozen=True)
class Stage:
    """Everybody in the stories, and the world outside."""

    house: House
    pain: Office
    spine: Office

    def messages_about(self, reference: str) -> list[dict[str, Any]]:
        """Return what the mail server and the SMS provider outside have received about it."""
        try:
            answer = httpx.get(f"{self.house.sandbox_url}/messages", timeout=10, trust_env=False)
            answer.raise_for_status()
        except (httpx.HTTPError, KeyError):
            return []
        return [m for m in answer.json()["messages"] if reference in m["body"]]


Story = Callable[[Stage], Case]


def cauda_equina(stage: Stage) -> Case:
    """Tell of an emergency: wet underwear, a bladder scan of 800 mL, numb where one sits."""
    case, begun = Case("cauda equina emergency"), monotonic()
    body = _patient("Rivera") | {
        "to": {"specialty": "spine"},
        "by": stage.pain.person(OSEI),
        "reason_code": "RED_FLAG",
        "call_back": "+15550100101",
        "clinical_question": "Acute retention with saddle numbness: emergency decompression?",
        "findings": {
            "urinary_retention": "present",
            "pvr_ml": {"value": 800, "unit": "mL"},
            "saddle_sensory_change": "present",
            "leg_pain_bilateral": "present",
        },
    }
    here = _send(case, stage.pain, body)
    _answer_emergency(stage, case, here)
    _close(case, stage, here, begun)
    case.must(case.tier == "EMERGENCY", f"the tier is {case.tier}, not EMERGENCY")
    case.must(case.safe, "the case is not safe")
    case.must(len(case.acknowledged) == 2, "not both sides acknowledged")
    return case


def stable_claudication(stage: Stage) -> Case:
    """Tell of severe stenosis, the same for years, relieved by bending: it must not alarm."""
    case, begun = Case("stable claudication, severe stenosis: must not alarm"), monotonic()
    body = _patient("Novak") | {
        "to": {"specialty": "spine"},
        "by": stage.pain.person(OSEI),
        "reason_code": "FAILED_NONSURGICAL_SEQUENCE",
        "call_back": "+15550100101",
        "clinical_question": "Decompression, or MILD first?",
        "findings": {
            "leg_pain_bilateral": "present",
            "neurogenic_claudication_stable": "present",
            "imaging_severe_stenosis": "present",
            "saddle_sensory_change": "absent",
            "bladder_change_new": "absent",
            "urinary_retention": "absent",
            "bowel_incontinence_new": "absent",
        },
        "codes": [{"code": "M48.062", "as": "reason"}],
    }
    here = _send(case, stage.pain, body)
    _answer_elective(stage, case, here, stage.spine, MENON)
    _close(case, stage, here, begun)
    case.must(case.tier in ("URGENT", "ROUTINE"), f"the tier is {case.tier}: it alarmed")
    case.must(not case.alerted, "an alert was opened")
    return case


def back_to_pain(stage: Stage) -> Case:
    """Tell of a surgeon who sends a patient back: pain persists after surgery."""
    case, begun = Case("surgeon back to pain management"), monotonic()
    body = _patient("Okafor") | {
        "to": {"practice": stage.pain.login.id},
        "by": stage.spine.person(MENON),
        "reason_code": "PERSISTENT_PAIN_AFTER_SURGERY",
        "call_back": "+15550100201",
        "clinical_question": "Spinal cord stimulation trial after L4-5 fusion?",
        "findings": {"spine_pain": "present", "leg_pain_unilateral": "present"},
    }
    here = _send(case, stage.spine, body)
    _answer_elective(stage, case, here, stage.pain, OSEI)
    _close(case, stage, here, begun)
    case.must(not case.alerted, "an alert was opened")
    case.must(case.routed_to == stage.pain.login.practice, "it went to another practice")
    return case


STORIES: tuple[Story, ...] = (cauda_equina, stable_claudication, back_to_pain)


def _patient(family_name: str) -> dict[str, Any]:
    return {
        "patient": {
            "family_name": f"DEMO {family_name}",
            "given_name": "Synthetic",
            "birth_date": "1961-04-12",
            "phone": "+15550199000",
            "mrn": f"DEMO-{uuid.uuid4().hex[:10]}",
            "demo": True,
        }
    }


def _send(case: Case, sender: Office, body: dict[str, Any]) -> str:
    referral = sender.post("/api/v1/referrals", body)
    case.reference, case.tier = referral["reference"], referral["tier"]
    case.why = [flag["reason"] for flag in referral["red_flags"]] or referral["reasons"]
    case.links = referral["links"]
    return str(referral["links"]["self"])


def _answer_emergency(stage: Stage, case: Case, here: str) -> None:
    """Both sides answer: one by the link in the SMS, one by its own system."""
    links = wait_for(lambda: _links_of_both(stage, case), "an SMS to each side", stage.house)
    stage.pain.open_link(links["pain"])
    stage.pain.open_link(links["pain"], {"answer": "seen"})
    surgeon = {"by": stage.spine.person(MENON)}
    stage.spine.post(f"{here}/acknowledgement", surgeon)
    plan = {
        "disposition": "emergency_department",
        "clinician": MENON,
        "place": "DEMO Community Hospital, emergency department",
        "at": (datetime.now(UTC) + timedelta(minutes=40)).isoformat(timespec="seconds"),
    }
    stage.spine.post(f"{here}/acceptance", surgeon | {"plan": plan})
    physician = {"by": stage.pain.person(OSEI)}
    reached = {
        "reached": True,
        "understood": True,
        "transport": "ambulance",
        "destination": "emergency_department",
    }
    stage.pain.post(f"{here}/patient-contact", physician | reached)
    handover = {
        "ed_name": "DEMO Community Hospital",
        "spoke_to": "DEMO RN Kim Alvarez, charge nurse",
        "call_back": "+15550100911",
    }
    stage.pain.post(f"{here}/ed-handover", physician | handover)
    wait_for(
        lambda: any(" all answered" in m["body"] or "Everybody who owed" in m["body"]
                    for m in stage.messages_about(case.reference)),
        "the outcome told to everyone told",
        stage.house,
    )  # fmt: skip


def _links_of_both(stage: Stage, case: Case) -> dict[str, str] | None:
    phones = {"+15550100101": "pain", "+15550100201": "surgeon"}
    found = {
        phones[message["to"]]: match.group()
        for message in stage.messages_about(case.reference)
        if message["to"] in phones and (match := _LINK.search(message["body"]))
    }
    return found if len(found) == len(phones) else None


def _answer_elective(stage: Stage, case: Case, here: str, receiver: Office, name: str) -> None:
    """The receiver's desk is told by e-mail; its clinician acknowledges, reads, accepts."""
    wait_for(
        lambda: receiver.login.desk in {m["to"] for m in stage.messages_about(case.reference)},
        f"an e-mail to {receiver.login.desk}",
        stage.house,
    )
    by = {"by": receiver.person(name)}
    seen = receiver.post(f"{here}/acknowledgement", by)
    receiver.post(f"{here}/acceptance", by, If_Match=f'"v{seen["version"]}"')


def _close(case: Case, stage: Stage, here: str, begun: float) -> None:
    """Read what came of it from the API, as either side can."""
    referral, standing = stage.pain.get(here), stage.pain.get(f"{here}/coordination")
    events = stage.pain.get(f"{here}/timeline")["events"]
    asked = standing["asks"][0] if standing["asks"] else {"practice": "", "reason": ""}
    case.routed_to, case.routed_because = asked["practice"], asked["reason"]
    case.told = sorted(
        {
            f"{e['data']['to']} ({e['data']['channel']})"
            for e in events
            if e["kind"] == "delivery.sent"
        }
    )
    case.acknowledged = [
        f"{o['answered_by']} for {o['specialty']} by {o['answered_via']}"
        for o in standing["obligations"]
        if o["kind"] == "acknowledge" and o["answered_by"]
    ]
    case.accepted_by = next((e["by"] for e in events if e["kind"] == "referral.accepted"), "")
    case.plan = "; ".join(f"{p['clinician']}, {p['place']}" for p in standing["plans"])
    case.safe, case.alerted = standing["safe"], standing["alert"] is not None
    case.timeline = [event["kind"] for event in events]
    case.seconds = round(monotonic() - begun, 2)
    case.must(bool(case.told), "nobody was told")
    case.must(bool(case.acknowledged), "nobody acknowledged")
    case.must(bool(case.accepted_by), "nobody accepted")
    case.must(referral["status"] == "accepted", f"the status is {referral['status']}")
