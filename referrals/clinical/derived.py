"""Facts computed from the facts given, before the rules; none hides a worse one that was given.

Order and formulas are meta.semantics.derived of the rule set; what goes beyond is said in place.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from referrals.clinical.examinations import Examination, Fall, lowest_grade, worst_fall

COMPUTED = (
    "neck_pain", "meyerding_grade", "esr_raised", "mrc_drop", "mrc_drop_days", "mjoa_drop",
    "new_neuro_deficit", "deficit_before_procedure",
)  # fmt: skip
_OLD_DAYS = 90
_CALM = ("stable", "improving")
_CALM_OR_OVER = (*_CALM, "resolved")
_ESR_LIMIT = 20


@dataclass(frozen=True, slots=True)
class Conflict:
    """Two statements that cannot both hold: what was given, what the engine used, and why."""

    field: str
    given: str
    used: str
    why: str


@dataclass(frozen=True, slots=True)
class Derived:
    """All known facts, given and computed, and the conflicts between them."""

    facts: dict[str, Any]
    conflicts: list[Conflict] = field(default_factory=list)


def derive(
    given: Mapping[str, Any],
    examinations: Sequence[Examination] = (),
    *,
    now: datetime | None = None,
) -> Derived:
    """Return the given facts completed by the computed ones.

    `given` maps a field to True/False, a number, a text or a moment; missing = not known. With
    `now` (aware) the time since `procedure_at` is computed where nobody gave it.
    """
    derived = Derived(dict(given))
    _procedure_times(derived, now)
    _neck_pain(derived)
    _meyerding(derived)
    _esr(derived)
    _power(derived, examinations)
    _motor_course(derived)
    _new_deficit(derived, given)
    _deficit_before_procedure(derived, given)
    return derived


def _present(derived: Derived, name: str, why: str) -> None:
    if derived.facts.get(name) is False:
        derived.conflicts.append(Conflict(name, "absent", "present", why))
    derived.facts[name] = True


def _procedure_times(derived: Derived, now: datetime | None) -> None:
    facts = derived.facts
    if now is not None and "procedure_at" in facts:
        hours = (now - facts["procedure_at"]).total_seconds() / 3600
        if hours >= 0:
            facts.setdefault("hours_since_neuraxial_procedure", round(hours, 2))
    hours = facts.get("hours_since_neuraxial_procedure")
    # Not in the rule set: hours alone must reach the rules that count in days.
    if hours is not None:
        facts.setdefault("days_since_neuraxial_procedure", int(hours // 24))


def _neck_pain(derived: Derived) -> None:
    if derived.facts.get("pain_region") == "neck":
        _present(derived, "neck_pain", "the region of the pain is the neck")


def _meyerding(derived: Derived) -> None:
    facts = derived.facts
    if "slip_pct" not in facts:
        return
    slip = facts["slip_pct"]
    grade = 0 if slip <= 0 else next((g for g in (1, 2, 3, 4) if slip <= 25 * g), 5)
    given = facts.get("meyerding_grade", grade)
    if given != grade:
        why = f"a slip of {slip:g} % is grade {grade}; the higher grade counts"
        used = str(max(given, grade))
        derived.conflicts.append(Conflict("meyerding_grade", str(given), used, why))
    facts["meyerding_grade"] = max(given, grade)


def _esr(derived: Derived) -> None:
    facts = derived.facts
    if "esr_mm_h" not in facts:
        return
    age = facts.get("age")
    limit: float = _ESR_LIMIT
    if age is not None:
        limit = (age + 10) / 2 if facts.get("sex") == "female" else age / 2
    if facts["esr_mm_h"] > limit:
        _present(derived, "esr_raised", f"the ESR is above {limit:g}")
    else:
        facts.setdefault("esr_raised", False)


def _power(derived: Derived, examinations: Sequence[Examination]) -> None:
    facts = derived.facts
    # Not in the rule set: a grade in mrc_myotomes must reach the rules that read mrc_min.
    lowest = [g for g in (facts.get("mrc_min"), lowest_grade(examinations)) if g is not None]
    if lowest:
        facts["mrc_min"] = min(lowest)
    if lowest and max(lowest) != min(lowest):
        why = "the lower of the grade given and the grades examined counts"
        derived.conflicts.append(Conflict("mrc_min", str(lowest[0]), str(min(lowest)), why))
    measured = worst_fall(examinations)
    if measured is None:
        return
    entered = Fall(facts.get("mrc_drop", -1), facts.get("mrc_drop_days"))
    worst = max(entered, measured, key=lambda fall: fall.severity)
    if entered.grades >= 0 and entered != measured:
        why = "the fall given and the fall examined differ; the more severe counts"
        used = f"{worst.grades:g}"
        derived.conflicts.append(Conflict("mrc_drop", f"{entered.grades:g}", used, why))
    facts["mrc_drop"], facts["mrc_drop_days"] = worst.grades, worst.days


def _motor_course(derived: Derived) -> None:
    facts = derived.facts
    fall = Fall(facts.get("mrc_drop") or 0, facts.get("mrc_drop_days"))
    entered = facts.get("motor_course")
    if fall.worsening:
        facts["motor_course"] = "worsening"
    elif fall.grades > 0 and entered in _CALM_OR_OVER:
        facts["motor_course"] = None
    if entered in _CALM_OR_OVER and facts["motor_course"] != entered:
        used = facts["motor_course"] or "unknown"
        why = "a measured fall of power outranks the course that was entered"
        derived.conflicts.append(Conflict("motor_course", entered, used, why))


def _old(facts: Mapping[str, Any], days: str, course: str, calm: Collection[str] = _CALM) -> bool:
    passed = facts.get(days)
    return passed is not None and passed > _OLD_DAYS and facts.get(course) in calm


def _any(facts: Mapping[str, Any], *names: str) -> bool:
    return any(facts.get(name) is True for name in names)


def _new_deficit(derived: Derived, given: Mapping[str, Any]) -> None:
    if given.get("new_neuro_deficit") is not True and (why := _deficit_signs(derived.facts)):
        _present(derived, "new_neuro_deficit", why)


def _deficit_signs(facts: Mapping[str, Any]) -> str:
    grade = facts.get("mrc_min")
    weak = _any(facts, "foot_drop", "leg_weakness_bilateral") or (grade is not None and grade < 5)
    if _falling(facts):
        return "power fell, or weakness is reported as getting worse"
    if weak and not _old(facts, "motor_onset_days", "motor_course"):
        return "weakness that is not known to be old and stable"
    cord = _any(facts, "sensory_level", "gait_disturbance_new", "hand_clumsiness")
    if cord and not _old(facts, "cord_onset_days", "cord_course"):
        return "a cord sign that is not known to be old and stable"
    if _old(facts, "ces_onset_days", "ces_course", _CALM_OR_OVER):
        return ""
    return _sphincter_signs(facts)


def _sphincter_signs(facts: Mapping[str, Any]) -> str:
    if _any(facts, "saddle_sensory_change", "anal_tone_reduced", "rectal_fullness_loss"):
        return "a saddle sign that is not known to be old and stable"
    sphincter = _any(
        facts,
        "urinary_retention",
        "urinary_incontinence_new",
        "bladder_change_new",
        "bowel_incontinence_new",
    )
    if sphincter and not _any(facts, "bladder_bowel_baseline_unchanged"):
        return "a bladder or bowel symptom that is not known to be old"
    return ""


def _falling(facts: Mapping[str, Any]) -> bool:
    return (facts.get("mrc_drop") or 0) > 0 or _any(facts, "patient_reports_worsening_weakness")


def _deficit_before_procedure(derived: Derived, given: Mapping[str, Any]) -> None:
    facts = derived.facts
    older = (
        _began_before(facts)
        and facts.get("motor_course") in _CALM
        and not _falling(facts)
        and given.get("new_neuro_deficit") is not True
    )
    entered = given.get("deficit_before_procedure")
    # It silences a rule, so an entered "present" is not believed and an entered "absent" stands.
    if older and entered is not False:
        facts["deficit_before_procedure"] = True
    elif entered is True:
        why = "it counts only where onset, course and procedure show it"
        derived.conflicts.append(Conflict("deficit_before_procedure", "present", "unknown", why))
        del facts["deficit_before_procedure"]


def _began_before(facts: Mapping[str, Any]) -> bool:
    onset, procedure = facts.get("motor_onset_days"), facts.get("days_since_neuraxial_procedure")
    longer = 0 if onset is None or procedure is None else onset - procedure
    if "deficit_onset_at" in facts and "procedure_at" in facts:
        before: bool = facts["deficit_onset_at"] < facts["procedure_at"]
        # Day counts are too coarse to contradict it within a day, but a later day does.
        return before and longer >= 0
    return longer > 0
