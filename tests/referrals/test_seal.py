"""The chain of a practice: gap-free, in the order of sealing. How it breaks: test_audit.py."""

from datetime import timedelta

import pytest

from referrals import audit, clock, seal, services
from referrals.models import Event, EventSeal
from tests.cast import role
from tests.walls import routes


def all_relayed():
    Event.objects.unrelayed().update(relayed_at=clock.now())


@pytest.fixture
def sealed(cast):
    case = routes.make_case(cast)
    services.acknowledge(case.pk, by=cast.pain.actor)
    all_relayed()
    with role("engine"):
        assert seal.seal() == 3
    return case


def broken(practice):
    """Return where a chain is broken first."""
    ((_, chain),) = audit.verify([practice.pk], kept={}, tick=lambda links: None)
    return chain.broken


def test_every_practice_concerned_has_a_chain_without_gaps(cast, sealed):
    for office in (cast.pain, cast.spine):
        chain = EventSeal.objects.filter(practice=office.practice).order_by("seq")
        assert list(chain.values_list("seq", flat=True)) == [1, 2, 3]
        assert broken(office.practice) is None
    assert not EventSeal.objects.filter(practice=cast.outsider.practice).exists()


def test_sealing_again_seals_nothing_twice_and_goes_on_where_it_stopped(cast, sealed):
    with role("engine"):
        assert seal.seal() == 0
    services.acknowledge(sealed.pk, by=cast.spine.actor)
    all_relayed()
    with role("engine"):
        assert seal.seal() == 1
    assert broken(cast.pain.practice) is None


def test_what_the_relay_still_has_to_do_is_left_to_it_for_a_second_and_no_longer(cast, monkeypatch):
    routes.make_case(cast)
    with role("engine"):
        assert seal.seal() == 0
        later = clock.now() + timedelta(seconds=1)
        monkeypatch.setattr(seal, "NOW", later)
        assert seal.seal() == 2
    assert broken(cast.pain.practice) is None
