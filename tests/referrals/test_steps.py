"""The steps of a referral: each is done by acts of the law, has words, and the times it needs."""

from coordination.admin import words
from referrals.deadlines import STEP_WITHIN
from referrals.steps import DONE_BY, act_for
from referrals.workflow import TRANSITIONS


def test_each_step_is_done_by_acts_of_the_law():
    acts = {row.action for row in TRANSITIONS}
    assert all(done_by and set(done_by) <= acts for done_by in DONE_BY.values())


def test_each_step_has_words_and_no_other_has_times():
    assert set(words.ACTIONS) == set(DONE_BY)
    assert set(STEP_WITHIN) < set(DONE_BY)


def test_the_first_act_that_is_open_does_the_step():
    assert act_for("decide_next", ("close", "reopen", "redirect")) == "redirect"
    assert act_for("decide_next", ("close", "reopen")) == "reopen"
    assert act_for("close", ("acknowledge",)) is None
    assert act_for("", ("acknowledge",)) is None
