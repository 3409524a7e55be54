"""ICD-10-CM codes that imply a finding, ask a question or raise a tier; never a finding's absence.

A code coded today as the reason for the referral counts; one from the problem list sets lasting
risk factors only and asks about the rest.
"""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from referrals.clinical import document
from referrals.clinical.fields import Field
from referrals.clinical.problems import Problem, pointer, shorten
from referrals.clinical.tier import Tier

_FORM = re.compile(r"[A-Z][0-9][0-9A-Z](?:\.?[0-9A-Z]{1,4})?")
_MOST = 200
_OPTIONAL = ("tier", "question", "ask", "never_raises")
# 7th characters that mean the first, active treatment (A closed, B and C open fracture); every
# other one is a later encounter or a sequela and is read like the problem list.
_ACTIVE = frozenset("ABC")


@dataclass(frozen=True, slots=True)
class CodeEntry:
    """What the rule set says of one code; `tier` is NONE where it raises nothing by itself."""

    code: str
    title: str
    weight: str
    tier: Tier
    sets: tuple[str, ...]
    question: tuple[str, ...]
    ask: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class GivenCode:
    """A code as given, in upper case with its dot; `reason` = coded today as reason."""

    code: str
    reason: bool

    def as_given(self) -> dict[str, str]:
        """Return the code in the form in which it is sent."""
        return {"code": self.code, "as": "reason" if self.reason else "history"}


@dataclass(frozen=True, slots=True)
class CodeTable:
    """The code section of the rule set; `lasting` are the risk factors that do not wear off."""

    entries: Mapping[str, CodeEntry]
    traps: tuple[str, ...]
    lasting: frozenset[str]


@dataclass(frozen=True, slots=True)
class CodeEffect:
    """What the codes of one submission do: facts set, fields asked, codes that raise, notices."""

    sets: Mapping[str, str]
    asks: Mapping[str, str]
    raising: tuple[CodeEntry, ...]
    notices: tuple[str, ...]


def read_code_table(raw: object, traps: object, fields: Mapping[str, Field]) -> CodeTable:
    """Read the `icd10cm` and `non_billable_traps` sections.

    :raises RuleSetError: if an entry is malformed, sets a field that is no plain finding, or sets
        one with explains_away.
    """
    entries = {
        code: _entry(code, value, fields)
        for code, value in document.open_mapping(raw, "icd10cm").items()
    }
    lasting = {
        field for entry in entries.values() if entry.weight == "context" for field in entry.sets
    }
    return CodeTable(entries, document.names(traps, "non_billable_traps"), frozenset(lasting))


def _entry(code: str, raw: object, fields: Mapping[str, Field]) -> CodeEntry:
    place = f"icd10cm.{code}"
    if not _FORM.fullmatch(code):
        document.refuse(place, "is not of the form of an ICD-10-CM code")
    entry = document.mapping(raw, place, ("d", "weight", "sets"), _OPTIONAL)
    weight = document.one_of(entry["weight"], f"{place}.weight", ("strong", "support", "context"))
    if (weight == "strong") != ("tier" in entry):
        document.refuse(f"{place}.tier", "a strong code has a tier and no other code does")
    tier = document.one_of(entry.get("tier", "NONE"), f"{place}.tier", Tier.__members__)
    settable = [n for n, f in fields.items() if f.kind == "finding" and not f.explains_away]
    sets = document.names(entry["sets"], f"{place}.sets", settable)
    if document.flag(entry.get("never_raises", False), f"{place}.never_raises") and sets:
        document.refuse(f"{place}.sets", "a code that never raises sets nothing")
    return CodeEntry(
        code=code,
        title=document.text(entry["d"], f"{place}.d"),
        weight=weight,
        tier=Tier[tier],
        sets=sets,
        question=document.names(entry.get("question", []), f"{place}.question", settable),
        ask=document.names(entry.get("ask", []), f"{place}.ask", fields),
    )


def read_codes(raw: object, problems: list[Problem]) -> tuple[GivenCode, ...]:
    """Read the codes of a submission; what is wrong is added to `problems`."""
    if not isinstance(raw, Sequence) or isinstance(raw, str | bytes):
        problems.append(Problem("/codes", "wrong_type", "send a list of {code, as}"))
        return ()
    if len(raw) > _MOST:
        problems.append(Problem("/codes", "too_many", f"send at most {_MOST} codes"))
        return ()
    found = [_given(index, entry, problems) for index, entry in enumerate(raw)]
    return tuple(dict.fromkeys(code for code in found if code is not None))


def _given(index: int, raw: object, problems: list[Problem]) -> GivenCode | None:
    at = pointer("codes", index)
    if not isinstance(raw, Mapping) or set(raw) != {"code", "as"}:
        problems.append(
            Problem(at, "wrong_type", 'send {"code": ..., "as": "reason" or "history"}')
        )
        return None
    code, role = raw["code"], raw["as"]
    before = len(problems)
    if role not in ("reason", "history"):
        problems.append(Problem(f"{at}/as", "unknown_value", 'send "reason" or "history"'))
    written = code.strip().upper() if isinstance(code, str) else ""
    if not _FORM.fullmatch(written):
        detail = f"{shorten(code)} is not of the form of an ICD-10-CM code such as M48.062"
        problems.append(Problem(f"{at}/code", "malformed_code", detail))
    return None if len(problems) > before else GivenCode(_dotted(written), role == "reason")


def _dotted(code: str) -> str:
    plain = code.replace(".", "")
    return plain if len(plain) == 3 else f"{plain[:3]}.{plain[3:]}"


def effect(codes: Iterable[GivenCode], table: CodeTable) -> CodeEffect:
    """Return what the codes set, ask and raise, each with the code that did it."""
    sets: dict[str, str] = {}
    asks: dict[str, str] = {}
    raising: list[CodeEntry] = []
    notices: list[str] = []
    for given in codes:
        entry, active, notice = _look_up(given, table)
        notices += [notice] if notice else []
        if entry is None:
            continue
        now, later = _split(entry, active, table.lasting)
        sets.update(dict.fromkeys(now, _cited(entry)))
        asks.update(dict.fromkeys(later, _cited(entry)))
        if active and entry.tier is not Tier.NONE:
            raising.append(entry)
            notices.append(f"{_cited(entry)}: provisional, raised by a code; a person confirms it")
    return CodeEffect(sets, asks, tuple(raising), tuple(notices))


def rule_id(entry: CodeEntry) -> str:
    """Return the id under which a code that raises a tier stands among the rules that fired."""
    return f"ICD-10-CM {entry.code}"


def _cited(entry: CodeEntry) -> str:
    return f"{rule_id(entry)} {entry.title}"


def _split(
    entry: CodeEntry, active: bool, lasting: Collection[str]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    if active:
        return (*entry.sets, *entry.question), entry.ask
    kept = tuple(field for field in entry.sets if field in lasting)
    asked = tuple(field for field in entry.sets if field not in lasting)
    return kept, (*asked, *entry.question, *entry.ask)


def _look_up(given: GivenCode, table: CodeTable) -> tuple[CodeEntry | None, bool, str]:
    if given.code in table.entries:
        return table.entries[given.code], given.reason, ""
    if len(given.code) == 8 and (initial := table.entries.get(f"{given.code[:-1]}A")):
        return initial, given.reason and given.code[-1] in _ACTIVE, ""
    below = [entry for code, entry in table.entries.items() if code.startswith(given.code)]
    notice = f"{given.code} is not a complete code: please code it to the last character"
    if not below:
        return None, given.reason, notice if given.code in table.traps else ""
    return _common(given.code, below), given.reason, notice


def _common(code: str, below: Sequence[CodeEntry]) -> CodeEntry:
    # An unfinished code says only what all codes below it that we know have in common.
    def shared(lists: Sequence[tuple[str, ...]]) -> tuple[str, ...]:
        return tuple(name for name in lists[0] if all(name in other for other in lists))

    return CodeEntry(
        code=code,
        title=below[0].title if len(below) == 1 else "(unfinished code)",
        weight="support",
        tier=min(entry.tier for entry in below),
        sets=shared([entry.sets for entry in below]),
        question=shared([entry.question for entry in below]),
        ask=shared([entry.ask for entry in below]),
    )
