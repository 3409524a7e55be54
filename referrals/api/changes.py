"""How what people changed by hand is shown: a lowering proposed, links, versions. It only reads."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from referrals.clinical import Tier
from referrals.models import Amendment, Lowering, Referral
from referrals.models.referral import SHOWN_OF_A_LINK
from referrals.walls import Actor

DUPLICATE = (
    "This patient may have another open referral to the same specialty, see "
    "'possible_duplicates'. Nothing was merged: if they are the same, end one of them."
)


@dataclass(frozen=True)
class Linked:
    """The referrals a referral is linked to, as far as the viewer may see them."""

    based_on: Referral | None
    replies: Iterable[Referral]
    possible_duplicates: Iterable[Referral]
    redirected_from: Referral | None = None
    redirected_to: Referral | None = None


def read_links(referral: Referral, actor: Actor) -> Linked:
    """Read what a stored referral is linked to, in one query."""
    links = ("based_on", "possible_duplicate_of", "redirected_from")
    visible = Referral.objects.visible_to(actor).linked_to(referral).order_by("id")
    found = list(visible.only(*SHOWN_OF_A_LINK, *links))
    duplicates = {referral.possible_duplicate_of_id}
    return Linked(
        next((one for one in found if one.pk == referral.based_on_id), None),
        [one for one in found if one.based_on_id == referral.pk],
        [
            one
            for one in found
            if one.pk in duplicates or one.possible_duplicate_of_id == referral.pk
        ],
        next((one for one in found if one.pk == referral.redirected_from_id), None),
        next((one for one in found if one.redirected_from_id == referral.pk), None),
    )


def links_of_new(referral: Referral) -> Linked:
    """Return what a referral is linked to that was stored this instant; the sender sees both."""
    duplicate = referral.possible_duplicate_of
    return Linked(referral.based_on, (), [duplicate] if duplicate else ())


def links(linked: Linked) -> dict[str, Any]:
    """Show the links on a card."""
    return {
        "redirected_from": _link(linked.redirected_from) if linked.redirected_from else None,
        "redirected_to": _link(linked.redirected_to) if linked.redirected_to else None,
        "based_on": _link(linked.based_on) if linked.based_on else None,
        "replies": [_link(one) for one in linked.replies],
        "possible_duplicates": [_link(one) for one in linked.possible_duplicates],
    }


def read_lowering(referral: Referral, latest_id: int) -> Lowering | None:
    """Read the proposal to lower the urgency that can still be confirmed."""
    waiting = referral.lowerings.waiting().filter(assessment=latest_id)
    return waiting.select_related("proposed_by__practice").first()


def lowering(proposed: Lowering) -> dict[str, Any]:
    """Show what waits for a second person."""
    return {
        "tier": Tier(proposed.tier).name,
        "within": proposed.within or None,
        "reason_code": proposed.reason_code,
        "comment": proposed.basis,
        "proposed_by": str(proposed.proposed_by),
        "by_practice": proposed.proposed_by.practice.name,
        "proposed_at": proposed.proposed_at,
    }


def version(amended: Amendment) -> dict[str, Any]:
    """Show one version that was amended: what stood there before."""
    return {
        "version": amended.version,
        "amended_by": amended.amended_by,
        "amended_at": amended.amended_at,
        "before": amended.before,
    }


def _link(referral: Referral) -> dict[str, Any]:
    return {
        "id": str(referral.uuid),
        "reference": referral.reference,
        "status": referral.status,
        "sent_at": referral.sent_at,
    }
