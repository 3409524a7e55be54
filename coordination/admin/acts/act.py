"""What one row of ACTS says, and what one press of its button carries."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from coordination import services
from coordination.admin.entries import Entries
from referrals.api.bodies import reason_in
from referrals.models import Referral
from referrals.walls import Actor

VIA = "desk"


@dataclass(frozen=True)
class Press:
    """One press of a button: what was pressed on, by whom, what was typed, on which version.

    ``shape`` is the shape of the API that has found what was typed valid.
    """

    referral: Referral
    by: Actor
    shape: Any
    version: int | None
    rule: str = ""

    @property
    def data(self) -> dict[str, Any]:
        """What was typed, checked."""
        data: dict[str, Any] = self.shape.validated_data
        return data

    @property
    def plan(self) -> services.ReceivingPlan | None:
        """The receiving plan that was typed, if any."""
        return self.data["plan"]["plan"] if "plan" in self.data else None


def _blank(referral: Referral) -> dict[str, str]:
    return {}


@dataclass(frozen=True)
class Act:
    """One row of ACTS: the words of the button, the form, the shape that checks it, the service.

    ``done`` is what the person reads after it. ``only_for`` is the property of a person without
    which the service refuses. ``is_urgent_answer``: nobody is kept from it by an old page while
    people must answer. ``is_grave`` acts end something and stand last. ``before`` is what stands in
    the fields to begin with.
    """

    label: str
    says: str
    done: str
    shape: Any
    do: Callable[[Press], object]
    entries: Entries = ()
    optional: bool = False
    only_for: str = ""
    is_urgent_answer: bool = False
    is_grave: bool = False
    before: Callable[[Referral], Mapping[str, str]] = _blank


def alone(service: Callable[..., object]) -> Callable[[Press], object]:
    """Have a press call a service that needs to know nothing but who, on what and which version."""
    return lambda press: service(press.referral.pk, by=press.by, if_version=press.version)


def with_reason(service: Callable[..., object]) -> Callable[[Press], object]:
    """Have a press call a service that wants a coded reason besides."""
    return lambda press: service(
        press.referral.pk, reason_in(press.data), by=press.by, if_version=press.version
    )
