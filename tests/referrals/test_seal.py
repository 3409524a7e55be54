"""The chain of a practice: gap-free, and broken by any change of a sealed event."""

from datetime import timedelta

import pytest
from django.db import connection

from referrals import clock, seal, services
from referrals.models import Event, EventSeal
from tests.cast import role
from tests.walls import routes

MARKS = {"relayed_at", "attempts", "retry_at", "sealed_at"}


def all_relayed():
    Event.objects.unrelayed().update(relayed_at=clock.now())


@pytest.fixture
def sealed(cast):
    case = routes.make_case(cast)
    services.acknowledge(case.pk, by=cast.pain.actor)
    all_relayed()
    with role("engine"):
        assert seal.seal() == 3
    return case


def broken(practice):
    """Return the places of a chain whose hash is not what the events say."""
    prev, wrong = bytes(32), []
    for number, link in enumerate(EventSeal.objects.filter(practice=practice).order_by("seq"), 1):
        expected = seal.digest(practice.pk, link.seq, prev, link.event)
        whole = (link.seq, bytes(link.prev_hash), bytes(link.hash)) == (number, prev, expected)
        wrong += [] if whole else [link.seq]
        prev = bytes(link.hash)
    return wrong


def test_every_practice_concerned_has_a_chain_without_gaps(cast, sealed):
    for office in (cast.pain, cast.spine):
        chain = EventSeal.objects.filter(practice=office.practice).order_by("seq")
        assert list(chain.values_list("seq", flat=True)) == [1, 2, 3]
        assert broken(office.practice) == []
    assert not EventSeal.objects.filter(practice=cast.outsider.practice).exists()


def test_sealing_again_seals_nothing_twice_and_goes_on_where_it_stopped(cast, sealed):
    with role("engine"):
        assert seal.seal() == 0
    services.acknowledge(sealed.pk, by=cast.spine.actor)
    all_relayed()
    with role("engine"):
        assert seal.seal() == 1
    assert broken(cast.pain.practice) == []


def test_what_the_relay_still_has_to_do_is_left_to_it_for_a_second_and_no_longer(cast, monkeypatch):
    routes.make_case(cast)
    with role("engine"):
        assert seal.seal() == 0
        later = clock.now() + timedelta(seconds=1)
        monkeypatch.setattr(seal, "now", lambda: later)
        assert seal.seal() == 2
    assert broken(cast.pain.practice) == []


def changes(event):
    return {
        "id": event.pk + 1000, "kind": "x", "at": event.at + timedelta(microseconds=1),
        "actor_kind": "x", "actor_name": "x", "entered_by": "x", "request_id": "x",
        "practices": [1],
        "data": '{"x": 1}', "urgent": not event.urgent, "actor_practice_id": None,
        "referral_id": None,
    }  # fmt: skip


def test_the_digest_covers_every_column_but_the_marks():
    columns = {field.attname for field in Event._meta.fields}
    assert set(seal._SEALED_COLUMNS) == columns - MARKS


@pytest.mark.parametrize("column", sorted(set(seal._SEALED_COLUMNS)))
def test_changing_any_column_behind_the_triggers_breaks_the_chain(cast, sealed, column):
    event = Event.objects.filter(referral=sealed).order_by("id")[1]
    value = changes(event)[column]
    if column == "referral_id":
        value = routes.make_case(cast).pk
    if column == "actor_practice_id":
        value = cast.outsider.practice.pk
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for table in ("referrals_event", "referrals_eventseal"):
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        cursor.execute(f"UPDATE referrals_event SET {column} = %s WHERE id = %s", [value, event.pk])
        if column == "id":
            cursor.execute(
                "UPDATE referrals_eventseal SET event_id = %s WHERE event_id = %s",
                [value, event.pk],
            )
    assert broken(cast.pain.practice)[0] == 2
