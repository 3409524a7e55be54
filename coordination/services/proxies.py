"""Somebody acknowledges for a clinician who cannot answer now, such as one who is scrubbed.

Acknowledged, not accepted: at a time that is bounded by the pace that side is rung again. For whom
is a person of the practice, not a typed name, and stands in no event and no message.
"""

from dataclasses import dataclass
from datetime import datetime

from coordination.escalation import Kind
from coordination.models import Obligation
from coordination.services import owing
from referrals.models import Practice, Practitioner, Referral
from referrals.walls import Actor


class ProxyRefused(ValueError):
    """Nobody can acknowledge for another like that; ``field`` is what to mend."""

    def __init__(self, field: str, words: str) -> None:
        self.field = field
        super().__init__(words)


@dataclass(frozen=True)
class Proxy:
    """For whom somebody acknowledges, and until when that person cannot answer themselves.

    ``until`` is an instant; ``None`` stands for as long as the pace permits.
    """

    clinician: Practitioner
    until: datetime | None = None


def refuse_before_asked(referral: Referral, by: Actor) -> None:
    """Refuse while nothing could keep for whom it is, and until when.

    :raises ProxyRefused: if the actor's side was not asked about an urgent case yet.
    """
    own = Practice.objects.get(pk=by.own_practice_id)
    asked = referral.obligations.filter(
        kind=Kind.ACKNOWLEDGE, specialty=own.specialty, alert__closed_at__isnull=True
    )
    if not asked.exclude(alert=None).exists():
        raise ProxyRefused(
            "on_behalf_of",
            "Your side has not been asked about an urgent case. Acknowledge in your own name; if "
            "it was sent this minute, try again in a few seconds.",
        )


def rings_again_at(
    proxy: Proxy, obligation: Obligation, referral: Referral, at: datetime
) -> datetime:
    """Return when the side is rung again of which somebody has acknowledged for another.

    :raises ProxyRefused: if it owes no answer that lapses, or the time is over or too late.
    """
    latest = owing.lapses_at(obligation, referral, at)
    if latest is None:
        raise ProxyRefused(
            "on_behalf_of", "Your side needs nobody else for this: acknowledge in your own name."
        )
    until = proxy.until or latest
    if until <= at:
        raise ProxyRefused("until", "Give a time that lies ahead, or leave it out.")
    if until > latest:
        limit = latest.astimezone(proxy.clinician.practice.zone).strftime("%H:%M %Z")
        raise ProxyRefused(
            "until",
            f"The patient cannot wait longer than until {limit}. Give an earlier time, or say "
            "that the clinician cannot: then the next practice is asked.",
        )
    return until
