"""What was measured, beside what is wanted; as lines, as JSON and as the page of the reference."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from config.reference.markdown import section, table
from config.servers.places import PROJECT

_ENDING = 'To write the same page for another machine: `make bench ARGS="--write"`.'
PAGE = PROJECT / "docs" / "reference" / "performance.md"


@dataclass(frozen=True)
class Figure:
    """One measured number. Without a target it is only told."""

    name: str
    value: float
    unit: str = ""
    at_most: float | None = None
    at_least: float | None = None

    @property
    def is_met(self) -> bool | None:
        """Say whether the target is met; ``None`` if there is none."""
        if self.at_most is not None:
            return self.value <= self.at_most
        return None if self.at_least is None else self.value >= self.at_least

    @property
    def wanted(self) -> str:
        """Return the target in words."""
        if self.at_most is not None:
            return f"at most {self._with_unit(self.at_most)}"
        return "" if self.at_least is None else f"at least {self._with_unit(self.at_least)}"

    @property
    def measured(self) -> str:
        """Return the number with its unit."""
        return self._with_unit(self.value)

    @property
    def verdict(self) -> str:
        """Return yes, **no**, or nothing."""
        return {True: "yes", False: "**no**", None: ""}[self.is_met]

    def as_dict(self) -> dict[str, object]:
        """Return what a program wants to know."""
        names = ("name", "value", "unit", "at_most", "at_least", "is_met")
        return {name: getattr(self, name) for name in names}

    def _with_unit(self, number: float) -> str:
        return f"{number:,g}{'' if self.unit == '%' else ' '}{self.unit}".rstrip()


def lines(figures: Iterable[Figure]) -> Iterable[str]:
    """Return one line a figure, for people."""
    for figure in figures:
        met = {True: "met", False: "MISSED", None: ""}[figure.is_met]
        wanted = f"{figure.wanted:<22}{met}" if figure.wanted else ""
        yield f"{figure.name:<58}{figure.measured:>14}   {wanted}".rstrip()


def page(groups: dict[str, Sequence[Figure]], *, machine: str, command: str, at: datetime) -> str:
    """Return the page of the reference."""
    about = (
        f"Measured on {at:%Y-%m-%d} by `{command}` on {machine}, with everything on one machine: "
        "PostgreSQL, Valkey, two web workers, both Celery workers, the dispatcher, the mail and "
        "SMS provider of the sandbox, and the load generator itself, which all share the "
        "processors. Floors and loads are taken in turn within one run and their ratios are "
        "medians, because a ratio holds on other machines where a number does not."
    )
    parts = [
        section(
            title,
            table(
                ("what", "measured", "wanted", "met"),
                [(one.name, one.measured, one.wanted, one.verdict) for one in figures],
            ),
        )
        for title, figures in groups.items()
    ]
    return "\n\n".join(("# Speed and memory", about, *parts, _ENDING)) + "\n"


def with_section(page: str, title: str, *parts: str) -> str:
    """Return the page with this section anew, or at its end if it had none."""
    before, _, rest = page.partition(f"\n\n## {title}\n\n")
    _, heading, after = rest.partition("\n\n## ")
    before = before.rstrip().removesuffix(_ENDING).rstrip()
    after = f"{heading}{after.rstrip()}" if heading else f"\n\n{_ENDING}"
    return f"{before}\n\n{section(title, *parts)}{after}\n"


def section_of(page: str, title: str) -> str:
    """Return what stands under this title; empty if there is no such section."""
    _, _, rest = page.partition(f"\n\n## {title}\n\n")
    return rest.partition("\n\n## ")[0].rstrip().removesuffix(_ENDING).rstrip()
