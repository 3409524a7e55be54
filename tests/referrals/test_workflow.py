"""The law of a referral against a table written by hand: every action, status, side, urgency."""

from itertools import product

import pytest

from referrals.workflow import TRANSITIONS, Side, Status, TransitionRefused, actions, check

# action: {side: (statuses while nothing is urgent, statuses while it is)}; s r a d = the statuses.
EXPECTED = {
    "acknowledge": {
        "sender": ("sra", "sra"), "receiver": ("sra", "sra"), "asked": ("sra", "sra")
    },
    "accept": {"receiver": ("sr", "sr"), "asked": ("sr", "sr")},
    "pass": {"receiver": ("", "sra"), "asked": ("", "sr")},
    "decline": {"receiver": ("sra", ""), "asked": ("sr", "")},
    "add_findings": {
        "sender": ("sra", "sra"), "receiver": ("sra", "sra"), "asked": ("sra", "sra")
    },
    "raise_urgency": {
        "sender": ("sra", "sra"), "receiver": ("sra", "sra"), "asked": ("sra", "sra"),
        "coordinator": ("sra", "sra"),
    },
    "propose_lowering": {"sender": ("sra", "sra"), "receiver": ("sra", "sra")},
    "confirm_lowering": {
        "sender": ("sra", "sra"), "receiver": ("sra", "sra"), "asked": ("sra", "sra")
    },
    "withdraw_lowering": {
        "sender": ("sra", "sra"), "receiver": ("sra", "sra"), "asked": ("sra", "sra"),
        "coordinator": ("sra", "sra"),
    },
    "amend": {"sender": ("sra", "sra")},
    "record_plan": {"sender": ("", "a"), "receiver": ("", "a")},
    "hand_over_to_ed": {
        "sender": ("", "sra"), "receiver": ("", "sra"), "asked": ("", "sra"),
        "coordinator": ("", "sra"),
    },
    "record_call": {
        "sender": ("", "sra"), "receiver": ("", "sra"), "asked": ("", "sra"),
        "coordinator": ("", "sra"),
    },
    "record_patient_contact": {
        "sender": ("", "sra"), "receiver": ("", "sra"), "asked": ("", "sra"),
        "coordinator": ("", "sra"),
    },
}  # fmt: skip
LETTER = {Status.SENT: "s", Status.RECEIVED: "r", Status.ACCEPTED: "a", Status.DECLINED: "d"}
CASES = list(product(EXPECTED, Status, Side, (False, True)))


def is_open(action, status, side, urgent):
    return LETTER[status] in EXPECTED[action].get(side.value, ("", ""))[urgent]


def test_the_table_tells_every_action_status_and_side():
    assert {row.action for row in TRANSITIONS} == set(EXPECTED)
    assert set(LETTER) == set(Status)
    assert len(CASES) == 14 * 4 * 5 * 2


def test_every_act_is_open_exactly_where_the_table_says():
    for action, status, side, urgent in CASES:
        listed = action in actions(status, side, urgent=urgent)
        assert listed == is_open(action, status, side, urgent), (action, status, side, urgent)


def test_check_permits_what_is_listed_and_tells_what_is_possible_otherwise():
    for action, status, side, urgent in CASES:
        if is_open(action, status, side, urgent):
            assert check(action, status, side, urgent=urgent).action == action
            continue
        with pytest.raises(TransitionRefused) as refused:
            check(action, status, side, urgent=urgent)
        assert refused.value.allowed == actions(status, side, urgent=urgent)


def test_only_these_acts_move_the_status():
    moves = {
        (action, status, side, target)
        for action, status, side, urgent in CASES
        if is_open(action, status, side, urgent)
        and (target := check(action, status, side, urgent=urgent).target)
    }
    invited = (Side.RECEIVER, Side.ASKED)
    undecided = (Status.SENT, Status.RECEIVED)
    assert moves == {
        *(("acknowledge", Status.SENT, side, Status.RECEIVED) for side in invited),
        *(("accept", s, side, Status.ACCEPTED) for s, side in product(undecided, invited)),
        *(("decline", s, Side.RECEIVER, Status.DECLINED) for s in (*undecided, Status.ACCEPTED)),
        ("pass", Status.ACCEPTED, Side.RECEIVER, Status.RECEIVED),
        *(("decline", s, Side.ASKED, Status.DECLINED) for s in undecided),
    }


@pytest.mark.parametrize("status", Status)
@pytest.mark.parametrize("urgent", [False, True])
def test_an_outsider_may_do_nothing(status, urgent):
    assert actions(status, Side.NONE, urgent=urgent) == ()


def test_an_act_is_listed_once():
    for status, side, urgent in product(Status, Side, (False, True)):
        found = actions(status, side, urgent=urgent)
        assert len(found) == len(set(found))
