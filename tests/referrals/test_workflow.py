"""The law of a referral against a table written by hand: every act, status, side and urgency."""

from dataclasses import replace
from itertools import product

import pytest

from referrals.workflow import (
    HELD,
    LIVE,
    STATUS_CHANGES,
    TRANSITIONS,
    Side,
    Standing,
    Status,
    TransitionRefused,
    UrgentCaseOpen,
    actions,
    check,
)

# Small letters: nobody has taken the patient. I and Q wait for the other side after somebody has.
LETTERS = {
    "s": Standing(Status.SENT),
    "r": Standing(Status.RECEIVED),
    "i": Standing(Status.AWAITING_INFORMATION, Status.RECEIVED),
    "q": Standing(Status.CANCEL_REQUESTED, Status.RECEIVED),
    "A": Standing(Status.ACCEPTED),
    "I": Standing(Status.AWAITING_INFORMATION, Status.ACCEPTED),
    "B": Standing(Status.SCHEDULED),
    "N": Standing(Status.NO_SHOW),
    "V": Standing(Status.VISIT_CANCELLED),
    "S": Standing(Status.SEEN),
    "Q": Standing(Status.CANCEL_REQUESTED, Status.SCHEDULED),
    "R": Standing(Status.REPORTED),
    "-": Standing(Status.DECLINED),
    "x": Standing(Status.CANCELLED),
    "f": Standing(Status.FAILED),
    "c": Standing(Status.CLOSED),
    ">": Standing(Status.REDIRECTED),
    "e": Standing(Status.ENTERED_IN_ERROR),
}
ALL = "sriqAIBNVSQR"
EVERYBODY = ("sender", "receiver", "asked", "coordinator")
PARTIES = ("sender", "receiver", "asked")
# action: {side: (while it is not urgent, while it is urgent and safe, while it is pressing)}
EXPECTED = {
    "acknowledge": dict.fromkeys(PARTIES, (ALL, ALL, ALL)),
    "accept": dict.fromkeys(("receiver", "asked"), ("sri", "sriq", "sriq")),
    "pass": {"receiver": ("", ALL, ALL), "asked": ("", "sriq", "sriq")},
    "decline": {"receiver": ("sriIABNS", "", ""), "asked": ("sri", "", "")},
    "request_information": {"receiver": ("srAB",) * 3, "asked": ("sr",) * 3},
    "answer_information": {"sender": ("iI",) * 3},
    "schedule": {"receiver": ("ABNVS",) * 3},
    "record_no_show": {"receiver": ("B",) * 3},
    "cancel_visit": {"receiver": ("BNS",) * 3},
    "record_visit": {"receiver": ("ABS",) * 3},
    "report": {"receiver": ("ABSQ",) * 3},
    "close": {"sender": ("R-f", "R-f", "")},
    "request_cancellation": {"sender": ("sriAIBNVS", "sriAIBNVS", "")},
    "confirm_cancellation": {"receiver": ("qQ", "qQ", ""), "asked": ("qQ", "qQ", "")},
    "withdraw_cancellation": {"sender": ("qQ",) * 3},
    "redirect": dict.fromkeys(("sender", "receiver"), ("sriqAIBNVSQ-", "sriqAIBNVSQ-", "")),
    "reopen": {"sender": ("-xf",) * 3},
    "record_failure": {"receiver": ("ABNV", "ABNV", "")},
    "enter_in_error": {"sender": (ALL + "-xf", ALL + "-xf", "")},
    "add_findings": dict.fromkeys(PARTIES, (ALL, ALL, ALL)),
    "raise_urgency": dict.fromkeys(EVERYBODY, (ALL, ALL, ALL)),
    "propose_lowering": dict.fromkeys(("sender", "receiver"), (ALL, ALL, ALL)),
    "confirm_lowering": dict.fromkeys(PARTIES, (ALL, ALL, ALL)),
    "withdraw_lowering": dict.fromkeys(EVERYBODY, (ALL, ALL, ALL)),
    "amend": {"sender": (ALL, ALL, ALL)},
    "record_plan": dict.fromkeys(("sender", "receiver"), ("", "AIBNVSQR", "AIBNVSQR")),
    "hand_over_to_ed": dict.fromkeys(EVERYBODY, ("", ALL, ALL)),
    "record_call": dict.fromkeys(EVERYBODY, ("", ALL, ALL)),
    "record_patient_contact": dict.fromkeys(EVERYBODY, ("", ALL, ALL)),
    "record_arrival": dict.fromkeys(EVERYBODY, ("", ALL, ALL)),
}
KINDS = ((False, False), (True, False), (True, True))
CASES = list(product(EXPECTED, LETTERS, Side, range(3)))
# The harmonised transitions of HL7 BSeR and 360X: act, from, to.
BSER = {
    2: ("accept", "r", "accepted"), 3: ("decline", "r", "declined"),
    4: ("request_cancellation", "r", "cancel_requested"), 5: ("decline", "A", "declined"),
    6: ("schedule", "A", "scheduled"), 7: ("request_cancellation", "A", "cancel_requested"),
    8: ("record_visit", "A", "seen"), 9: ("report", "A", "reported"),
    10: ("decline", "B", "declined"), 11: ("schedule", "B", "scheduled"),
    12: ("record_no_show", "B", "no_show"), 13: ("cancel_visit", "B", "visit_cancelled"),
    14: ("request_cancellation", "B", "cancel_requested"), 15: ("record_visit", "B", "seen"),
    16: ("report", "B", "reported"), 17: ("decline", "N", "declined"),
    18: ("schedule", "N", "scheduled"), 19: ("cancel_visit", "N", "visit_cancelled"),
    20: ("request_cancellation", "N", "cancel_requested"), 21: ("schedule", "V", "scheduled"),
    22: ("request_cancellation", "V", "cancel_requested"),
    23: ("confirm_cancellation", "Q", "cancelled"), 24: ("report", "Q", "reported"),
    25: ("decline", "S", "declined"), 26: ("schedule", "S", "scheduled"),
    27: ("cancel_visit", "S", "visit_cancelled"),
    28: ("request_cancellation", "S", "cancel_requested"), 29: ("record_visit", "S", "seen"),
    30: ("report", "S", "reported"),
}  # fmt: skip


def standing(letter, kind=0):
    urgent, pressing = KINDS[kind]
    found = LETTERS[letter]
    return Standing(found.status, found.resumes_as, urgent=urgent, pressing=pressing)


def is_open(action, letter, side, kind):
    return letter in EXPECTED[action].get(side.value, ("", "", ""))[kind]


def test_the_table_tells_every_act_status_and_side():
    assert {row.action for row in TRANSITIONS} == set(EXPECTED)
    assert {found.status for found in LETTERS.values()} == set(Status)
    assert len(CASES) == 30 * 18 * 5 * 3
    assert {LETTERS[letter].status for letter in ALL} == LIVE


def test_every_act_is_open_exactly_where_the_table_says():
    for action, letter, side, kind in CASES:
        listed = action in actions(standing(letter, kind), side)
        assert listed == is_open(action, letter, side, kind), (action, letter, side, kind)


def test_check_permits_what_is_listed_and_tells_what_is_possible_otherwise():
    for action, letter, side, kind in CASES:
        found = standing(letter, kind)
        if is_open(action, letter, side, kind):
            assert check(action, found, side).action == action
            continue
        with pytest.raises(TransitionRefused) as refused:
            check(action, found, side)
        assert refused.value.allowed == actions(found, side)


def test_what_only_an_urgent_case_holds_up_is_refused_in_words_that_say_what_to_do():
    for action, letter, side, _ in CASES:
        held_up = is_open(action, letter, side, 1) and not is_open(action, letter, side, 2)
        if not held_up:
            continue
        with pytest.raises(UrgentCaseOpen, match="emergency department"):
            check(action, standing(letter, 2), side)


@pytest.mark.parametrize("number", BSER)
def test_each_harmonised_transition_is_possible(number):
    action, letter, target = BSER[number]
    by = Side.SENDER if action == "request_cancellation" else Side.RECEIVER
    row = check(action, standing(letter), by)
    assert row.target == target
    if LETTERS[letter].status != target:
        assert (LETTERS[letter].status, target) in STATUS_CHANGES


def test_only_the_sender_closes():
    for letter, side, kind in product(LETTERS, set(Side) - {Side.SENDER}, range(3)):
        assert "close" not in actions(standing(letter, kind), side)


def test_a_referral_that_waited_becomes_what_it_was():
    # Never "sent": who asked has received it.
    after = {
        "answer_information": "rAB",
        "withdraw_cancellation": "rABNVS",
    }
    for action, letters in after.items():
        row = check(action, standing("I" if action == "answer_information" else "Q"), Side.SENDER)
        assert row.resumes
        became = {target for _, target in row.changes()}
        assert became == {LETTERS[letter].status for letter in letters}


def test_no_status_changes_without_an_act_and_what_is_final_stays():
    final = {Status.CLOSED, Status.REDIRECTED, Status.ENTERED_IN_ERROR}
    assert len(STATUS_CHANGES) == 85
    assert not [old for old, _ in STATUS_CHANGES if old in final]
    assert all(old is not new for old, new in STATUS_CHANGES)
    assert all(status in {old for old, _ in STATUS_CHANGES} for status in LIVE)


@pytest.mark.parametrize("letter", LETTERS)
@pytest.mark.parametrize("kind", range(3))
def test_an_outsider_may_do_nothing(letter, kind):
    assert actions(standing(letter, kind), Side.NONE) == ()


def test_only_a_report_keeps_who_is_in_an_emergency_department_from_being_passed():
    for letter, side, kind in product(LETTERS, Side, range(3)):
        handed_over = replace(standing(letter, kind), handed_over=True)
        kept = {"pass"} if (letter, side) == ("R", Side.RECEIVER) else set()
        assert set(actions(handed_over, side)) == set(actions(standing(letter, kind), side)) - kept


def test_an_act_is_listed_once():
    for letter, side, kind in product(LETTERS, Side, range(3)):
        found = actions(standing(letter, kind), side)
        assert len(found) == len(set(found))


def test_what_waits_is_taken_or_undecided_as_it_was_before():
    for letter, found in LETTERS.items():
        assert found.is_taken == (letter in "AIBNVSQR")
        assert found.is_undecided == (letter in "sriq")
    assert {found.status for found in LETTERS.values() if found.resumes_as} == HELD
