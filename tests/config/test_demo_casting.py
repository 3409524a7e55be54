"""The demo's cast on its second day: what a visitor has changed at the desk meanwhile stays."""

from datetime import timedelta

import pytest
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange

from config.demo import casting
from config.demo.cast import LUND, MENON
from coordination import services
from coordination.models import OnCallShift
from referrals import clock
from referrals.models import Practitioner


@pytest.fixture
def surgeons(db):
    """The two surgeons of the demo, a week after its first run: no shift holds any more."""
    casting.set_up()
    now = clock.now()
    OnCallShift.objects.update(
        period=DateTimeTZRange(now - timedelta(days=8), now - timedelta(days=1))
    )
    return [Practitioner.objects.get(name=person.name) for person in (MENON, LUND)]


def test_a_shift_that_a_visitor_planned_leaves_only_the_gap_to_fill(surgeons):
    menon, lund = surgeons
    now = clock.now()
    begins = now + timedelta(days=1)
    services.put_on_call(lund, starts=begins, ends=begins + timedelta(days=1))
    casting.set_up()
    filled = OnCallShift.objects.covering(now + timedelta(hours=1)).get(practitioner=menon)
    assert filled.period.upper == begins


def test_whoever_a_visitor_has_put_on_call_stays_on_call(surgeons):
    menon, lund = surgeons
    now = clock.now()
    services.put_on_call(lund, starts=now - timedelta(hours=1), ends=now + timedelta(days=1))
    casting.set_up()
    primary = OnCallShift.objects.covering(now).filter(practice=menon.practice, level="primary")
    assert [shift.practitioner for shift in primary] == [lund]
