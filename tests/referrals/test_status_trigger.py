"""The database holds the status to the law by itself: no role changes it past the table."""

from itertools import permutations

import pgtrigger
import pytest
from django.db import IntegrityError, connection, transaction

from referrals.clinical import Tier
from referrals.models import Referral
from referrals.walls import acting_as
from referrals.workflow import HELD, LIVE, STATUS_CHANGES, Status
from tests import factories as make
from tests.cast import role
from tests.referrals.services import life
from tests.walls import routes

RULE = "referrals.Referral:status_follows_the_law"
MOVE = "UPDATE referrals_referral SET status = %s, resumes_as = %s, receiver_id = %s WHERE id = %s"


@pytest.fixture
def case(cast):
    found = routes.make_case(cast)
    # A pressing case has a rule of its own.
    Referral.objects.filter(pk=found.pk).update(tier=Tier.ROUTINE, within="")
    found.refresh_from_db()
    return found


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


@pytest.mark.parametrize("status", [status for status in Status if status is not Status.SENT])
def test_no_referral_begins_in_the_middle(cast, case, status):
    columns = ", ".join(
        field.column
        for field in Referral._meta.concrete_fields
        if field.name not in ("id", "uuid", "reference", "status", "resumes_as", "receiver")
    )
    begin = (
        f"INSERT INTO referrals_referral"
        f" (uuid, reference, status, resumes_as, receiver_id, {columns})"
        f" SELECT gen_random_uuid(), 'R-ZZZZZ', %s, %s, %s, {columns}"
        f" FROM referrals_referral WHERE id = %s"
    )
    was = Status.ACCEPTED if status in HELD else ""
    with pytest.raises(IntegrityError, match="begins as sent"), connection.cursor() as cursor:
        cursor.execute(begin, [status, was, cast.spine.practice.pk, case.pk])


@pytest.mark.parametrize("status", sorted(set(Status) - LIVE))
def test_no_pressing_case_ends_by_hand(cast, status):
    pressing = life.send(cast, make.CAUDA_EQUINA)
    with pytest.raises(IntegrityError, match="pressing_does_not_end"):
        Referral.objects.filter(pk=pressing.pk).update(status=status, resumes_as="")
