"""Graded muscle power (MRC) by myotome: reads examinations and measures falls between them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from referrals.clinical.problems import Problem, pointer, shorten

_MOST = 100
_WINDOW = timedelta(days=181)  # whole days up to 180
_RECENT_DAYS, _GRADE_DAYS = 28, 90
_SIGNED = {"4-": 3.67, "4+": 4.33}


@dataclass(frozen=True, slots=True)
class Examination:
    """One graded examination: myotome with side (L5_R), MRC grade 0-5, moment (UTC) if known."""

    myotome: str
    grade: float
    at: datetime | None


@dataclass(frozen=True, slots=True)
class Fall:
    """A fall of power in MRC grades (0 = none) over so many days (None = not known)."""

    grades: float
    days: int | None

    @property
    def worsening(self) -> bool:
        """One grade or more within 90 days or an unknown interval, or any fall within 28 days."""
        if self.days is None:
            return self.grades >= 1
        return (self.grades >= 1 and self.days <= _GRADE_DAYS) or self.recent

    @property
    def recent(self) -> bool:
        """Any fall within 28 days."""
        return self.grades > 0 and self.days is not None and self.days <= _RECENT_DAYS

    @property
    def severity(self) -> tuple[bool, float, float]:
        """Sort key: worsening first, then the deeper fall, then the shorter (or unknown) time."""
        return self.worsening, self.grades, 0.5 if self.days is None else -self.days


def read_examinations(
    raw: object, field: str, myotomes: Collection[str], problems: list[Problem]
) -> tuple[Examination, ...]:
    """Read `{"L5_R": {grade, date, examiner}}`, or a list of such examinations for a myotome.

    What is wrong is added to `problems`.
    """
    if not isinstance(raw, Mapping) or len(raw) > _MOST:
        detail = 'send {"L5_R": {"grade": 4, "date": "2026-11-01", "examiner": "..."}}'
        problems.append(Problem(pointer("findings", field), "wrong_type", detail))
        return ()
    found: list[Examination] = []
    for name, value in raw.items():
        at = pointer("findings", field, name)
        root, _, side = name.partition("_") if isinstance(name, str) else ("", "", "")
        if root not in myotomes or side not in ("L", "R"):
            detail = f"send a key myotome and side such as L5_R; known: {', '.join(myotomes)}"
            problems.append(Problem(at, "unknown_value", detail))
            continue
        found += _of_myotome(name, value, at, problems)
    return tuple(found)


def _of_myotome(name: str, raw: object, at: str, problems: list[Problem]) -> list[Examination]:
    listed = isinstance(raw, Sequence) and not isinstance(raw, str | bytes)
    given: Sequence[Any] = raw if listed else [raw]  # type: ignore[assignment]
    if not 1 <= len(given) <= _MOST:
        problems.append(Problem(at, "wrong_type", f"send 1 to {_MOST} examinations"))
        return []
    read = [
        _examination(name, value, f"{at}/{index}" if listed else at, problems)
        for index, value in enumerate(given)
    ]
    found = [examination for examination in read if examination is not None]
    if len(given) > 1 and any(examination.at is None for examination in found):
        problems.append(Problem(at, "missing_date", "several examinations each need a date"))
    return found


def _examination(name: str, raw: object, at: str, problems: list[Problem]) -> Examination | None:
    keys = {"grade", "date", "examiner"}
    if not isinstance(raw, Mapping) or "grade" not in raw or not set(raw) <= keys:
        problems.append(Problem(at, "wrong_type", "send {grade, date, examiner}; grade is needed"))
        return None
    grade, moment = _grade(raw["grade"]), _moment(raw.get("date"))
    if grade is None:
        detail = 'send an MRC grade: a number from 0 to 5, or "4-", "4+"'
        problems.append(Problem(f"{at}/grade", "out_of_range", detail))
    if moment is None and "date" in raw:
        detail = f"{shorten(raw['date'])} is no date such as 2026-11-01"
        problems.append(Problem(f"{at}/date", "bad_timestamp", detail))
    examiner = raw.get("examiner", "-")
    if not isinstance(examiner, str) or not examiner.isprintable() or len(examiner) > _MOST:
        problems.append(Problem(f"{at}/examiner", "wrong_type", "send a short printable text"))
    return None if grade is None else Examination(name, grade, moment)


def _grade(raw: object) -> float | None:
    if isinstance(raw, str):
        return _SIGNED.get(raw, float(raw) if raw in ("0", "1", "2", "3", "4", "5") else None)
    if isinstance(raw, bool) or not isinstance(raw, int | float):
        return None
    return raw if 0 <= raw <= 5 else None


def _moment(raw: object) -> datetime | None:
    try:
        read = datetime.fromisoformat(raw if isinstance(raw, str) else "")
        return read.astimezone(UTC) if read.tzinfo else read.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None


def lowest_grade(examinations: Sequence[Examination]) -> float | None:
    """Return the lowest grade among the latest examinations of every myotome, None without any."""
    grades = [
        examination.grade for found in _by_myotome(examinations) for examination in _latest(found)
    ]
    return min(grades, default=None)


def worst_fall(examinations: Sequence[Examination]) -> Fall | None:
    """Return the most severe fall from any examination to the latest of its myotome.

    Every earlier examination within 180 days counts, not only the best one: an old deep fall must
    not hide a small recent one. 180 days are counted from the latest examination, which reaches
    further back than "today" would. None where no myotome was examined twice.
    """
    falls = [
        Fall(max(0.0, round(earlier.grade - latest.grade, 2)), passed.days)
        for found in _by_myotome(examinations)
        for latest in _latest(found)
        for earlier in found
        if timedelta(0) < (passed := _between(earlier, latest)) < _WINDOW
    ]
    return max(falls, key=lambda fall: fall.severity, default=None)


def _by_myotome(examinations: Sequence[Examination]) -> list[list[Examination]]:
    found: dict[str, list[Examination]] = {}
    for examination in examinations:
        found.setdefault(examination.myotome, []).append(examination)
    return list(found.values())


def _latest(found: Sequence[Examination]) -> list[Examination]:
    # Two examinations at the latest moment both count: the lower grade decides.
    last = max((e.at for e in found if e.at is not None), default=None)
    return [examination for examination in found if examination.at == last]


def _between(earlier: Examination, latest: Examination) -> timedelta:
    if earlier.at is None or latest.at is None:
        return timedelta(0)
    return latest.at - earlier.at
