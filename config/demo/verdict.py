"""Reads from the API what came of a case, and holds it against what must come of it."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from config.demo.case import Case, End, Expected
from config.demo.cast import ZONE
from config.demo.hands import Stage
from config.demo.outside import arrived_at, is_answer
from config.demo.story import Story
from coordination.admin.words import ACTIONS
from referrals.clinical.ruleset import RULESET
from referrals.reasons import RECOMMENDATIONS

# What one of our own people dials leaves no trace outside.
_DIALLED = frozenset({"answering_service", "hospital_operator"})
_SENT = frozenset({"sent", "delivered"})
_WAITING = frozenset({"pending", "leased"})

Shown = dict[str, Any]


def read(case: Case, stage: Stage, story: Story) -> None:
    """Fill the case with what either side can read of it."""
    system = stage.system_of(story.sender)
    referral, standing = system.get(case.links["self"]), system.get(case.links["coordination"])
    events = system.get(case.links["timeline"])["events"]
    asked = standing["asks"][0] if standing["asks"] else {"practice": "", "reason": ""}
    case.routed_to, case.routed_because = asked["practice"], asked["reason"]
    case.asked = [_ask_in_words(ask) for ask in standing["asks"]]
    case.rules = fired(referral["reasons"])
    case.told = sorted({f"{d['to']} ({d['channel']})" for d in _sent(standing)})
    case.told_first = sorted(_first_wave(standing))
    case.acknowledged = [f"{who} for {side} by {way}" for side, who, way in _answers(standing)]
    case.accepted_by = next((e["by"] for e in events if e["kind"] == "referral.accepted"), "")
    case.plan = "; ".join(f"{p['clinician']}, {p['place']}" for p in standing["plans"])
    case.safe, case.alerted = standing["safe"], standing["alert"] is not None
    case.timeline = [event["kind"] for event in events]
    case.texts = sorted({delivery["message"] for delivery in _sent(standing)})
    case.both_acknowledged_seconds = _seconds_to_both(referral)
    _read_the_end(case, referral, standing)
    case.closed_by = next((e["by"] for e in events if e["kind"] == "referral.closed"), "")
    case.stands, case.course = _end(case, standing), ""
    hold_against(case, story.must, standing, events)


def _read_the_end(case: Case, referral: Shown, standing: Shown) -> None:
    report: Shown = next((n for n in referral["consult_notes"] if n["kind"] == "final"), {})
    case.reported_by = report.get("written_by", "")
    case.recommends = RECOMMENDATIONS.get(report.get("recommendation_code", ""), "")
    case.status = referral["status"]
    case.answers = referral["based_on"]["reference"] if referral["based_on"] else ""
    case.move, case.still_open = "", ""
    if step := referral["next_action"]:
        case.move = f"{referral['owner_side']}: {step}"
        by = datetime.fromisoformat(referral["due_at"]).astimezone(ZoneInfo(ZONE))
        who = _whose_move(referral, standing)
        case.still_open = f"{who}: {ACTIONS.get(step, step)}, by {by:%a %d %b %H:%M}"


def _whose_move(referral: Shown, standing: Shown) -> str:
    named = {"sender": referral["from"], "receiver": referral["to"]}.get(referral["owner_side"])
    asked = [ask["practice"] for ask in standing["asks"] if not ask["answer"]]
    return named["name"] if named else " or ".join(asked) or "the coordinators"


def fired(reasons: list[str]) -> list[str]:
    """Return the ids of the rules whose title begins one of these reasons."""
    return [
        rule.id
        for rule in RULESET.rules
        if any(reason.startswith(f"{rule.title}:") for reason in reasons)
    ]


def stands(standing: Shown) -> str:
    """Say in a few words where a case stands now."""
    if standing["safe"]:
        return f"safe with {standing['plans'][0]['clinician']}"
    owed = [one for one in standing["obligations"] if one["kind"] == "acknowledge"]
    # What still rings stands first: a narrow terminal cuts the end.
    owed.sort(key=lambda one: bool(one["answered_by"]))
    return "; ".join(side for one in owed if (side := _side(one))) or "told"


def count_messages(case: Case, stage: Stage, story: Story) -> bool:
    """Count what the house says it sent against what arrived; return whether nothing is waiting."""
    standing = stage.system_of(story.sender).get(case.links["coordination"])
    sent = [d for d in _sent(standing) if d["channel"] not in _DIALLED]
    arrived = [
        m
        for m in stage.outside.about(case.reference)
        if not is_answer(m) and m["channel"] not in _DIALLED
    ]
    case.sent, case.lost = len(arrived), max(0, len(sent) - len(arrived))
    case.told = sorted({f"{d['to']} ({d['channel']})" for d in _sent(standing)})
    case.texts = sorted({delivery["message"] for delivery in _sent(standing)})
    return not any(d["state"] in _WAITING for d in _deliveries(standing)) and not case.lost


def first_told(case: Case, stage: Stage) -> None:
    """Note how long the first message took to arrive."""
    arrived = [arrived_at(m) for m in stage.outside.about(case.reference)]
    if arrived:
        took = min(arrived) - datetime.fromisoformat(case.sent_at)
        case.first_told_seconds = round(took.total_seconds(), 3)


def _end(case: Case, standing: Shown) -> str:
    if case.closed_by:
        return f"closed by {surname(case.closed_by)}"
    return f"{stands(standing)}; open: {case.still_open}"


def _side(owed: Shown) -> str:
    if owed["answered_by"]:
        return f"{owed['specialty']} {surname(owed['answered_by'])} ({owed['answered_via']})"
    if owed["next_rung"] is None or not owed["deliveries"]:
        return ""
    return f"{owed['specialty']} rings, rung {max(0, owed['next_rung'] - 1)}"


def surname(full_name: str) -> str:
    """Return the last word of a name, without the letters of degrees."""
    return full_name.split(",", maxsplit=1)[0].rsplit(" ", 1)[-1]


def _ask_in_words(ask: Shown) -> str:
    return f"{ask['practice']} ({ask['answer'] or 'no answer'})"


def hold_against(case: Case, must: Expected, standing: Shown, events: list[Shown]) -> None:
    """Note everything about a case that is not as it must be."""
    answers, rules = set(_answers(standing)), set(case.rules)
    case.must(case.tier == must.tier, f"the tier is {case.tier}, not {must.tier}")
    case.must(must.fires <= rules, f"did not fire: {_list(must.fires - rules)}")
    case.must(not must.silent & rules, f"fired, and must not: {_list(must.silent & rules)}")
    case.must(case.alerted == must.alerted, "an alert was opened" if case.alerted else "no alert")
    case.must(case.safe == must.alerted, "safe" if case.safe else "the case is not safe")
    case.must(
        set(case.told_first) == must.told_first,
        f"told first: {_list(case.told_first)}, not {_list(must.told_first)}",
    )
    case.must(must.acknowledged <= answers, f"missing answers: {must.acknowledged - answers}")
    case.must(
        case.accepted_by == must.accepted_by,
        f"accepted by {case.accepted_by or 'nobody'}, not {must.accepted_by or 'anybody'}",
    )
    missing = must.events - set(case.timeline)
    case.must(not missing, f"not on the timeline: {_list(missing)}")
    _hold_the_end_against(case, must.ends)
    climbed = max((e["data"]["rung"] for e in _surgeon_rungs(events)), default=0)
    case.must(climbed >= must.rung, f"the surgeon's ladder climbed to {climbed}, not {must.rung}")


def _hold_the_end_against(case: Case, must: End) -> None:
    for what, came, wanted in (
        ("it ends", case.status, must.status),
        ("report by", case.reported_by, must.reported_by),
        ("closed by", case.closed_by, must.closed_by),
        ("next move", case.move, must.move),
    ):
        case.must(came == wanted, f"{what} {came or 'nobody'}, not {wanted or 'nobody'}")


def _surgeon_rungs(events: list[Shown]) -> Iterator[Shown]:
    for event in events:
        if event["kind"] != "obligation.rung_fired":
            continue
        if (event["data"]["kind"], event["data"]["specialty"]) == ("acknowledge", "spine"):
            yield event


def _first_wave(standing: Shown) -> set[str]:
    made = [(d["created_at"], d["to"]) for d in _deliveries(standing)]
    earliest = min(made, default=("", ""))[0]
    return {to for at, to in made if at == earliest}


def _answers(standing: Shown) -> list[tuple[str, str, str]]:
    return [
        (one["specialty"], one["answered_by"], one["answered_via"])
        for one in standing["obligations"]
        if one["kind"] == "acknowledge" and one["answered_by"]
    ]


def _deliveries(standing: Shown) -> Iterator[Shown]:
    for obligation in standing["obligations"]:
        yield from obligation["deliveries"]


def _sent(standing: Shown) -> list[Shown]:
    return [d for d in _deliveries(standing) if d["state"] in _SENT]


def _seconds_to_both(referral: Shown) -> float | None:
    stamps = (referral["pain_acknowledged_at"], referral["spine_acknowledged_at"])
    if None in stamps:
        return None
    sent = datetime.fromisoformat(referral["sent_at"])
    both = max(datetime.fromisoformat(stamp) for stamp in stamps)
    return round((both - sent).total_seconds(), 2)


def _list(names: Any) -> str:
    return ", ".join(sorted(names)) or "nothing"
