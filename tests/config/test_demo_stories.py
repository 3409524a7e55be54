"""The stories of the demo against the rules: pure, so that a wrong finding is found in a second."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from config.demo import verdict
from config.demo.case import Case
from config.demo.cast import OFFICES
from config.demo.stories import STORIES
from config.demo.story import Story
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
            ({"timeline": []}, "not on the timeline: alert.closed, referral.handed_over"),
            ({"events": []}, "the surgeon's ladder climbed to 0, not 3"),
        ],
    )
    def test_what_differs_is_said(self, changed, said) -> None:
        [problem] = self.problems(**changed)
        assert problem.startswith(said)

    def test_a_rule_that_must_stay_silent_is_said(self) -> None:
        rules = [*sorted(STORIES[0].must.fires), "RF-TUM-1"]
        assert self.problems(rules=rules) == ["fired, and must not: RF-TUM-1"]
