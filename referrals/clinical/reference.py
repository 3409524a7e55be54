"""Writes the reference page of the red-flag rules as Markdown; it changes no rule."""

from collections.abc import Sequence

from referrals.clinical.holds import HoldSet
from referrals.clinical.rules import Rule
from referrals.clinical.ruleset import RuleSet
from referrals.clinical.tier import Tier
from referrals.clinical.wording import in_words

_TITLES = ("id", "title", "tier", "within", "route", "condition", "held", "asked", "sources")


def render(ruleset: RuleSet) -> str:
    """Return the page: status first, then every rule, hold, explaining finding and source."""
    meanings = [(name, str(tier["meaning"])) for name, tier in ruleset.tiers.items()]
    lines = [*_opening(ruleset), "## Tiers", "", *_table(("tier", "meaning"), meanings)]
    for tier in (Tier.EMERGENCY, Tier.SAME_DAY, Tier.URGENT):
        lines += _section(tier, ruleset)
    held = ("hold", "acts", "enforced", "released by", "released on")
    lines += ["## Holds", "", *_table(held, [_hold(h) for h in ruleset.hold_sets.values()])]
    explaining = [(f.name, f.label) for f in ruleset.fields.values() if f.explains_away]
    lines += ["## Findings that explain a rule away", ""]
    lines += ["Only a named clinician may state them; never free text, a code or a default.", ""]
    lines += _table(("finding", "meaning"), explaining)
    cited = [
        (_marked(name, ruleset), source.title, source.url or "")
        for name, source in ruleset.sources.items()
    ]
    lines += ["## Sources", "", *_table(("source", "title", "where"), cited)]
    return "\n".join(lines)


def _opening(ruleset: RuleSet) -> list[str]:
    return [
        "# Red-flag rules",
        "",
        f"**{ruleset.approval_notice}**",
        "",
        f"Rule set {ruleset.version}, status `{ruleset.status}`. Generated from",
        "`referrals/clinical/rules.yaml`; do not edit by hand.",
        "",
        "A patient with an emergency is told to call the local emergency number, not to wait",
        "for this service. An unknown inside a NOT lets a rule fire. Where nothing fires the",
        "tier is ROUTINE. Sources marked * were written from memory and are not yet verified.",
        "",
    ]


def _section(tier: Tier, ruleset: RuleSet) -> list[str]:
    rows = [_rule(rule, ruleset) for rule in ruleset.rules if rule.tier is tier]
    return [f"## {tier.name}", "", *_table(_TITLES, rows)]


def _rule(rule: Rule, ruleset: RuleSet) -> tuple[str, ...]:
    days = f"{rule.review_days} days" if rule.review_days else ""
    return (
        rule.id,
        rule.title,
        rule.tier.name,
        rule.within or days,
        rule.route or ruleset.routes.default,
        in_words(rule.when, ruleset.fields),
        ", ".join(rule.holds),
        ", ".join(rule.ask),
        ", ".join(_marked(name, ruleset) for name in rule.src),
    )


def _marked(name: str, ruleset: RuleSet) -> str:
    return name if ruleset.sources[name].seen else f"{name}*"


def _hold(hold: HoldSet) -> tuple[str, ...]:
    acts = ", ".join((*hold.includes, *hold.acts))
    enforced = "yes" if hold.enforced else "no, advice"
    return hold.id, acts, enforced, hold.release_by, hold.release_on


def _table(titles: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> list[str]:
    cells = [titles, ("---",) * len(titles), *rows]
    return [*(f"| {' | '.join(_cell(text) for text in row)} |" for row in cells), ""]


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;")
