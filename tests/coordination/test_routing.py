"""Which practice is asked, as a table and as properties; nobody is never silence."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coordination.routing import Candidate, NobodyAvailable, choose
from referrals.clinical import Tier


def candidate(number=1, **given):
    facts = {
        "name": f"Practice {number}", "region": "Cook", "on_call": "Dr DEMO",
        "capabilities": frozenset({"emergency"}), "open_cases": 0,
    }  # fmt: skip
    return Candidate(practice_id=number, **(facts | given))


NOT_ABLE_FOR_EMERGENCIES = {"capabilities": frozenset()}
NOBODY_ON_CALL = {"on_call": None}


@pytest.mark.parametrize(
    ("first", "second", "tier", "chosen"),
    [
        ({}, {}, Tier.EMERGENCY, 1),
        ({"region": "Far"}, {}, Tier.EMERGENCY, 2),
        ({"open_cases": 3}, {"open_cases": 2}, Tier.EMERGENCY, 2),
        ({"region": "Far"}, {"open_cases": 99}, Tier.EMERGENCY, 2),
        (NOBODY_ON_CALL, {"region": "Far", "open_cases": 9}, Tier.SAME_DAY, 2),
        (NOT_ABLE_FOR_EMERGENCIES, {"region": "Far"}, Tier.EMERGENCY, 2),
        (NOT_ABLE_FOR_EMERGENCIES, {"region": "Far"}, Tier.SAME_DAY, 1),
        (NOBODY_ON_CALL, {"region": "Far"}, Tier.URGENT, 1),
        (NOBODY_ON_CALL, {"region": "Far"}, Tier.ROUTINE, 1),
    ],
)
def test_the_nearest_and_least_loaded_of_those_who_can_is_asked(first, second, tier, chosen):
    both = [candidate(1, **first), candidate(2, **second)]
    assert choose(both, tier=tier, region="Cook").practice_id == chosen
    assert choose(reversed(both), tier=tier, region="Cook").practice_id == chosen


candidates = st.lists(
    st.builds(
        candidate,
        st.integers(1, 50),
        region=st.sampled_from(["Cook", "Far"]),
        on_call=st.sampled_from([None, "Dr DEMO"]),
        capabilities=st.sampled_from([frozenset(), frozenset({"emergency"})]),
        open_cases=st.integers(0, 9),
    ),
    unique_by=lambda one: one.practice_id,
    max_size=6,
)
tiers = st.sampled_from([Tier.ROUTINE, Tier.URGENT, Tier.SAME_DAY, Tier.EMERGENCY])


def can_take(one, tier):
    on_call = one.on_call is not None or tier < Tier.SAME_DAY
    return on_call and (tier < Tier.EMERGENCY or "emergency" in one.capabilities)


@given(candidates, tiers)
def test_only_somebody_who_can_is_asked_and_whoever_can_is_found(everyone, tier):
    able = {one.practice_id: one for one in everyone if can_take(one, tier)}
    if not able:
        with pytest.raises(NobodyAvailable) as nobody:
            choose(everyone, tier=tier, region="Cook")
        assert all(one.name in str(nobody.value) for one in everyone)
        return
    choice = choose(everyone, tier=tier, region="Cook")
    best = able[choice.practice_id]
    assert best.name in choice.reason
    assert f"{best.open_cases} open" in choice.reason
    assert not any(
        (one.region != "Cook", one.open_cases) < (best.region != "Cook", best.open_cases)
        for one in able.values()
    )


@pytest.mark.parametrize(
    ("everyone", "tier", "words"),
    [
        ([], Tier.EMERGENCY, "No practice of this specialty is left to ask."),
        ([candidate(1, on_call=None)], Tier.SAME_DAY, "has somebody on call now"),
        ([candidate(1, capabilities=frozenset())], Tier.EMERGENCY, "takes emergencies and has"),
    ],
)
def test_nobody_available_says_why_in_words(everyone, tier, words):
    with pytest.raises(NobodyAvailable, match=words):
        choose(everyone, tier=tier, region="Cook")
