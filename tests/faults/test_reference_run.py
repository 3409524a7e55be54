"""Emergencies under random kills: small in the default suite, as large as wished by `make faults`.

``SEED``, ``SUBMIT``, ``KILLS`` and ``WITHOUT`` (valkey, workers, dispatch) order another run.
"""

import os

import pytest

from tests.faults.reference_run import Order, run

ORDER = Order.read(os.environ)


@pytest.mark.timeout(120 + 2 * ORDER.submit + 40 * ORDER.kills)
def test_nothing_is_lost_whoever_is_killed_at_random(live_house, keys, record_property):
    report = run(live_house, keys["pain"], ORDER)
    text = "\n".join(report.lines())
    print(f"\n{text}")
    record_property("report", text)
    report.after.assert_nothing_lost(list(report.answered), len(report.faults))
    assert len(report.told) == len(report.answered) >= ORDER.submit
