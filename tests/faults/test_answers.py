"""People who answer and take it back, answers that come twice, links that are guessed."""

import pytest
from django.core.cache import cache

from coordination.api import one_tap
from coordination.models import ContactPoint
from tests.cast import OfficeClient
from tests.coordination import stories as s
from tests.coordination.links import link, surgeon
from tests.coordination.test_reactions import everything
from tests.faults.options import TIMES

GUESSES = 100 * TIMES


@pytest.fixture(autouse=True)
def _no_misses_yet():
    cache.clear()


@pytest.fixture
def emergency(cast, run_engine):
    referral = s.send(cast.pain)
    run_engine()
    return referral


def test_accepted_then_given_back_then_nobody_rings_from_the_start_by_the_first_deadline(
    cast, emergency, run_engine
):
    due = s.owed(emergency, "acknowledge", "spine").due_at
    s.act("accept", emergency, cast.spine, plan=s.PLAN)
    run_engine()
    s.pass_on(emergency, cast.spine)
    run_engine()
    owed = s.owed(emergency, "acknowledge", "spine")
    assert (owed.state, owed.practice, owed.due_at) == ("running", cast.other_spine.practice, due)
    assert s.owed(emergency, "plan", "spine").state == "running"
    rungs = [s.fire_next_rung(emergency, "acknowledge", "spine") for _ in range(8)]
    assert 0 not in rungs
    assert s.told(emergency)[cast.network.practice.pk]
    assert s.owed(emergency, "acknowledge", "spine").state == "running"


def test_a_link_pressed_twice_answers_once(cast, emergency):
    there = link(emergency, surgeon(cast))
    assert OfficeClient().post(there, {"answer": "seen"}).status_code == 200
    first = s.owed(emergency, "acknowledge", "spine").answered_at
    OfficeClient().post(there, {"answer": "seen"})
    assert s.owed(emergency, "acknowledge", "spine").answered_at == first


def test_a_link_answers_for_its_own_case_alone(cast, emergency, run_engine):
    other = s.send(cast.pain)
    run_engine()
    OfficeClient().post(link(emergency, surgeon(cast)), {"answer": "seen"})
    assert s.owed(emergency, "acknowledge", "spine").state == "answered"
    assert s.owed(other, "acknowledge", "spine").state == "running"


def test_a_thousand_guesses_open_nothing_and_shut_nobody_out(cast, emergency):
    before, guesser = everything(), OfficeClient()
    found = [guesser.post(f"/a/{n:016d}", {"answer": "seen"}).status_code for n in range(GUESSES)]
    assert found[: one_tap.MISSES_A_MINUTE] == [404] * one_tap.MISSES_A_MINUTE
    # A minute may go by, and then a few more are looked up.
    assert set(found) == {404, 429}
    assert found.count(404) < GUESSES / 5
    assert everything() == before
    assert guesser.post(link(emergency, surgeon(cast)), {"answer": "seen"}).status_code == 200


def test_the_link_of_a_number_that_was_retired_answers_nothing(cast, emergency):
    there = link(emergency, surgeon(cast))
    ContactPoint.objects.filter(pk=surgeon(cast).pk).update(is_active=False)
    assert OfficeClient().post(there, {"answer": "seen"}).status_code == 404
    assert s.owed(emergency, "acknowledge", "spine").state == "running"
