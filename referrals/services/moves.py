"""How every act on a referral begins and ends: seen, locked, permitted, written, recorded."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from referrals import clock, outbox, workflow
from referrals.clinical import Tier
from referrals.models import Referral
from referrals.walls import Actor

# Nobody may be kept from these by an old version number: they raise urgency, answer it, or say
# what happened.
_NEVER_NEEDS_A_VERSION = frozenset(
    {
        "acknowledge",
        "pass",
        "add_findings",
        "record_call",
        "record_patient_contact",
        "record_arrival",
        "hand_over_to_ed",
        "raise_urgency",
        "withdraw_lowering",
    }
)
# Who lowers urgency has read the case as it stands, however pressing it is.
_ALWAYS_NEEDS_A_VERSION = frozenset({"propose_lowering", "confirm_lowering"})
# What the event of an act tells before and after of. None of it is a fact about the patient.
_TOLD = (
    "status", "resumes_as", "tier", "possible_tier", "within", "route", "receiver_id", "owner_side",
    "next_action", "due_at", "pain_acknowledged_at", "spine_acknowledged_at", "plan_recorded_at",
    "handed_over_at", "safe_at", "version",
)  # fmt: skip


class VersionRequired(Exception):
    """The act needs to say which version of the referral it was decided on."""


class StaleVersion(Exception):
    """The referral moved on since it was read."""

    def __init__(self, referral: Referral) -> None:
        self.referral = referral
        super().__init__(
            f"{referral.reference} is at version {referral.version} now. "
            "Read it again, then decide again."
        )


@dataclass(frozen=True)
class Move:
    """One permitted act under way: the locked referral, who acts, when, and by which row.

    ``before`` holds what the referral said when it was locked.
    """

    referral: Referral
    by: Actor
    at: datetime
    row: workflow.Transition
    before: Mapping[str, Any]

    @property
    def target(self) -> workflow.Status | None:
        """The status afterwards, ``None`` if it stays as it is."""
        resumed = workflow.Status(self.referral.resumes_as) if self.row.resumes else None
        return self.row.target or resumed


def begin(action: str, referral_id: int, *, by: Actor, if_version: int | None = None) -> Move:
    """Load and lock a referral and find the row of the law that permits the act.

    :raises Referral.DoesNotExist: if the actor may not see it.
    :raises TransitionRefused: if the act is not open to this side now.
    :raises VersionRequired: if the act needs ``if_version`` and none was given.
    :raises StaleVersion: if ``if_version`` is not the present one.
    """
    referral = Referral.objects.visible_to(by).locked().get(pk=referral_id)
    side = referral.side_of(by)
    row = workflow.check(action, referral.standing, side)
    _check_version(action, referral, if_version)
    return Move(referral, by, clock.now(), row, _told(referral))


def finish(move: Move, event: str, data: dict[str, Any] | None = None) -> None:
    """Write the moved referral, raise its version and record the event with what it changed."""
    referral = move.referral
    if move.target is not None:
        referral.move_to(move.target)
    referral.version += 1
    referral.save()
    said = (data or {}) | {"changed": _changed(move)}
    outbox.record(event, referral=referral, by=move.by, at=move.at, data=said)


def _told(referral: Referral) -> dict[str, Any]:
    return {name: _plain(name, getattr(referral, name)) for name in _TOLD}


def _plain(name: str, value: Any) -> Any:
    if name.endswith("tier"):
        return Tier(value).name
    return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else value


def _changed(move: Move) -> dict[str, list[Any]]:
    after = _told(move.referral)
    return {
        name: [before, after[name]] for name, before in move.before.items() if after[name] != before
    }


def _check_version(action: str, referral: Referral, if_version: int | None) -> None:
    if if_version is None:
        may_omit = referral.is_pressing or action in _NEVER_NEEDS_A_VERSION
        if not may_omit or action in _ALWAYS_NEEDS_A_VERSION:
            raise VersionRequired(
                f"Send If-Match with the version you read, now v{referral.version}."
            )
    elif if_version != referral.version:
        raise StaleVersion(referral)
