"""Emergencies under random kills: small in the default suite, as large as wished by `make faults`.

``SEED``, ``SEEDS``, ``SUBMIT``, ``KILLS`` and ``WITHOUT`` (valkey, workers, dispatch) order another
run.
"""

import os

import pytest

from coordination.services.deliver import LEASE
from tests.faults.reference_run import Order, run

ORDER = Order.read(os.environ)
# A message in a dead hand is taken over when its lease ends; the rest is for the look and the send.
LONGEST_SECONDS = LEASE.total_seconds() + 5


@pytest.mark.timeout(120 + 2 * ORDER.submit + 40 * ORDER.kills)
@pytest.mark.parametrize("seed", ORDER.seeds)
def test_nothing_is_lost_whoever_is_killed_at_random(live_house, keys, record_property, seed):
    report = run(live_house, keys["pain"], ORDER, seed)
    text = "\n".join(report.lines())
    print(f"\n{text}")
    record_property("report", text)
    kills = ORDER.kills * (1 + ORDER.seeds.index(seed))
    report.after.assert_nothing_lost(list(report.answered), kills)
    assert len(report.answered) >= ORDER.submit
    assert [one for one, told in report.told.items() if not told.both_at] == []
    assert report.slowest_after_a_fault <= LONGEST_SECONDS
