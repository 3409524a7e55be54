"""The stories of the demo against the rules: pure, so that a wrong finding is found in a second."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from config.demo import verdict
from config.demo.case import Case
from config.demo.cast import OFFICES, office_of
from config.demo.stories import STORIES
from config.demo.story import Story
from config.demo.telling import cases_of
from coordination.messages import MESSAGES
from referrals import clinical
from referrals.clinical import Tier
from referrals.clinical.ruleset import RULESET
from referrals.reasons import REFERRAL_REASONS

ALARMS = frozenset(r.id for r in RULESET.rules if r.tier >= Tier.SAME_DAY)
IDS = [story.id for story in STORIES]
TODAY = datetime(2026, 11, 25, tzinfo=UTC)


def assessed(story: Story):
    body = story.record.body(TODAY.date(), "DEMO-1")
    submission = clinical.read_submission(body["findings"], body["codes"], units_required=True)
    return clinical.assess(submission, now=TODAY)


@pytest.mark.parametrize("story", STORIES, ids=IDS)
def test_the_rules_say_of_each_story_what_it_expects(story) -> None:
    found = assessed(story)
    fired = {rule.id for rule in found.fired}
    assert found.tier.name == story.must.tier
    assert story.must.fires <= fired
    assert not story.must.silent & fired
    assert bool(ALARMS & fired) is story.must.alerted


@pytest.mark.parametrize("story", STORIES, ids=IDS)
def test_every_rule_that_a_story_names_exists(story) -> None:
    assert story.must.fires | story.must.silent <= {rule.id for rule in RULESET.rules}


def test_every_group_of_red_flags_of_the_article_has_a_story_that_alarms() -> None:
    groups = {rule.id: rule.group for rule in RULESET.rules}
    told = {groups[name] for story in STORIES for name in story.must.fires & ALARMS}
    article = {"cauda_equina", "neuro_decline", "fracture", "infection", "tumour"}
    assert article | {"spondylolisthesis", "post_procedure"} <= told


def test_every_look_alike_names_the_alarms_that_must_stay_silent() -> None:
    quiet = [story for story in STORIES if not story.must.alerted]
    assert len(quiet) == 8
    assert [story.id for story in quiet if not story.must.silent & ALARMS] == []


def test_a_surgeon_sends_back_for_each_of_the_three_reasons_of_the_article() -> None:
    reasons = {story.record.reason_code for story in STORIES}
    three = {"CONSERVATIVE_BETTER", "NOT_SURGICAL_CANDIDATE", "PERSISTENT_PAIN_AFTER_SURGERY"}
    assert three <= reasons <= set(REFERRAL_REASONS)


def test_every_elective_loop_is_closed_by_its_sender_after_a_report_of_the_other_side() -> None:
    receivers = {p.full_name: office_of(p).specialty for o in OFFICES for p in o.people}
    for story in STORIES:
        ends = story.must.ends
        if story.must.alerted and ends.status != "closed":
            continue
        assert (story.id, ends.status) == (story.id, "closed")
        assert (story.id, ends.closed_by) == (story.id, story.sender.full_name)
        assert receivers[ends.reported_by] != office_of(story.sender).specialty, story.id
        assert story.must.texts >= {"reported", "closed"}, story.id


def test_loops_are_closed_in_both_directions_and_most_emergencies_too() -> None:
    closed = [
        (case.direction, story.must.alerted)
        for case, story in zip(cases_of(STORIES), STORIES, strict=True)
        if story.must.ends.status == "closed"
    ]
    assert {one: closed.count(one) for one in closed} == {
        ("pain to spine", True): 5,
        ("pain to spine", False): 5,
        ("spine to pain", False): 3,
    }


def test_what_is_left_open_names_the_side_that_moves() -> None:
    left = {s.id: s.must.ends for s in STORIES if s.must.ends.status != "closed"}
    assert {name: (end.status, end.move) for name, end in left.items()} == {
        "unstable-fracture": ("seen", "receiver: report"),
        "tumour": ("sent", "sender: decide_next"),
    }


def test_every_turn_that_a_referral_can_take_between_two_offices_is_told() -> None:
    told = {text for story in STORIES for text in story.must.texts}
    course = {"information_requested", "information_given", "scheduled", "no_show", "declined"}
    assert told >= course | {"cancellation_requested", "cancelled", "reported", "closed"}
    assert told <= set(MESSAGES)


def test_a_story_that_answers_another_sends_the_same_patient_the_other_way() -> None:
    stories, [back] = {s.id: s for s in STORIES}, [s for s in STORIES if s.answers]
    earlier = stories[back.answers]
    assert back.record.patient == earlier.record.patient
    assert earlier.must.ends.reported_by == back.sender.full_name
    assert office_of(earlier.sender) == back.to
    assert STORIES.index(earlier) < STORIES.index(back)


def test_everybody_is_shown_as_a_demo_person() -> None:
    patients = [story.record.patient.body(TODAY.date(), "DEMO-1") for story in STORIES]
    assert {patient["family_name"].split()[0] for patient in patients} == {"DEMO"}
    assert all(patient["demo"] for patient in patients)
    assert [p.name for o in OFFICES for p in o.people if "DEMO" not in p.name] == []
    assert [office.name for office in OFFICES if "DEMO" not in office.name] == []


def test_a_patient_is_as_old_as_the_findings_say() -> None:
    for story in STORIES:
        age = story.record.findings.get("age", story.record.patient.age)
        assert age == story.record.patient.age, story.id
        sex = story.record.findings.get("sex", story.record.patient.sex)
        assert sex == story.record.patient.sex, story.id


def test_graded_examinations_lie_behind_the_day_of_the_demo() -> None:
    [story] = [story for story in STORIES if story.id == "progressive-weakness"]
    grades = story.record.body(TODAY.date(), "DEMO-1")["findings"]["mrc_myotomes"]["L5_R"]
    assert [(one["grade"], one["date"]) for one in grades] == [(4, "2026-11-03"), (3, "2026-11-24")]


class TestWhatIsNotAsExpected:
    """Each part of what a story expects is held against what came of it."""

    STANDING = {
        "obligations": [
            {
                "kind": "acknowledge",
                "specialty": "spine",
                "answered_by": "Dr DEMO Tomas Varga, MD",
                "answered_via": "link",
                "deliveries": [],
            },
            {
                "kind": "acknowledge",
                "specialty": "pain",
                "answered_by": "Dr DEMO Amara Osei, MD",
                "answered_via": "sms",
                "deliveries": [],
            },
        ]
    }
    EVENTS = [
        {
            "kind": "obligation.rung_fired",
            "data": {"kind": "acknowledge", "specialty": "spine", "rung": 3},
        }
    ]

    def case(self, **changed) -> Case:
        must = STORIES[0].must
        good = Case(
            id="a",
            name="a",
            article="a",
            tier="EMERGENCY",
            rules=sorted(must.fires),
            told_first=sorted(must.told_first),
            accepted_by=must.accepted_by,
            safe=True,
            alerted=True,
            status=must.ends.status,
            reported_by=must.ends.reported_by,
            closed_by=must.ends.closed_by,
            timeline=sorted(must.events),
        )
        return replace(good, **changed)

    def problems(self, events=None, **changed) -> list[str]:
        case = self.case(**changed)
        events = self.EVENTS if events is None else events
        verdict.hold_against(case, STORIES[0].must, self.STANDING, events)
        return case.problems

    def test_a_case_that_is_as_expected_has_no_problem(self) -> None:
        assert self.problems() == []

    @pytest.mark.parametrize(
        ("changed", "said"),
        [
            ({"tier": "SAME_DAY"}, "the tier is SAME_DAY, not EMERGENCY"),
            ({"rules": []}, "did not fire: RF-CES-1, RF-CES-2, RF-CES-3"),
            ({"alerted": False}, "no alert"),
            ({"safe": False}, "the case is not safe"),
            ({"told_first": ["DEMO Jo Lind"]}, "told first: DEMO Jo Lind, not"),
            ({"accepted_by": ""}, "accepted by nobody, not Dr DEMO Tomas Varga"),
            ({"status": "reported"}, "it ends reported, not closed"),
            ({"reported_by": ""}, "report by nobody, not Dr DEMO Tomas Varga"),
            ({"closed_by": "Dr DEMO Tomas Varga"}, "closed by Dr DEMO Tomas Varga, not Dr DEMO A"),
            ({"move": "sender: close"}, "next move sender: close, not nobody"),
            ({"timeline": []}, "not on the timeline: alert.closed, referral.arrival_recorded"),
            ({"events": []}, "the surgeon's ladder climbed to 0, not 3"),
        ],
    )
    def test_what_differs_is_said(self, changed, said) -> None:
        [problem] = self.problems(**changed)
        assert problem.startswith(said)

    def test_a_rule_that_must_stay_silent_is_said(self) -> None:
        rules = [*sorted(STORIES[0].must.fires), "RF-TUM-1"]
        assert self.problems(rules=rules) == ["fired, and must not: RF-TUM-1"]
