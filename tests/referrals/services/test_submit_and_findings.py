"""Submitting is all or nothing; findings only raise; red flags are the patient's until resolved."""

from dataclasses import replace
from datetime import date
from importlib import import_module

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from referrals import clinical, services
from referrals.clinical import Tier
from referrals.models import Event, RedFlag, Referral
from referrals.services.clinicians import NotAClinician
from referrals.services.red_flags import AlreadyResolved
from tests import factories as make
from tests.referrals.api.problems import problem_of, rows_of_all_tables
from tests.walls import routes

SUBMIT = import_module("referrals.services.submit")
ASSESSING = import_module("referrals.services.assessing")
FLARE = {"urinary_retention": "present", "bladder_bowel_baseline_unchanged": "present"}


def add(case, office, findings, *, stated=False):
    return services.add_findings(
        case.pk, by=office.actor, findings=findings, codes=[], stated_by_clinician=stated
    )


STEPS = [
    (SUBMIT, "_patient"), (SUBMIT, "reference"), (SUBMIT, "ask"), (SUBMIT, "_keep_notes"),
    (SUBMIT, "keep"), (ASSESSING, "raise_flags"), (SUBMIT.outbox, "record"),
]  # fmt: skip


@pytest.mark.parametrize(("module", "step"), STEPS, ids=[step for _, step in STEPS])
def test_a_failure_at_any_step_leaves_nothing(cast, monkeypatch, module, step):
    before = rows_of_all_tables()
    real = getattr(module, step)

    def fails_afterwards(*args, **kwargs):
        real(*args, **kwargs)
        raise RuntimeError(step)

    monkeypatch.setattr(module, step, fails_afterwards)
    with pytest.raises(RuntimeError, match=step):
        make.make_referral(cast.pain.practice, receiver=cast.spine.practice, notes=("x",))
    assert rows_of_all_tables() == before


def test_a_referral_has_its_assessment_flags_and_events_at_once(cast):
    case = routes.make_case(cast)
    assert case.tier == Tier.EMERGENCY
    assert case.raised_at == case.sent_at
    assert case.assessments.count() == 1
    assert case.red_flags.filter(resolution="").exists()
    kinds = list(Event.objects.filter(referral=case).order_by("id").values_list("kind", flat=True))
    assert kinds == ["referral.submitted", "referral.asked"]


FINDINGS = st.dictionaries(
    st.sampled_from(
        [
            *("saddle_sensory_change", "urinary_retention", "foot_drop", "fever"),
            *("neurogenic_claudication_stable", "flare_of_known_pain", "imaging_severe_stenosis"),
            "bladder_bowel_baseline_unchanged",
        ]
    ).filter(lambda name: name in clinical.RULESET.fields),
    st.sampled_from(["present", "absent", "unknown"]), min_size=1, max_size=4,
)  # fmt: skip


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(first=FINDINGS, later=st.lists(st.tuples(FINDINGS, st.booleans()), max_size=4))
def test_the_tier_is_the_highest_that_any_assessment_ever_gave(cast, first, later):
    case = make.make_referral(cast.pain.practice, findings=first, by_clinician=True)
    for findings, stated in later:
        before = Referral.objects.get(pk=case.pk)
        after = add(case, cast.pain, findings, stated=stated)
        assert after.tier >= before.tier
        assert after.possible_tier >= after.tier
        assert after.version == before.version + 1
    tiers = list(case.assessments.values_list("tier", flat=True))
    assert Referral.objects.get(pk=case.pk).tier == max(tiers)
    rules = list(RedFlag.objects.filter(referral=case).values_list("rule_id", flat=True))
    assert len(rules) == len(set(rules))


def explained(case):
    return case.assessments.order_by("-id")[0].result["silenced"]


def test_only_a_clinician_explains_a_red_flag_away(cast):
    stated = [
        make.make_referral(cast.pain.practice, findings=FLARE, by_clinician=b) for b in (0, 1)
    ]
    alone, by_clinician = stated
    assert explained(alone) == []
    assert explained(by_clinician) != []
    assert alone.tier > by_clinician.tier


def test_the_word_of_a_clinician_is_not_gained_afterwards(cast):
    case = make.make_referral(cast.pain.practice, findings=FLARE)
    add(case, cast.pain, FLARE, stated=True)
    assert explained(case) == []
    assert Referral.objects.get(pk=case.pk).tier == case.tier


def test_a_word_without_a_clinician_later_takes_the_explanation_back(cast):
    case = make.make_referral(cast.pain.practice, findings=FLARE, by_clinician=True)
    raised = add(case, cast.pain, FLARE, stated=False)
    assert raised.tier > case.tier


def settled(case):
    Referral.objects.filter(pk=case.pk).update(
        pain_acknowledged_at=case.sent_at, spine_acknowledged_at=case.sent_at,
        plan_recorded_at=case.sent_at, safe_at=case.sent_at, status="accepted",
    )  # fmt: skip


def test_a_new_red_flag_after_safe_opens_acknowledgement_again(cast):
    case = routes.make_case(cast)
    settled(case)
    again = add(case, cast.spine, {"foot_drop": "present", "motor_onset_days": 1})
    assert again.pain_acknowledged_at is again.spine_acknowledged_at is again.safe_at is None
    assert again.plan_recorded_at is None
    assert again.raised_at > case.raised_at
    assert again.next_action == "acknowledge"


def test_findings_that_raise_nothing_leave_safe_alone(cast):
    case = routes.make_case(cast)
    settled(case)
    same = add(case, cast.pain, {"urinary_retention": "present"})
    assert same.safe_at is not None
    assert same.raised_at == case.raised_at


def test_whoever_has_accepted_plans_next_after_a_renewed_acknowledgement(cast):
    case = routes.make_case(cast)
    services.accept(case.pk, by=cast.spine.actor)
    add(case, cast.pain, {"foot_drop": "present", "motor_onset_days": 1})
    assert services.acknowledge(case.pk, by=cast.spine.actor).next_action == "record_plan"


def test_after_a_pass_somebody_has_to_acknowledge_again(cast):
    case = routes.make_case(cast)
    services.acknowledge(case.pk, by=cast.spine.actor)
    passed = services.pass_on(case.pk, by=cast.spine.actor, reason_code="IN_THEATRE")
    assert passed.next_action == "acknowledge"
    assert passed.spine_acknowledged_at is None
    assert passed.receiver is None


def test_a_flag_of_the_patient_is_open_once_over_all_their_referrals(cast):
    patient = {"patient": {"mrn": "1"}}
    one, two = (make.make_referral(cast.pain.practice, **patient) for _ in range(2))
    assert one.patient_id == two.patient_id
    assert one.red_flags.exists()
    assert not two.red_flags.exists()


def flag_of(case):
    return RedFlag.objects.get(referral=case, rule_id="RF-CES-1")


def person(office, who=None):
    who = who or office.clinician
    return replace(make.make_actor(office.practice, who), practitioner_id=who.pk)


def resolve(flag, actor):
    ending = services.Ending("ruled_out_by_imaging", "MRI", date(2026, 11, 23))
    return services.resolve(flag.pk, ending, by=actor)


@pytest.mark.parametrize("who", ["pain", "spine"])
def test_a_clinician_of_either_side_resolves_a_red_flag_once(cast, run_engine, who):
    case, office = routes.make_case(cast), getattr(cast, who)
    run_engine()
    flag = resolve(flag_of(case), person(office))
    assert (flag.resolution, flag.resolved_by) == ("ruled_out_by_imaging", office.clinician)
    after = Referral.objects.get(pk=case.pk)
    assert after.version == 2
    assert (after.tier, after.alert_open, after.safe_at) == (case.tier, True, None)
    event = Event.objects.get(referral=case, kind="red_flag.resolved")
    assert event.data == {"rule": "RF-CES-1", "resolution": "ruled_out_by_imaging"}
    with pytest.raises(AlreadyResolved):
        resolve(flag, person(office))


def test_nobody_but_a_clinician_who_sees_the_case_resolves_it(cast):
    case = routes.make_case(cast)
    nurse = person(cast.pain, cast.pain.coordinator)
    foreign = person(cast.pain, cast.spine.clinician)
    for actor in (nurse, foreign, make.make_actor(cast.pain.practice)):
        with pytest.raises(NotAClinician):
            resolve(flag_of(case), actor)
    with pytest.raises(Referral.DoesNotExist):
        resolve(flag_of(case), person(cast.outsider))
    assert flag_of(case).resolution == ""


def test_a_flag_that_fires_after_its_resolution_is_a_new_open_one(cast):
    case = routes.make_case(cast)
    resolve(flag_of(case), person(cast.pain))
    add(case, cast.pain, make.CAUDA_EQUINA)
    states = RedFlag.objects.filter(referral=case, rule_id="RF-CES-1").order_by("id")
    assert [flag.resolution for flag in states] == ["ruled_out_by_imaging", ""]


def test_the_card_shows_which_flags_are_open_and_how_the_others_ended(cast, client_of):
    case, client = routes.make_case(cast), client_of(cast.spine)
    here = f"/api/v1/referrals/{case.uuid}"
    body = {
        "by": str(cast.spine.clinician.uuid), "resolution": "ruled_out_by_imaging",
        "basis": "MRI", "on": "2026-11-23",
    }  # fmt: skip
    states = {f["rule"]: f["state"] for f in client.get(here).json()["red_flags"]}
    assert set(states.values()) == {"open"}
    done = client.send(f"{here}/red-flags/RF-CES-1/resolution", body)
    shown = {f["rule"]: (f["state"], f["basis"], f["basis_on"]) for f in done.json()["red_flags"]}
    assert shown == {rule: ("open", None, None) for rule in states} | {
        "RF-CES-1": ("resolved", "MRI", "2026-11-23")
    }
    told = problem_of(client.send(f"{here}/red-flags/RF-CES-1/resolution", body), 409)
    assert told["type"].endswith("already_resolved")
    problem_of(client.send(f"{here}/red-flags/RF-NONE/resolution", body), 404)
    front = body | {"by": str(cast.spine.coordinator.uuid)}
    told = problem_of(client.send(f"{here}/red-flags/RF-CES-1/resolution", front), 400)
    assert told["errors"][0]["pointer"] == "/by"


def test_an_open_flag_stays_in_sight_when_its_rule_does_not_fire_any_more(cast, client_of):
    case = routes.make_case(cast)
    add(case, cast.pain, dict.fromkeys(make.CAUDA_EQUINA, "absent"))
    shown = client_of(cast.pain).get(f"/api/v1/referrals/{case.uuid}").json()["red_flags"]
    assert ("RF-CES-1", "open") in {(flag["rule"], flag["state"]) for flag in shown}
