"""The letter that goes with a patient to the emergency department, as SBAR. It only reads.

The rows say what stands in it and where it comes from. What the referral does not know is said to
be not known, so that nobody reads silence as "no".
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from coordination.api.telephones import numbers
from coordination.escalation import Recipient
from referrals import clock
from referrals.api.cards import red_flags
from referrals.clinical import Tier
from referrals.clinical.ruleset import RULESET
from referrals.models import Assessment, Patient, Referral
from referrals.models.practice import Specialty

NOT_KNOWN = "not known: ask"
_SURGEONS = (Recipient.ON_CALL, Recipient.BACKUP, Recipient.FRONT_DESK)
_SENDERS = (Recipient.RESPONSIBLE, Recipient.FRONT_DESK)
_SAID = {"present": "yes", "absent": "no"}


@dataclass(frozen=True)
class Row:
    """One line of the letter: its words, and the findings that it is made of, if any are known."""

    label: str
    findings: tuple[str, ...] = ()


ONSET = Row(
    "Onset",
    (
        "deficit_onset_at", "ces_onset_days", "ces_course", "motor_onset_days", "motor_course",
        "cord_onset_days", "cord_course", "leg_pain_bilateral_days", "trauma_days",
    ),
)  # fmt: skip
BACKGROUND = (
    Row(
        "Procedure, and when",
        ("days_since_neuraxial_procedure", "hours_since_neuraxial_procedure", "procedure_at"),
    ),
    Row("Implant or pump", ("neuraxial_implant_present", "intrathecal_pump")),
    Row("Implant: model and MRI conditions"),
    Row("Anticoagulant or antiplatelet", ("anticoagulant_or_antiplatelet",)),
    Row("Anticoagulant: which, and last dose"),
    Row("Cancer", ("cancer_history", "cancer_suspected")),
    Row(
        "Immune state and infection risk",
        (
            "infection_risk_other_immune", "infection_risk_bloodstream_or_device", "neutropenia",
            "steroid_long_term",
        ),
    ),
    Row("For contrast", ("contrast_allergy", "egfr_ml_min", "pregnancy")),
    Row("Capacity, interpreter", ("capacity_or_interpreter_need",)),
    Row("Last ate and drank"),
)  # fmt: skip
ASSESSMENT = (
    Row("Power, MRC grade by myotome, and when", ("mrc_myotomes", "mrc_min", "foot_drop")),
    Row(
        "Bladder, bowel, saddle",
        (
            "urinary_retention", "urinary_incontinence_new", "bladder_change_new", "pvr_ml",
            "saddle_sensory_change", "bowel_incontinence_new", "anal_tone_reduced",
        ),
    ),
    Row(
        "Cord",
        ("sensory_level", "gait_disturbance_new", "hand_clumsiness", "umn_signs_count", "mjoa"),
    ),
    Row("Fever and blood", ("temp_c", "sepsis_signs", "crp_mg_l", "esr_mm_h", "wbc_10e9_l")),
    Row(
        "Imaging so far",
        (
            "imaging_acute_cauda_compression", "imaging_cord_compression",
            "imaging_severe_stenosis", "imaging_epidural_abscess",
            "imaging_discitis_osteomyelitis", "imaging_spinal_tumour", "fracture_confirmed",
            "fracture_unstable_stated", "escc_grade", "sins",
        ),
    ),
)  # fmt: skip
LEVELS = Row("MRI: levels that the findings point to", ("pain_region", "fracture_region"))


def letter(referral: Referral) -> dict[str, Any]:
    """Write the letter from what is known now: ``sections`` of lines, each known or to be asked."""
    latest = referral.assessments.order_by("-id")[0]
    return {
        "reference": referral.reference,
        "tier": Tier(referral.tier).name.replace("_", " "),
        "written_at": clock.now(),
        "findings_of": latest.assessed_at,
        "sections": [
            _section("Situation", _situation(referral, latest)),
            _section("Background", _background(referral.patient, latest)),
            _section("Assessment", (_line(row, latest) for row in ASSESSMENT)),
            _section("Recommendation", _recommendation(referral, latest)),
        ],
        "notice": "Decision support only; the rules are a draft that no clinician has reviewed. "
        "Examine the patient.",
    }


def _section(heading: str, lines: Iterable[dict[str, Any]]) -> dict[str, Any]:
    return {"heading": heading, "lines": list(lines)}


def _said(label: str, words: str) -> dict[str, Any]:
    return {"what": label, "value": words or NOT_KNOWN, "known": bool(words)}


def _situation(referral: Referral, latest: Assessment) -> Iterator[dict[str, Any]]:
    flags = red_flags(latest.result)
    yield _said("Finding", "; ".join(f"{one['title']}: {one['reason']}" for one in flags))
    yield _line(ONSET, latest)
    referrer = str(referral.responsible) if referral.responsible else ""
    yield _said("Sent by", f"{referral.sender.name}{f', {referrer}' if referrer else ''}")
    question = referral.notes.filter(kind="clinical_question").order_by("-id").first()
    yield _said("The question", question.text if question else "")


def _background(patient: Patient, latest: Assessment) -> Iterator[dict[str, Any]]:
    name = ", ".join(filter(None, (patient.family_name, patient.given_name)))
    born = f"{patient.birth_date:%Y-%m-%d}" if patient.birth_date else ""
    for label, words in (
        ("Patient", name), ("Born", born),
        ("Sex", patient.sex if patient.sex != "unknown" else ""),
        ("Record number", patient.mrn), ("Patient's telephone", patient.phone),
    ):  # fmt: skip
        yield _said(label, words)
    yield from (_line(row, latest) for row in BACKGROUND)


def _recommendation(referral: Referral, latest: Assessment) -> Iterator[dict[str, Any]]:
    actions = dict.fromkeys(one["action"] for one in red_flags(latest.result))
    yield _said("Asked of you", " ".join(actions))
    never = dict.fromkeys(words for one in red_flags(latest.result) for words in one["never"])
    if never:
        yield _said("Remember", " ".join(never))
    yield _line(LEVELS, latest)
    for label, roles, practice_id in (
        ("Spine surgeon", _SURGEONS, referral.practice_id_of(Specialty.SPINE)),
        ("Who sent the patient", _SENDERS, referral.sender_id),
    ):
        direct = referral.call_back if practice_id == referral.sender_id else ""
        known = [f"{one['who']} {one['number']}" for one in numbers(roles, referral, practice_id)]
        yield _said(f"Call: {label}", "; ".join(filter(None, (direct, *known))))


def _line(row: Row, latest: Assessment) -> dict[str, Any]:
    known = {name: words for name in row.findings if (words := _fact(latest.findings, name))}
    if len(row.findings) == 1:
        return _said(row.label, "".join(known.values()))
    titled = (f"{RULESET.fields[name].title}: {words}" for name, words in known.items())
    return _said(row.label, "; ".join(titled))


def _fact(findings: Mapping[str, Any], name: str) -> str:
    given = findings.get(name)
    if given in (None, "", "unknown"):
        return ""
    if name == "mrc_myotomes":
        return ", ".join(_graded(given))
    if isinstance(given, Mapping):
        return f"{given.get('value')} {given.get('unit', '')}".strip()
    unit = RULESET.fields[name].unit
    words = _SAID.get(str(given), str(given).replace("_", " "))
    return f"{words} {unit}".strip() if RULESET.fields[name].numeric else words


def _graded(myotomes: Mapping[str, Any]) -> Iterator[str]:
    for myotome, given in myotomes.items():
        for one in given if isinstance(given, list) else [given]:
            when = one.get("date") or "time not known: ask"
            yield f"{myotome.replace('_', ' ')} {one.get('grade')} ({when})"
