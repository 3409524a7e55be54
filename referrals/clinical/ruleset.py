"""The rule set: loads rules.yaml and refuses to start on any contradiction; it assesses nobody."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from referrals.clinical import codes, document, holds, rules
from referrals.clinical.derived import COMPUTED
from referrals.clinical.fields import Field, read_fields
from referrals.clinical.routes import Routes, read_routes
from referrals.clinical.sources import Source, read_sources
from referrals.clinical.tier import Tier

_SECTIONS = (
    "meta", "tiers", "clarification", "fields", "hold_sets", "rules", "icd10cm",
    "non_billable_traps", "key_myotomes", "routes", "procedures", "acts", "ces_items",
    "leg_or_saddle_symptoms", "coded_holds", "sources",
)  # fmt: skip
_META = (
    "id", "version", "released", "clinician_reviewed_by", "status", "jurisdiction",
    "approvals_required", "approvals", "evidence_marks", "code_check", "semantics",
)  # fmt: skip
_LIMITS = (
    "if_ceiling_EMERGENCY", "if_ceiling_SAME_DAY",
    "if_any_CES_item_unknown_and_leg_or_saddle_symptoms", "otherwise",
)  # fmt: skip
_STATUSES = ("draft_unreviewed", "clinician_reviewed", "approved", "retired")
_NOTICES = {
    "draft_unreviewed": "These rules are a draft. No clinician has reviewed them. They may raise "
    "urgency; they never replace an examination or a clinician's own decision.",
    "clinician_reviewed": "These rules were reviewed by clinicians and are not approved. They may "
    "raise urgency; they never replace an examination or a clinician's own decision.",
    "approved": "These rules are approved. They may raise urgency; they never replace an "
    "examination or a clinician's own decision.",
}


@dataclass(frozen=True, slots=True)
class Clarification:
    """How fast missing answers are obtained, in minutes, and what may raise when they stay out."""

    if_emergency: int
    if_same_day: int
    if_ces_item_open: int
    otherwise: int
    symptoms_or_signs: frozenset[str]


@dataclass(frozen=True, slots=True)
class RuleSet:
    """A loaded and validated rule set; `tiers` keeps meaning, limits and who is told per tier."""

    version: str
    status: str
    approval_notice: str
    tiers: Mapping[str, Mapping[str, Any]]
    clarification: Clarification
    context: Mapping[str, bool]
    fields: Mapping[str, Field]
    hold_sets: Mapping[str, holds.HoldSet]
    rules: tuple[rules.Rule, ...]
    codes: codes.CodeTable
    coded_holds: Mapping[Tier, tuple[str, ...]]
    myotomes: tuple[str, ...]
    routes: Routes
    procedures: Mapping[str, holds.Procedure]
    acts: Mapping[str, str]
    ces_items: tuple[str, ...]
    leg_or_saddle_symptoms: tuple[str, ...]
    sources: Mapping[str, Source]


def load_rule_set(text: str) -> RuleSet:
    """Load and validate a rule set from YAML text.

    :raises RuleSetError: if anything in it is unknown, missing or contradictory; the message
        opens with the place.
    """
    raw = document.mapping(document.parse(text), "document", _SECTIONS)
    meta = document.mapping(raw["meta"], "meta", _META)
    status = _status(meta)
    fields = _checked_fields(raw["fields"])
    sources = read_sources(raw["sources"])
    routes = read_routes(raw["routes"])
    procedures = holds.read_procedures(raw["procedures"])
    acts = _acts(raw["acts"])
    hold_sets = holds.read_holds(raw["hold_sets"], fields, acts, procedures)
    known = _known(meta, fields, hold_sets, routes, sources)
    read = rules.read_rules(raw["rules"], known)
    holds.check_holds(hold_sets, procedures, read)
    return RuleSet(
        version=document.text(meta["version"], "meta.version"),
        status=status,
        approval_notice=_NOTICES[status],
        tiers=_tiers(raw["tiers"], sources),
        clarification=_clarification(raw["clarification"], fields),
        context=_context(meta["semantics"], fields),
        fields=fields,
        hold_sets=hold_sets,
        rules=read,
        routes=routes,
        procedures=procedures,
        acts=acts,
        sources=sources,
        **_lists(raw, fields, hold_sets),
    )


def _known(
    meta: Mapping[str, Any],
    fields: Mapping[str, Field],
    hold_sets: Collection[str],
    routes: Routes,
    sources: Collection[str],
) -> rules.Known:
    semantics = document.open_mapping(meta["semantics"], "meta.semantics")
    return rules.Known(
        fields=fields,
        holds=hold_sets,
        routes=routes.texts.keys() - {routes.default, routes.both},
        sources=sources,
        marks=document.open_mapping(meta["evidence_marks"], "meta.evidence_marks"),
        ceiling_ignores=_listed(semantics, "ceiling_ignores", "meta.semantics", fields),
    )


def _acts(raw: object) -> dict[str, str]:
    acts = document.open_mapping(raw, "acts")
    return {name: document.text(value, f"acts.{name}") for name, value in acts.items()}


def _lists(
    raw: Mapping[str, Any], fields: Mapping[str, Field], sets: Collection[str]
) -> dict[str, Any]:
    return {
        "codes": codes.read_code_table(raw["icd10cm"], raw["non_billable_traps"], fields),
        "coded_holds": _coded_holds(raw["coded_holds"], sets),
        "myotomes": document.names(raw["key_myotomes"], "key_myotomes"),
        "ces_items": _findings(raw, "ces_items", fields),
        "leg_or_saddle_symptoms": _findings(raw, "leg_or_saddle_symptoms", fields),
    }


def _status(meta: Mapping[str, Any]) -> str:
    status = document.one_of(meta["status"], "meta.status", _STATUSES)
    required = document.names(meta["approvals_required"], "meta.approvals_required")
    given = set()
    for index, value in enumerate(document.entries(meta["approvals"], "meta.approvals")):
        place = f"meta.approvals[{index}]"
        approval = document.mapping(value, place, ("role", "name", "date"))
        document.text(approval["name"], f"{place}.name")
        document.text(str(approval["date"]), f"{place}.date")
        given.add(document.one_of(approval["role"], f"{place}.role", required))
    reviewers = document.names(meta["clinician_reviewed_by"], "meta.clinician_reviewed_by")
    if status == "retired":
        document.refuse("meta.status", "a retired rule set assesses nobody")
    if status != "draft_unreviewed" and not reviewers:
        document.refuse("meta.status", f"{status} needs a clinician in clinician_reviewed_by")
    missing = [role for role in required if role not in given]
    if status == "approved" and (missing or not required):
        document.refuse("meta.status", f"approved, but approvals are missing: {missing}")
    return status


def _checked_fields(raw: object) -> dict[str, Field]:
    fields = read_fields(raw)
    for name in COMPUTED:
        if name not in fields:
            document.refuse("fields", f"{name!r} is missing: the engine computes it")
    for field in fields.values():
        if field.derived and field.name not in COMPUTED:
            document.refuse(f"fields.{field.name}.derived", "the engine does not compute it")
    return fields


def _listed(
    section: Mapping[str, Any], key: str, place: str, allowed: Collection[str]
) -> frozenset[str]:
    if key not in section:
        document.refuse(place, f"{key!r} is missing")
    return frozenset(document.names(section[key], f"{place}.{key}", allowed))


def _findings(raw: Mapping[str, Any], key: str, fields: Mapping[str, Field]) -> tuple[str, ...]:
    findings = [field.name for field in fields.values() if field.kind == "finding"]
    return document.names(raw[key], key, findings)


def _coded_holds(raw: object, sets: Collection[str]) -> dict[Tier, tuple[str, ...]]:
    place = "coded_holds"
    entry = document.mapping(raw, place, (), Tier.__members__)
    return {Tier[k]: document.names(v, f"{place}.{k}", sets) for k, v in entry.items()}


def _context(semantics: Mapping[str, Any], fields: Mapping[str, Field]) -> dict[str, bool]:
    place = "meta.semantics.context_default"
    default = document.open_mapping(semantics.get("context_default"), place)
    for name, value in default.items():
        field = document.one_of(name, place, fields)
        if fields[field].kind != "finding" or fields[field].explains_away or value != "present":
            document.refuse(f"{place}.{name}", "only a plain finding can be present by default")
    return dict.fromkeys(default, True)


def _tiers(raw: object, sources: Collection[str]) -> dict[str, dict[str, Any]]:
    tiers = document.mapping(raw, "tiers", [tier.name for tier in Tier])
    optional = ("limit_basis", "channel", "ed_decides", "within")
    for name, value in tiers.items():
        place = f"tiers.{name}"
        tier = document.mapping(value, place, ("rank", "meaning", "notify", "limits"), optional)
        if tier["rank"] != Tier[name]:
            document.refuse(f"{place}.rank", f"must be {Tier[name].value}")
        document.text(tier["meaning"], f"{place}.meaning")
        document.names(tier["notify"], f"{place}.notify")
        document.open_mapping(tier["limits"], f"{place}.limits")
        for key, basis in document.open_mapping(tier.get("limit_basis", {}), place).items():
            if basis != "adapted":
                document.names(basis, f"{place}.limit_basis.{key}", sources)
    return tiers


def _clarification(raw: object, fields: Mapping[str, Field]) -> Clarification:
    place = "clarification"
    entry = document.mapping(
        raw, place, ("note", "clarify_within_minutes", "if_unanswered_in_time")
    )
    at = f"{place}.clarify_within_minutes"
    limits = document.mapping(entry["clarify_within_minutes"], at, _LIMITS)
    minutes = [document.whole(limits[key], f"{at}.{key}") for key in _LIMITS]
    at = f"{place}.if_unanswered_in_time"
    unanswered = document.mapping(
        entry["if_unanswered_in_time"], at, ("steps", "raise", "symptom_or_sign_fields")
    )
    document.names(unanswered["steps"], f"{at}.steps")
    document.text(unanswered["raise"], f"{at}.raise")
    signs = _listed(unanswered, "symptom_or_sign_fields", at, fields)
    return Clarification(minutes[0], minutes[1], minutes[2], minutes[3], signs)


RULESET = load_rule_set((Path(__file__).parent / "rules.yaml").read_text(encoding="utf-8"))
