"""The database holds the status to the law by itself: no role changes it past the table."""

from itertools import permutations

import pgtrigger
import pytest
from django.db import IntegrityError, connection, transaction

from referrals.models import Referral
from referrals.walls import acting_as
from referrals.workflow import HELD, STATUS_CHANGES, Status
from tests.cast import role
from tests.walls import routes

RULE = "referrals.Referral:status_follows_the_law"
MOVE = "UPDATE referrals_referral SET status = %s, resumes_as = %s, receiver_id = %s WHERE id = %s"


@pytest.fixture
def case(cast):
    return routes.make_case(cast)


def move(case, cast, status):
    """Write a status by hand, and what the other constraints want beside it."""
    was = Status.ACCEPTED if status in HELD else ""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(MOVE, [status, was, cast.spine.practice.pk, case.pk])
        return cursor.rowcount


def set_aside(names):
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('pgtrigger.ignore', %s, true)", [names])


def refused(case, cast, new):
    try:
        return move(case, cast, new) != 1
    except IntegrityError as error:
        return "a referral never goes from" in str(error)


@pytest.mark.parametrize("name", ["owner", "app", "engine"])
def test_each_role_can_make_the_changes_of_the_table_and_no_other(maintenance, cast, case, name):
    rules = [trigger.get_pgid(model) for model, trigger in pgtrigger.registered(RULE)]
    for old, new in permutations(Status, 2):
        with transaction.atomic():
            # Only so does a referral get where the law would not let it begin.
            set_aside("{" + ",".join(rules) + "}")
            assert move(case, cast, old) == 1
            set_aside("{}")
            with role(name), acting_as(cast.spine.actor):
                assert refused(case, cast, new) == ((old, new) not in STATUS_CHANGES), (old, new)
            transaction.set_rollback(True)


def test_what_leaves_the_status_as_it_is_is_nobodys_business(maintenance, cast, case):
    assert Referral.objects.filter(pk=case.pk).update(status=case.status, version=7) == 1
