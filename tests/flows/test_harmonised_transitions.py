"""The 34 transitions of HL7 BSeR 2.0 and IHE 360X, each walked over HTTP in both directions."""

import pytest

from tests.flows.walking import WAYS, Story
from tests.referrals.api.problems import problem_of

FROM, TO = "sender", "receiver"
# number: who, at which address, from which status, to which, 360X code, event.
TRANSITIONS = {
    2: (TO, "acceptance", "received", "accepted", "3.0", "accepted"),
    3: (TO, "decline", "received", "declined", "4.0", "declined"),
    4: (FROM, "cancellation", "received", "cancel_requested", "5.2", "cancellation_requested"),
    5: (TO, "decline", "accepted", "declined", "4.0", "declined"),
    6: (TO, "appointment", "accepted", "scheduled", "5.1.1", "scheduled"),
    7: (FROM, "cancellation", "accepted", "cancel_requested", "5.2", "cancellation_requested"),
    8: (TO, "visit", "accepted", "seen", "5.1.4", "seen"),
    9: (TO, "report", "accepted", "reported", "7.0", "reported"),
    10: (TO, "decline", "scheduled", "declined", "4.0", "declined"),
    11: (TO, "appointment", "scheduled", "scheduled", "5.1.1", "scheduled"),
    12: (TO, "no-show", "scheduled", "no_show", "5.1.2", "no_show"),
    13: (TO, "visit-cancellation", "scheduled", "visit_cancelled", "5.1.3", "visit_cancelled"),
    14: (FROM, "cancellation", "scheduled", "cancel_requested", "5.2", "cancellation_requested"),
    15: (TO, "visit", "scheduled", "seen", "5.1.4", "seen"),
    16: (TO, "report", "scheduled", "reported", "7.0", "reported"),
    17: (TO, "decline", "no_show", "declined", "4.0", "declined"),
    18: (TO, "appointment", "no_show", "scheduled", "5.1.1", "scheduled"),
    19: (TO, "visit-cancellation", "no_show", "visit_cancelled", "5.1.3", "visit_cancelled"),
    20: (FROM, "cancellation", "no_show", "cancel_requested", "5.2", "cancellation_requested"),
    21: (TO, "appointment", "visit_cancelled", "scheduled", "5.1.1", "scheduled"),
    22: (
        FROM, "cancellation", "visit_cancelled", "cancel_requested", "5.2",
        "cancellation_requested",
    ),
    23: (TO, "cancellation-confirmation", "cancel_requested", "cancelled", "6.0", "cancelled"),
    24: (TO, "report", "cancel_requested", "reported", "7.0", "reported"),
    25: (TO, "decline", "seen", "declined", "4.0", "declined"),
    26: (TO, "appointment", "seen", "scheduled", "5.1.1", "scheduled"),
    27: (TO, "visit-cancellation", "seen", "visit_cancelled", "5.1.3", "visit_cancelled"),
    28: (FROM, "cancellation", "seen", "cancel_requested", "5.2", "cancellation_requested"),
    29: (TO, "visit", "seen", "seen", "5.1.4", "seen"),
    30: (TO, "report", "seen", "reported", "7.0", "reported"),
    # For who knows only one "active": whichever of its four kinds it is.
    31: (TO, "decline", "5.1", "declined", "4.0", "declined"),
    32: (TO, "visit", "5.1", "seen", "5.1", "seen"),
    33: (TO, "report", "5.1", "reported", "7.0", "reported"),
    34: (FROM, "cancellation", "5.1", "cancel_requested", "5.2", "cancellation_requested"),
}  # fmt: skip
# Where an act of the coarse ones begins, finely seen.
ACTIVE = {31: "no_show", 32: "scheduled", 33: "seen", 34: "visit_cancelled"}
# Of an elective referral: what stays open to both sides while it lives, and what else, by status.
ALWAYS = {
    "acknowledge", "add_findings", "raise_urgency", "propose_lowering", "confirm_lowering",
    "withdraw_lowering",
}  # fmt: skip
OPEN = {
    "accepted": {
        FROM: {"amend", "request_cancellation", "redirect", "enter_in_error"},
        TO: {
            "decline", "request_information", "schedule", "record_visit", "report", "redirect",
            "record_failure",
        },
    },
    "scheduled": {
        FROM: {"amend", "request_cancellation", "redirect", "enter_in_error"},
        TO: {
            "decline", "request_information", "schedule", "record_no_show", "cancel_visit",
            "record_visit", "report", "redirect", "record_failure",
        },
    },
    "no_show": {
        FROM: {"amend", "request_cancellation", "redirect", "enter_in_error"},
        TO: {"decline", "schedule", "cancel_visit", "redirect", "record_failure"},
    },
    "visit_cancelled": {
        FROM: {"amend", "request_cancellation", "redirect", "enter_in_error"},
        TO: {"schedule", "redirect", "record_failure"},
    },
    "seen": {
        FROM: {"amend", "request_cancellation", "redirect", "enter_in_error"},
        TO: {"decline", "schedule", "cancel_visit", "record_visit", "report", "redirect"},
    },
    "reported": {FROM: {"amend", "close", "enter_in_error"}, TO: set()},
    "declined": {FROM: {"close", "redirect", "reopen", "enter_in_error"}, TO: {"redirect"}},
    "cancelled": {FROM: {"reopen", "enter_in_error"}, TO: set()},
}  # fmt: skip
# Whether the one who is asked to confirm had taken the patient already.
CANCELLING = {
    FROM: {"amend", "withdraw_cancellation", "redirect", "enter_in_error"},
    "taken": {"report", "confirm_cancellation", "redirect"},
    "not taken": {"confirm_cancellation", "redirect"},
}
OVER = {"declined", "cancelled"}


@pytest.fixture(params=["pain to spine", "spine to pain"])
def story(cast, request):
    offices = (cast.pain, cast.spine)
    return Story(cast, *(offices if request.param == "pain to spine" else offices[::-1]))


def walked(story, number):
    source = TRANSITIONS[number][2]
    return story.walk(ACTIVE.get(number, source))


def given(number):
    # Before anybody saw the patient a report is advice.
    return {"advice_only": True} if number in (9, 24) else {}


def coarse(code, number):
    return "5.1" if number in ACTIVE and code.startswith("5.1.") else code


def expected_acts(status, side, before):
    if status == "cancel_requested":
        taken = "not taken" if before == "received" else "taken"
        acts = CANCELLING[FROM if side == FROM else taken]
    else:
        acts = OPEN[status][side]
    return acts | (set() if status in OVER else ALWAYS)


def test_the_first_transition_is_the_submission(story):
    card = story.sent.json()
    assert (card["status"], card["task"]["code"], card["version"]) == ("sent", "2.0", 1)
    assert story.sent["ETag"] == '"v1"'
    assert story.events()[0]["kind"] == "referral.submitted"
    assert "accept" in story.card(TO)["actions"]


@pytest.mark.parametrize("number", TRANSITIONS)
def test_each_transition_moves_the_referral_and_says_so(story, number):
    side, address, source, target, code, event = TRANSITIONS[number]
    before = walked(story, number).card()
    earlier = story.events()
    assert source in (before["status"], coarse(before["task"]["code"], number))
    answer = story.act(side, address, **given(number))
    assert answer.status_code == 200, answer.content
    card = answer.json()
    assert (card["status"], coarse(card["task"]["code"], number)) == (target, code)
    assert card["version"] == before["version"] + 1
    assert answer["ETag"] == f'"v{card["version"]}"'
    for viewer in (FROM, TO):
        expected = expected_acts(target, viewer, before["status"])
        assert set(story.card(viewer)["actions"]) == expected, viewer
    *kept, told = story.events()
    assert kept == earlier
    assert told["kind"] == f"referral.{event}"
    assert told["by"] == str(story.offices[side].clinician)
    changed = told["data"]["changed"]
    assert changed["version"] == [before["version"], card["version"]]
    assert changed.get("status", [target, target]) == [before["status"], target]


@pytest.mark.parametrize("number", TRANSITIONS)
def test_each_transition_is_refused_to_the_others_and_on_an_old_version(cast, number):
    side, address = TRANSITIONS[number][:2]
    story = walked(Story(cast, cast.pain, cast.spine), number)
    before, events = story.card(), story.events()
    more, version = given(number), before["version"]
    stale = problem_of(story.act(side, address, version - 1, **more), 412)
    assert stale["version"] == version
    other = FROM if side == TO else TO
    refused = problem_of(story.act(other, address, **more), 409)
    assert refused["actions"] == story.card(other)["actions"]
    problem_of(story.act("outsider", address, version, **more), 404)
    assert (story.card(), story.events()) == (before, events)


def test_every_transition_of_the_standards_is_walked():
    assert sorted([1, *TRANSITIONS]) == list(range(1, 35))
    sources = {source for _, _, source, *_ in TRANSITIONS.values()} - {"5.1"}
    assert sources <= set(WAYS)


def test_what_nobody_has_seen_is_cancelled_at_once(story):
    card = story.act(FROM, "cancellation").json()
    assert (card["status"], card["task"]["code"]) == ("cancelled", "6.0")


def test_the_next_move_goes_to_the_sender_and_comes_back_with_the_answer(story):
    asked = story.walk("awaiting_information").card()
    assert (asked["owner_side"], asked["task"]["status"]) == (FROM, "on-hold")
    answered = story.act(FROM, "information").json()
    assert (answered["status"], answered["owner_side"]) == ("accepted", TO)


def test_only_the_sender_closes_and_only_after_the_report(cast):
    for status in ("received", "accepted", "scheduled", "seen"):
        story = Story(cast, cast.pain, cast.spine).walk(status)
        assert "close" not in problem_of(story.act(FROM, "closure"), 409)["actions"]
    assert story.act(TO, "report").status_code == 200
    assert "close" not in problem_of(story.act(TO, "closure"), 409)["actions"]
    closed = story.act(FROM, "closure").json()
    assert (closed["status"], closed["task"]["service_request_status"]) == ("closed", "completed")
    assert closed["actions"] == []
