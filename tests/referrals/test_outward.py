"""How each status looks from outside, against a table copied by hand from the standards."""

import pytest

from referrals.outward import OUTWARD, seen_from_outside
from referrals.workflow import HELD, LIVE, TAKEN, Side, Standing, Status, actions, check

# status, what it waits in: Task.status, businessStatus, ServiceRequest.status, BSeR/360X, reason
SEEN = {
    ("sent", ""): ("requested", None, "active", "2.0", False),
    ("received", ""): ("received", None, "active", "2.0", False),
    ("awaiting_information", "sent"): ("received", "awaiting-information", "active", None, False),
    ("awaiting_information", "received"): (
        "received", "awaiting-information", "active", None, False,
    ),
    ("awaiting_information", "accepted"): (
        "on-hold", "awaiting-information", "active", None, False,
    ),
    ("awaiting_information", "scheduled"): (
        "on-hold", "awaiting-information", "active", None, False,
    ),
    ("accepted", ""): ("accepted", None, "active", "3.0", False),
    ("declined", ""): ("rejected", None, "active", "4.0", True),
    ("scheduled", ""): ("in-progress", "visit-scheduled", "active", "5.1.1", False),
    ("no_show", ""): ("in-progress", "unattended", "active", "5.1.2", False),
    ("visit_cancelled", ""): ("in-progress", "visit-cancelled", "active", "5.1.3", False),
    ("seen", ""): ("in-progress", "visit-complete", "active", "5.1.4", False),
    ("cancel_requested", "received"): ("in-progress", "cancel-requested", "active", "5.2", False),
    ("cancel_requested", "scheduled"): ("in-progress", "cancel-requested", "active", "5.2", False),
    ("cancelled", ""): ("cancelled", None, "revoked", "6.0", False),
    ("reported", ""): ("completed", "awaiting-review", "active", "7.0", False),
    ("closed", ""): ("completed", "loop-closed", "completed", "7.0", False),
    ("redirected", ""): ("cancelled", "redirected", "active", None, True),
    ("failed", ""): ("failed", None, "active", None, True),
    ("entered_in_error", ""): ("entered-in-error", None, "entered-in-error", None, False),
}  # fmt: skip
# FHIR R4 value sets: task-status and request-status.
TASK = {
    "draft", "requested", "received", "accepted", "rejected", "ready", "cancelled", "in-progress",
    "on-hold", "failed", "completed", "entered-in-error",
}  # fmt: skip
REQUEST = {
    "draft", "active", "on-hold", "revoked", "completed", "entered-in-error", "unknown",
}  # fmt: skip


def test_every_status_is_told():
    assert {status for status, _ in SEEN} == set(Status) == set(OUTWARD)


@pytest.mark.parametrize(("status", "waits_in"), SEEN)
def test_a_status_is_seen_as_the_standards_want(status, waits_in):
    seen = seen_from_outside(Standing(Status(status), waits_in))
    assert (
        seen.task, seen.business_status, seen.service_request, seen.code, seen.gives_reason
    ) == SEEN[status, waits_in]  # fmt: skip


def test_only_words_of_the_standards_are_used():
    assert {seen.task for seen in OUTWARD.values()} <= TASK
    assert {seen.service_request for seen in OUTWARD.values()} <= REQUEST


def test_the_need_is_over_only_when_the_sender_says_so():
    over = {status for status, seen in OUTWARD.items() if seen.service_request != "active"}
    assert over == {Status.CANCELLED, Status.CLOSED, Status.ENTERED_IN_ERROR}


# The harmonised transitions of HL7 BSeR 2.0 and IHE 360X in their own codes: who (initiator or
# recipient), act, code before, code after. 01 is the submission; 31-34 are for those who see one
# "active".
FROM, TO = Side.SENDER, Side.RECEIVER
STANDARD = {
    "02": (TO, "accept", "2.0", "3.0"), "03": (TO, "decline", "2.0", "4.0"),
    "04": (FROM, "request_cancellation", "2.0", "5.2"), "05": (TO, "decline", "3.0", "4.0"),
    "06": (TO, "schedule", "3.0", "5.1.1"), "07": (FROM, "request_cancellation", "3.0", "5.2"),
    "08": (TO, "record_visit", "3.0", "5.1.4"), "09": (TO, "report", "3.0", "7.0"),
    "10": (TO, "decline", "5.1.1", "4.0"), "11": (TO, "schedule", "5.1.1", "5.1.1"),
    "12": (TO, "record_no_show", "5.1.1", "5.1.2"), "13": (TO, "cancel_visit", "5.1.1", "5.1.3"),
    "14": (FROM, "request_cancellation", "5.1.1", "5.2"),
    "15": (TO, "record_visit", "5.1.1", "5.1.4"), "16": (TO, "report", "5.1.1", "7.0"),
    "17": (TO, "decline", "5.1.2", "4.0"), "18": (TO, "schedule", "5.1.2", "5.1.1"),
    "19": (TO, "cancel_visit", "5.1.2", "5.1.3"),
    "20": (FROM, "request_cancellation", "5.1.2", "5.2"), "21": (TO, "schedule", "5.1.3", "5.1.1"),
    "22": (FROM, "request_cancellation", "5.1.3", "5.2"),
    "23": (TO, "confirm_cancellation", "5.2", "6.0"), "24": (TO, "report", "5.2", "7.0"),
    "25": (TO, "decline", "5.1.4", "4.0"), "26": (TO, "schedule", "5.1.4", "5.1.1"),
    "27": (TO, "cancel_visit", "5.1.4", "5.1.3"),
    "28": (FROM, "request_cancellation", "5.1.4", "5.2"),
    "29": (TO, "record_visit", "5.1.4", "5.1.4"), "30": (TO, "report", "5.1.4", "7.0"),
    "31": (TO, "decline", "5.1", "4.0"), "32": (TO, "record_visit", "5.1", "5.1"),
    "33": (TO, "report", "5.1", "7.0"), "34": (FROM, "request_cancellation", "5.1", "5.2"),
}  # fmt: skip


def possible(side, action, before, seen_as):
    """The codes an act leads to from wherever the code before is shown."""
    for status in LIVE:
        here = Standing(status, Status.ACCEPTED if status in HELD else "")
        if seen_as(OUTWARD[status].code) == before and action in actions(here, side):
            yield seen_as(OUTWARD[check(action, here, side).target].code)


def exactly(code):
    return code or ""


def as_one_active(code):
    return "5.1" if code and code.startswith("5.1.") else code or ""


@pytest.mark.parametrize("number", STANDARD)
def test_each_transition_of_the_standards_is_possible_in_their_codes(number):
    *act, before, after = STANDARD[number]
    seen_as = as_one_active if int(number) > 30 else exactly
    assert after in set(possible(*act, before, seen_as))


def test_no_act_of_the_standards_leads_where_they_know_no_way():
    acts = {(side, action) for side, action, _, _ in STANDARD.values()}
    known = {transition for number, transition in STANDARD.items() if int(number) <= 30}
    # Ours beside the standards': what nobody has read is cancelled at once.
    known.add((FROM, "request_cancellation", "2.0", "6.0"))
    for side, action in acts:
        for before in {seen.code for seen in OUTWARD.values()} - {None}:
            for after in possible(side, action, before, exactly):
                assert (side, action, before, after) in known


def test_a_cancellation_that_is_withdrawn_is_seen_as_what_it_was_before():
    # Ours beside the standards': they know no way back from 5.2.
    row = check("withdraw_cancellation", Standing(Status.CANCEL_REQUESTED, "accepted"), FROM)
    became = {OUTWARD[target].code for _, target in row.changes()}
    assert became == {"2.0", "3.0", "5.1.1", "5.1.2", "5.1.3", "5.1.4"}


def test_what_a_practice_has_taken_is_never_seen_as_merely_asked():
    assert all(OUTWARD[status].code not in ("2.0", None) for status in TAKEN)
