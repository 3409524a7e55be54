"""Where synthetic data must not lie, and what a load leaves behind, whole or stopped."""

import pytest
from django.db import connection

from config.demo.data import loading
from referrals.models import Patient, Practice, Referral
from tests import bulk
from tests import factories as make

SIZE = 1_000


def test_it_is_refused_beside_a_real_practice_and_beside_a_real_patient(db):
    real = make.make_practice(name="Lakeside Pain Clinic")
    with pytest.raises(loading.LoadRefused, match="Lakeside Pain Clinic is not a DEMO practice"):
        loading.load(SIZE, bulk.quiet)
    Practice.objects.filter(pk=real.pk).update(name="DEMO Lakeside")
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL tandem.maintenance = 'on'")
    Patient.objects.create(practice=real, family_name="Somebody")
    with pytest.raises(loading.LoadRefused, match="not marked as DEMO"):
        loading.load(SIZE, bulk.quiet)


class Stopped(Exception):
    """Somebody has pressed Ctrl-C, or pulled the plug."""


def test_stopped_halfway_nothing_is_left(db):
    before = bulk.guards()

    def stop(what, done, total):
        if what.startswith("building") and done:
            raise Stopped

    with pytest.raises(Stopped):
        loading.load(SIZE, stop)
    assert bulk.guards() == before
    assert not Practice.objects.exists()
    assert not Referral.objects.exists()


def test_a_load_leaves_every_guard_of_the_database_as_it_was(db):
    before = bulk.guards()
    loading.load(SIZE, bulk.quiet)
    assert bulk.guards() == before
