"""Urgency by hand: anybody raises it at once, two people lower it, and no new finding is hidden."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from referrals import clock, services
from referrals.clinical import Tier
from referrals.models import Event, Lowering, RedFlag, Referral
from referrals.models.practice import Role
from referrals.services.clinicians import NotAClinician
from referrals.services.lowering import LoweringRefused, NobodyProposed
from referrals.services.moves import StaleVersion, VersionRequired
from referrals.services.urgency import NotAChange
from referrals.walls import ENGINE
from referrals.workflow import TransitionRefused
from tests import factories as make
from tests.referrals.services import by_hand as by
from tests.referrals.services.by_hand import person
from tests.walls import routes

SADDLE, RETENTION = make.CAUDA_EQUINA
UNRELATED = {"current_location": "at home"}


@pytest.fixture
def case(cast):
    """An emergency: one spine office was named, another asked, and the network."""
    found = routes.make_case(cast)
    for office in (cast.other_spine, cast.network):
        services.ask(found, office.practice.pk, reason="x", by=ENGINE, at=clock.now())
    return found


@pytest.fixture
def mild(cast):
    found = make.make_referral(cast.pain.practice, findings={}, receiver=cast.spine.practice)
    for office in (cast.other_spine, cast.network):
        services.ask(found, office.practice.pk, reason="x", by=ENGINE, at=clock.now())
    return found


def events(case, kind):
    return [event.data for event in Event.objects.filter(referral=case, kind=kind).order_by("id")]


@pytest.mark.parametrize("who", ["pain", "spine", "other_spine", "network"])
def test_everybody_concerned_raises_without_any_finding(cast, mild, who):
    office = getattr(cast, who)
    raised = by.raise_to(mild, make.make_actor(office.practice), Tier.EMERGENCY)
    assert raised.tier == Tier.EMERGENCY
    assert raised.raised_at is not None
    assert raised.version == mild.version + 1
    flag = RedFlag.objects.get(patient=mild.patient_id, resolution="")
    assert (flag.rule_id, flag.tier) == ("BY-HAND", Tier.EMERGENCY)
    [told] = events(mild, "referral.urgency_raised")
    assert told.pop("changed")["tier"] == ["ROUTINE", "EMERGENCY"]
    assert told == {
        "from": "ROUTINE", "to": "EMERGENCY", "within": "", "reason_code": "CANNOT_WAIT"
    }  # fmt: skip


def test_nobody_else_raises_or_lowers(cast, mild):
    stranger = person(cast.outsider)
    with pytest.raises(Referral.DoesNotExist):
        by.raise_to(mild, stranger, Tier.EMERGENCY)
    with pytest.raises(Referral.DoesNotExist):
        by.propose(mild, stranger, Tier.ROUTINE)


def test_a_raise_by_hand_is_acknowledged_anew_like_any_other(cast, mild):
    services.acknowledge(mild.pk, by=cast.spine.actor)
    services.acknowledge(mild.pk, by=cast.pain.actor)
    raised = by.raise_to(mild, person(cast.pain), Tier.SAME_DAY)
    assert (raised.pain_acknowledged_at, raised.spine_acknowledged_at) == (None, None)
    assert (raised.next_action, raised.within) == ("acknowledge", "now")
    instruction = mild.assessments.order_by("-id")[0].result["emergency_instruction"]
    assert instruction


def test_a_raise_must_be_one(cast, case, mild):
    for tier in (Tier.EMERGENCY, Tier.SAME_DAY, Tier.ROUTINE):
        with pytest.raises(NotAChange, match="EMERGENCY already"):
            by.raise_to(case, person(cast.pain), tier)
    by.raise_to(mild, person(cast.pain), Tier.SAME_DAY, "24h")
    assert by.raise_to(mild, person(cast.pain), Tier.SAME_DAY, "now").within == "now"
    with pytest.raises(NotAChange):
        by.raise_to(mild, person(cast.pain), Tier.SAME_DAY, "24h")


def test_no_later_assessment_takes_a_raise_by_hand_back(cast, mild):
    by.raise_to(mild, person(cast.pain), Tier.EMERGENCY)
    assert by.add(mild, person(cast.pain), UNRELATED).tier == Tier.EMERGENCY


def test_nothing_falls_before_a_second_person_confirms(cast, case):
    by.resolve_all(case, person(cast.pain))
    proposed = by.propose(case, person(cast.pain), Tier.ROUTINE)
    assert proposed.tier == by.again(case).tier == Tier.EMERGENCY
    assert events(case, "referral.urgency_lowered") == []
    lowered = by.confirm(case, person(cast.spine))
    assert (lowered.tier, lowered.within) == (Tier.ROUTINE, "")
    [told] = events(case, "referral.urgency_lowered")
    assert told["proposed_by"] == str(cast.pain.clinician)
    assert (told["from"], told["to"]) == ("EMERGENCY", "ROUTINE")
    assert "MRI" not in str(events(case, "referral.lowering_proposed"))


@pytest.mark.parametrize("who", ["pain", "spine"])
def test_a_nurse_of_the_same_side_may_be_the_second_person(cast, case, who):
    office = getattr(cast, who)
    nurse = make.make_person(office.practice, Role.NURSE)
    lowered = by.lower(case, person(office), person(office, nurse), Tier.SAME_DAY)
    assert lowered.tier == Tier.SAME_DAY


def test_the_second_person_is_another_one_who_can_judge_it(cast, case):
    first = person(cast.pain)
    by.propose(case, first, Tier.SAME_DAY)
    with pytest.raises(LoweringRefused, match="second person"):
        by.confirm(case, first)
    for nobody in (make.make_actor(cast.spine.practice), person(cast.spine, cast.pain.clinician)):
        with pytest.raises(NotAClinician):
            by.confirm(case, nobody)
    with pytest.raises(NotAClinician, match="clinician or nurse"):
        by.confirm(case, person(cast.spine, cast.spine.coordinator))
    assert by.again(case).tier == Tier.EMERGENCY


def test_who_works_in_both_practices_is_one_person(cast, case):
    for clinician in (cast.pain.clinician, cast.spine.clinician):
        clinician.npi = "1234567893"
        clinician.save(update_fields=["npi"])
    by.propose(case, person(cast.pain), Tier.SAME_DAY)
    with pytest.raises(LoweringRefused, match="second person"):
        by.confirm(case, person(cast.spine))


def test_only_a_clinician_of_either_end_proposes(cast, case):
    with pytest.raises(NotAClinician):
        by.propose(case, person(cast.pain, cast.pain.coordinator), Tier.SAME_DAY)
    for office in (cast.other_spine, cast.network):
        with pytest.raises(TransitionRefused):
            by.propose(case, person(office), Tier.SAME_DAY)
    by.propose(case, person(cast.pain), Tier.SAME_DAY)
    with pytest.raises(TransitionRefused):
        by.confirm(case, person(cast.network))
    assert by.confirm(case, person(cast.other_spine)).tier == Tier.SAME_DAY


def test_below_same_day_every_red_flag_of_the_patient_is_resolved_first(cast, case):
    with pytest.raises(LoweringRefused, match="RF-CES-1"):
        by.propose(case, person(cast.pain), Tier.URGENT)
    by.resolve_all(case, person(cast.pain))
    by.propose(case, person(cast.pain), Tier.URGENT)
    # Another referral of the same patient raises one between the two steps.
    other = make.make_referral(cast.pain.practice, findings={})
    Referral.objects.filter(pk=other.pk).update(patient=case.patient_id)
    by.raise_to(by.again(other), person(cast.pain), Tier.SAME_DAY)
    with pytest.raises(LoweringRefused, match="BY-HAND"):
        by.confirm(case, person(cast.spine))
    assert by.again(case).tier == Tier.EMERGENCY


def test_an_assessment_after_the_proposal_overtakes_it(cast, case):
    by.propose(case, person(cast.pain), Tier.SAME_DAY)
    by.add(case, person(cast.spine), UNRELATED)
    with pytest.raises(LoweringRefused, match="assessed after"):
        by.confirm(case, person(cast.spine))
    by.propose(case, person(cast.pain), Tier.SAME_DAY)
    assert Lowering.objects.waiting().filter(referral=case).count() == 1
    assert by.confirm(case, person(cast.spine)).tier == Tier.SAME_DAY


def test_who_lowers_says_which_version_was_read_however_pressing_it_is(cast, case):
    actor, urgency = person(cast.pain), by.to(Tier.SAME_DAY)
    with pytest.raises(VersionRequired):
        services.propose_lowering(case.pk, urgency, by=actor, if_version=None)
    with pytest.raises(StaleVersion):
        services.propose_lowering(case.pk, urgency, by=actor, if_version=9)
    by.propose(case, actor, Tier.SAME_DAY)
    with pytest.raises(VersionRequired):
        services.confirm_lowering(case.pk, by=person(cast.spine), if_version=None)


def test_a_proposal_is_withdrawn_by_anybody_concerned_and_then_gone(cast, case):
    for office in (cast.pain, cast.spine, cast.other_spine, cast.network):
        by.propose(case, person(cast.pain), Tier.SAME_DAY)
        services.withdraw_lowering(case.pk, by=person(office))
        with pytest.raises(NobodyProposed):
            by.confirm(case, person(cast.spine))
    with pytest.raises(NobodyProposed):
        services.withdraw_lowering(case.pk, by=person(cast.pain))
    assert by.again(case).tier == Tier.EMERGENCY


def test_a_lowering_must_be_one(cast, mild):
    for tier in (Tier.ROUTINE, Tier.EMERGENCY):
        with pytest.raises(NotAChange):
            by.propose(mild, person(cast.pain), tier)


@pytest.fixture
def lowered(cast, case):
    return by.lower(case, person(cast.pain), person(cast.spine), Tier.ROUTINE)


def test_an_unrelated_finding_does_not_raise_a_lowered_case_again(cast, lowered):
    after = by.add(lowered, person(cast.pain), UNRELATED)
    assert after.tier == Tier.ROUTINE
    assert not RedFlag.objects.unresolved(lowered.patient_id).exists()
    assert by.add(lowered, person(cast.pain), {"foot_drop": "absent"}).tier == Tier.ROUTINE


@pytest.mark.parametrize(
    "new",
    [{SADDLE: "present"}, {RETENTION: "present"}, {"anal_tone_reduced": "present"}],
    ids=["the same again", "the other again", "a further sign"],
)
def test_a_finding_given_anew_raises_a_lowered_case_again(cast, lowered, new):
    by.add(lowered, person(cast.pain), UNRELATED)
    after = by.add(lowered, person(cast.spine), new)
    assert after.tier == Tier.EMERGENCY
    assert after.raised_at > lowered.raised_at
    assert RedFlag.objects.unresolved(lowered.patient_id).exists()
    # And it stays raised, whatever comes next.
    assert by.add(lowered, person(cast.pain), UNRELATED).tier == Tier.EMERGENCY


def test_a_rule_that_fires_for_the_first_time_raises_a_lowered_case(cast, lowered):
    after = by.add(lowered, person(cast.pain), make.FOOT_DROP_TODAY)
    assert after.tier >= Tier.SAME_DAY
    new = [flag.rule_id for flag in RedFlag.objects.unresolved(lowered.patient_id)]
    assert new
    assert "RF-CES-1" not in new


def test_under_other_rules_all_count_again(cast, lowered, monkeypatch):
    latest = lowered.assessments.order_by("-id")[0]
    assert latest.result["set_aside"]
    later = type("RuleSet", (), {"version": "later"})
    monkeypatch.setattr("referrals.clinical.RULESET", later)
    assessing = __import__("referrals.services.assessing", fromlist=["set_aside_in"])
    assert assessing.set_aside_in(latest) == frozenset()


def test_what_stays_urgent_by_word_alone_is_an_open_red_flag(cast, mild):
    by.raise_to(mild, person(cast.pain), Tier.EMERGENCY)
    by.resolve_all(mild, person(cast.pain))
    assert by.lower(mild, person(cast.pain), person(cast.spine), Tier.SAME_DAY).within == "now"
    [flag] = RedFlag.objects.unresolved(mild.patient_id)
    assert (flag.rule_id, flag.tier) == ("BY-HAND", Tier.SAME_DAY)
    with pytest.raises(LoweringRefused, match="BY-HAND"):
        by.propose(mild, person(cast.pain), Tier.ROUTINE)


def test_an_elective_case_owes_what_an_elective_case_owes(cast, case):
    services.accept(case.pk, by=cast.spine.actor)
    assert by.again(case).next_action == "record_plan"
    after = by.lower(case, person(cast.pain), person(cast.spine), Tier.ROUTINE)
    assert after.next_action == "schedule"
    assert (after.due_at - after.raised_at).days == 42


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("add"), st.sampled_from([UNRELATED, {SADDLE: "present"},
                  {SADDLE: "absent"}, make.FOOT_DROP_TODAY, {"anal_tone_reduced": "present"}])),
        st.tuples(st.just("raise"), st.sampled_from([Tier.URGENT, Tier.SAME_DAY, Tier.EMERGENCY])),
        st.tuples(st.just("resolve"), st.none()),
        st.tuples(st.just("propose"), st.sampled_from([Tier.ROUTINE, Tier.URGENT, Tier.SAME_DAY])),
        st.tuples(st.just("confirm"), st.sampled_from(["pain", "spine"])),
    ),
    min_size=3, max_size=9,
)  # fmt: skip
REFUSED = (NotAChange, LoweringRefused, NotAClinician)


def take(cast, case, step, what):
    first = person(cast.pain)
    acts = {
        "add": lambda: by.add(case, first, what),
        "raise": lambda: by.raise_to(case, person(cast.spine), what),
        "resolve": lambda: by.resolve_all(case, first),
        "propose": lambda: by.propose(case, first, what),
        "confirm": lambda: by.confirm(case, person(getattr(cast, what))),
    }
    try:
        acts[step]()
    except REFUSED:
        return False
    return True


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(begins=st.sampled_from([{}, make.CAUDA_EQUINA]), steps=STEPS)
def test_only_a_second_persons_confirmation_ever_lowers(cast, begins, steps):
    case = make.make_referral(cast.pain.practice, findings=begins, receiver=cast.spine.practice)
    rose_since = True
    for step, what in steps:
        before = by.again(case)
        done = take(cast, case, step, what)
        after = by.again(case)
        if after.tier < before.tier:
            assert (step, what, rose_since) == ("confirm", "spine", False)
        if done and step in ("add", "raise"):
            rose_since = True
        elif done and step == "propose":
            rose_since = False
        assert after.possible_tier >= after.tier
        latest = after.assessments.order_by("-id")[0]
        assert latest.tier <= after.tier
        if after.tier < Tier.SAME_DAY and step == "confirm" and done:
            assert not RedFlag.objects.unresolved(case.patient_id).exists()
