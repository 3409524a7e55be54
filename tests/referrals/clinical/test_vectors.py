"""Every structured golden vector, through `assess` and through the triage lines."""

import json

import pytest

from referrals.clinical import assess, read_submission
from referrals.clinical.triage import triage_lines
from tests.referrals.clinical.vectors import VECTORS


def test_no_vector_got_lost():
    assert [vector["id"] for vector in VECTORS] == [f"V{n:02}" for n in range(1, 159)]


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["id"])
def test_a_vector_has_its_tier(vector):
    assessment = assess(read_submission(vector["in"]))
    assert assessment.tier.name == vector["tier"], assessment.reasons
    if "surgical_indication" in vector:
        assert assessment.surgical_indication is vector["surgical_indication"]
    json.dumps(assessment.to_dict(), allow_nan=False)


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["id"])
def test_a_vector_has_its_tier_as_a_triage_line(vector):
    written: list[str] = []
    line = json.dumps({"id": vector["id"], "findings": vector["in"]}).encode()
    assert triage_lines([line], written.append, pytest.fail)
    answer = json.loads(written[0])
    assert (answer["id"], answer["tier"]) == (vector["id"], vector["tier"])
    assert list(answer) == [
        "id", "tier", "possible_tier", "rules", "reasons", "questions", "holds", "route",
    ]  # fmt: skip
