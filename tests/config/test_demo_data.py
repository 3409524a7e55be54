"""The synthetic data: whole, sealed and in proportion, or not there at all."""

import json
import uuid
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from config.demo.data import loading, proportions
from config.demo.data.book import SELF_NUMBERED, TABLES, Book
from config.demo.data.network import Office
from config.demo.data.telling import Teller
from config.management.commands.demo_data import size
from coordination.models import Obligation
from coordination.services.step import keep
from referrals import audit, clock, seal
from referrals.models import Event, Patient, Practice, RedFlag, Referral
from referrals.models.referral import SOMEBODY_MOVES
from referrals.services.turns import settle_turn
from referrals.workflow import LIVE, Status
from tests import bulk
from tests import factories as make

SIZE = 2_000


@pytest.fixture(scope="module")
def loaded(django_db_setup, django_db_blocker):
    """The data, for all tests of this file: each begins with it and rolls back to it."""
    with django_db_blocker.unblock(), bulk.loaded(SIZE) as data:
        yield data


@pytest.fixture
def data(loaded, db):
    """The data, and a test of its own in it."""
    return loaded


def test_two_of_a_hundred_are_open_and_the_rest_ended_in_every_way(data):
    moving = Referral.objects.filter(SOMEBODY_MOVES)
    assert Referral.objects.count() == data.rows["referrals_referral"] == SIZE
    assert moving.count() == SIZE * proportions.OPEN_SHARE
    over = set(Referral.objects.filter(next_action="").values_list("status", flat=True))
    assert over == {Status.CLOSED, Status.CANCELLED, Status.REDIRECTED, Status.ENTERED_IN_ERROR}
    courses = {(course.status, course.next_action) for course in proportions.OPEN}
    assert {status for status, _ in courses} == LIVE | {Status.DECLINED, Status.FAILED}


def test_every_table_is_filled_and_every_name_says_that_nobody_exists(data):
    assert [table for table, count in data.rows.items() if not count] == []
    assert not Practice.objects.exclude(name__startswith="DEMO").exists()
    assert not Patient.objects.filter(is_demo=False).exists()
    assert not Patient.objects.exclude(family_name__startswith="DEMO").exists()


def test_every_open_referral_has_the_next_step_that_the_services_would_give_it(data):
    now, other = clock.now(), []
    for referral in Referral.objects.filter(SOMEBODY_MOVES, status__in=sorted(LIVE)):
        turn = referral.owner_side, referral.next_action
        settle_turn(referral, now)
        if turn != (referral.owner_side, referral.next_action):
            other.append((referral.status, turn, referral.next_action))
    assert other == []


def test_an_alert_is_open_exactly_while_people_must_answer(data):
    pressing = {one.pk for one in Referral.objects.filter(SOMEBODY_MOVES) if one.is_pressing}
    ringing = Obligation.objects.running().filter(alert__isnull=False)
    assert pressing
    assert set(Referral.objects.filter(alert_open=True).values_list("pk", flat=True)) == pressing
    assert set(ringing.values_list("referral_id", flat=True)) == pressing
    assert not Obligation.objects.running().filter(referral__next_action="").exists()
    left = RedFlag.objects.filter(resolution="", referral__next_action="")
    assert not left.exists()


def test_whoever_moves_owes_the_step_and_nobody_anything_else(data):
    now, other = clock.now(), []
    for referral in Referral.objects.filter(SOMEBODY_MOVES):
        if not referral.is_pressing:
            before = [(one.pk, one.round) for one in referral.obligations.running()]
            keep(referral, now)
            if before != [(one.pk, one.round) for one in referral.obligations.running()]:
                other.append((referral.status, referral.next_action))
            assert len(before) == 1
    assert other == []


def test_every_chain_verifies_and_goes_on(data):
    practices = Practice.objects.values_list("pk", flat=True)
    sender = Practice.objects.filter(specialty="pain")[0]
    make.make_referral(sender)
    assert Event.objects.unsealed().count() == 1
    Event.objects.update(relayed_at=clock.now())
    assert seal.seal() == 1
    found = dict(audit.verify(practices, kept={}, tick=lambda links: None))
    assert {chain.broken for chain in found.values()} == {None}
    assert sum(chain.links for chain in found.values()) == data.rows["referrals_eventseal"] + 1


def test_a_changed_event_is_found_in_its_chain(data):
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE referrals_event DISABLE TRIGGER USER")
        cursor.execute("UPDATE referrals_event SET actor_name = 'x' WHERE kind = 'referral.closed'")
    found = dict(
        audit.verify(
            Practice.objects.values_list("pk", flat=True), kept={}, tick=lambda links: None
        )
    )
    assert any(chain.broken for chain in found.values())


def test_the_engine_finds_nothing_to_do_at_once(data, run_engine):
    assert run_engine() == 0


def test_the_same_size_again_does_nothing_and_another_is_refused(data):
    assert loading.load(SIZE, bulk.quiet).is_new is False
    with pytest.raises(loading.LoadRefused, match="2,000 referrals lies here already"):
        loading.load(SIZE + 1, bulk.quiet)
    assert Referral.objects.count() == SIZE


def told(seed):
    """A hundred referrals as lines."""
    offices = [
        Office(
            n, f"DEMO {n}", sort, 1, f"Dr {n}", n, "desk", uuid.UUID(int=n), uuid.UUID(int=-n % 99)
        )
        for n, sort in enumerate(("pain", "pain", "spine", "spine"), start=1)
    ]
    book = Book(dict.fromkeys(SELF_NUMBERED, 1), offices, seed)
    teller = Teller(book, offices, total=100, now=30_000_000)
    for nth in range(100):
        teller.tell(nth)
    return book.lines


def test_the_same_seed_is_the_same_data():
    first = told(proportions.SEED)
    assert list(first) == list(TABLES)
    assert first == told(proportions.SEED)
    assert first != told(proportions.SEED + 1)


@pytest.mark.parametrize(
    ("text", "referrals"), [("10k", 10_000), ("1M", 1_000_000), ("2500", 2500)]
)
def test_a_size_is_read(text, referrals):
    assert size(text) == referrals


@pytest.mark.parametrize("text", ["", "ten", "-1k", "10g", "999", "11m"])
def test_what_is_no_size_is_refused_in_words(text):
    with pytest.raises(CommandError, match=r"size|between"):
        call_command("demo_data", f"--size={text}")


def test_the_command_says_what_lies_there_as_json_and_in_words(data):
    out = StringIO()
    call_command("demo_data", "--size=2k", "--json", stdout=out)
    assert json.loads(out.getvalue())["is_new"] is False
    call_command("demo_data", "--size=2k", stdout=out)
    assert "2,000 referrals lies here already" in out.getvalue()
    with pytest.raises(CommandError, match="another database"):
        call_command("demo_data", "--size=3k", stdout=out)
