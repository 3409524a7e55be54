"""The links of one story's people, and what stands on the page behind them."""

from coordination.models import ContactPoint
from coordination.services import links
from tests.coordination import stories as s


def link(referral, point, specialty="spine"):
    owed = s.owed(referral, "acknowledge", specialty)
    return f"/a/{links.secret_for(owed.pk, point.pk)}"


def surgeon(cast):
    return ContactPoint.objects.get(practitioner=cast.spine.clinician, channel="sms")


def pain(cast):
    return ContactPoint.objects.get(practitioner=cast.pain.clinician, channel="sms")


def desk(cast):
    return ContactPoint.objects.get(practice=cast.spine.practice, practitioner=None)


def coordinator(cast):
    return ContactPoint.objects.filter(practitioner=cast.network.coordinator).first()


def ring_the_network(referral):
    for _ in range(4):
        s.fire_next_rung(referral, "acknowledge", "spine")


def text(page):
    return page.content.decode()


def spoil(points):
    """Make stored addresses unreadable, as after a key that was lost."""
    assert points.update(encrypted_address=b"k0:nobody can read this any more")
