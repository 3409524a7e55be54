"""Tampering by SQL, as somebody who may switch the triggers off: each way is found and named."""

import io
import json
from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from referrals import audit, clock, seal, services
from referrals.models import Event, EventSeal
from tests.cast import role
from tests.walls import routes

TABLES = ("referrals_event", "referrals_eventseal")


@pytest.fixture
def sealed(cast):
    """A case of four events, all of them in the chains of two practices."""
    case = routes.make_case(cast)
    services.acknowledge(case.pk, by=cast.pain.actor)
    services.acknowledge(case.pk, by=cast.spine.actor)
    seal_all()
    return case


def seal_all():
    Event.objects.unrelayed().update(relayed_at=clock.now())
    with role("engine"):
        seal.seal()


def run(*options, fails=False):
    """Run the command as the engine's role and return what it printed as JSON."""
    out = io.StringIO()
    with role("engine"):
        if fails:
            with pytest.raises(SystemExit) as ended:
                call_command("verify_audit", "--json", *options, stdout=out)
            assert ended.value.code == 1
        else:
            call_command("verify_audit", "--json", *options, stdout=out)
    return json.loads(out.getvalue())


@contextmanager
def tampering():
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for table in TABLES:
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        yield cursor
        for table in TABLES:
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")


def link(office, seq):
    return EventSeal.objects.get(practice=office.practice, seq=seq)


def broken(office, *options):
    """Return seq, event and words of the first break of the office's chain."""
    found = {one["practice"]: one for one in run(*options, fails=True)["broken"]}
    one = found[str(office.practice.uuid)]
    return one["seq"], one["event"], one["what"]


CHANGED = "the event was changed after it was sealed"


def test_whole_chains_are_whole_and_their_heads_are_told(cast, sealed):
    told = run()
    assert (told["intact"], told["links"], told["broken"], told["unsealed"]) == (True, 8, [], [])
    heads = {one["practice"]: (one["seq"], one["hash"]) for one in told["heads"]}
    assert heads == {
        str(office.practice.uuid): (4, bytes(link(office, 4).hash).hex())
        for office in (cast.pain, cast.spine)
    }


@pytest.mark.parametrize("column", sorted(set(seal.SEALED_COLUMNS) - {"id"}))
def test_a_changed_column_of_an_event_is_named_in_each_chain(cast, sealed, column):
    event = link(cast.pain, 2).event
    value = {
        "at": event.at + timedelta(microseconds=1), "practices": [1], "data": '{"x": 1}',
        "urgent": not event.urgent, "actor_practice_id": cast.outsider.practice.pk,
        "referral_id": None,
    }.get(column, "x")  # fmt: skip
    if column == "referral_id":
        value = routes.make_case(cast).pk
    with tampering() as cursor:
        cursor.execute(f"UPDATE referrals_event SET {column} = %s WHERE id = %s", [value, event.pk])
    for office in (cast.pain, cast.spine):
        assert broken(office) == (2, event.pk, CHANGED)


def test_the_chain_covers_every_column_but_the_marks():
    columns = {field.attname for field in Event._meta.fields}
    assert set(seal.SEALED_COLUMNS) == columns - {
        "relayed_at", "attempts", "retry_at", "sealed_at",
    }  # fmt: skip


def test_a_deleted_link_is_missing_and_the_other_chain_is_whole(cast, sealed):
    with tampering() as cursor:
        cursor.execute("DELETE FROM referrals_eventseal WHERE id = %s", [link(cast.pain, 3).pk])
    assert broken(cast.pain) == (3, None, "the link is missing")
    assert [one["practice"] for one in run(fails=True)["heads"]] == [str(cast.spine.practice.uuid)]


def test_a_deleted_last_link_is_known_by_its_event(cast, sealed):
    last = link(cast.pain, 4)
    with tampering() as cursor:
        cursor.execute("DELETE FROM referrals_eventseal WHERE id = %s", [last.pk])
    words = "the event is marked as sealed, and no link holds it"
    assert broken(cast.pain) == (None, last.event_id, words)


@pytest.mark.parametrize("seq", [2, 4])
def test_a_deleted_event_is_missing(cast, sealed, seq):
    event = link(cast.pain, seq).event_id
    with tampering() as cursor:
        cursor.execute(
            "SELECT conname FROM pg_constraint WHERE contype = 'f' AND conrelid ="
            " 'referrals_eventseal'::regclass AND confrelid = 'referrals_event'::regclass"
        )
        cursor.execute(f"ALTER TABLE referrals_eventseal DROP CONSTRAINT {cursor.fetchone()[0]}")
        cursor.execute("DELETE FROM referrals_event WHERE id = %s", [event])
    for office in (cast.pain, cast.spine):
        assert broken(office) == (seq, event, "its event is missing")


def test_a_changed_order_names_the_event_that_was_sealed_there(cast, sealed):
    second, third = link(cast.pain, 2), link(cast.pain, 3)
    with tampering() as cursor:
        cursor.execute("DELETE FROM referrals_eventseal WHERE id = %s", [third.pk])
        cursor.execute(
            "UPDATE referrals_eventseal SET event_id = %s WHERE id = %s",
            [third.event_id, second.pk],
        )
        EventSeal.objects.create(
            practice=cast.pain.practice, seq=3, event_id=second.event_id,
            prev_hash=third.prev_hash, hash=third.hash,
        )  # fmt: skip
    words = f"the order was changed: event {second.event_id} was sealed here"
    assert broken(cast.pain) == (2, third.event_id, words)


def test_a_link_that_was_put_in_another_place_does_not_follow(cast, sealed):
    with tampering() as cursor:
        for seq, becomes in ((2, 9), (3, 2), (9, 3)):
            cursor.execute(
                "UPDATE referrals_eventseal SET seq = %s WHERE practice_id = %s AND seq = %s",
                [becomes, cast.pain.practice.pk, seq],
            )
    seq, _, words = broken(cast.pain)
    assert (seq, words) == (2, "it does not follow from the link before it")


def cut_off(office, seq):
    with tampering() as cursor:
        cursor.execute(
            "UPDATE referrals_event SET sealed_at = NULL, practices = %s WHERE id = %s",
            [[office.practice.pk + 100_000], link(office, seq).event_id],
        )
        cursor.execute("DELETE FROM referrals_eventseal WHERE seq = %s", [seq])


def written_anew(office):
    prev = seal.GENESIS
    with tampering() as cursor:
        cursor.execute("UPDATE referrals_event SET data = '{}'")
        for one in EventSeal.objects.filter(practice=office.practice).order_by("seq"):
            facts = {name: getattr(one.event, name) for name in seal.SEALED_COLUMNS}
            new = seal.digest(office.practice.pk, one.seq, prev, facts)
            cursor.execute(
                "UPDATE referrals_eventseal SET prev_hash = %s, hash = %s WHERE id = %s",
                [prev, new, one.pk],
            )
            prev = new


CUT = "the end was cut off: the chain was longer when it was kept"
ANEW = "the chain was written anew: another hash was kept"


@pytest.mark.parametrize(
    ("tamper", "words"),
    [(lambda office: cut_off(office, 4), CUT), (written_anew, ANEW)],
    ids=["cut off", "written anew"],
)
def test_only_a_kept_head_shows_what_was_cut_off_or_written_anew(
    cast, sealed, tmp_path, tamper, words
):
    kept = tmp_path / "heads.json"
    kept.write_text(json.dumps(run("--practice", cast.pain.practice.name)))
    assert run("--expect", str(kept))["intact"]
    tamper(cast.pain)
    assert run("--practice", cast.pain.practice.name)["intact"]
    assert broken(cast.pain, "--expect", str(kept)) == (4, None, words)


def test_a_head_that_was_kept_earlier_still_fits_a_longer_chain(cast, sealed, tmp_path):
    kept = tmp_path / "heads.json"
    kept.write_text(json.dumps(run()))
    services.accept(sealed.pk, by=cast.spine.actor)
    seal_all()
    told = run("--expect", str(kept))
    assert (told["intact"], told["links"]) == (True, 10)


def test_since_believes_what_lies_before_and_checks_what_follows(cast, sealed):
    with tampering() as cursor:
        cursor.execute(
            "UPDATE referrals_event SET kind = 'x' WHERE id = %s", [link(cast.pain, 2).event_id]
        )
    assert broken(cast.pain, "--since", "1") == (2, link(cast.pain, 2).event_id, CHANGED)
    assert run("--since", "2")["links"] == 4
    assert run("--since", "99")["links"] == 0


def test_an_event_that_waits_a_minute_for_its_seal_is_named(cast, monkeypatch):
    case = routes.make_case(cast)
    assert run()["intact"]
    later = clock.now() + timedelta(seconds=61)
    monkeypatch.setattr(clock, "now", lambda: later)
    told = run(fails=True)
    assert told["unsealed"] == list(case.events.order_by("id").values_list("id", flat=True))


def test_people_read_words_and_the_exit_code_says_the_same(cast, sealed):
    out = io.StringIO()
    with role("engine"):
        call_command("verify_audit", stdout=out)
    assert out.getvalue() == "8 links verified; 2 chains are whole.\n"
    with tampering() as cursor:
        cursor.execute("UPDATE referrals_event SET kind = 'x'")
    out = io.StringIO()
    with role("engine"), pytest.raises(SystemExit):
        call_command("verify_audit", stdout=out)
    first = link(cast.pain, 1).event_id
    assert f"BROKEN  {cast.pain.practice}: link 1, event {first}: {CHANGED}" in out.getvalue()


@pytest.mark.parametrize(
    "content", ["", "[]", '{"heads": [{"practice": "x", "seq": 1, "hash": ""}]}', None]
)
def test_what_cannot_be_checked_ends_with_2(cast, tmp_path, content):
    file = tmp_path / "heads.json"
    if content is not None:
        file.write_text(content)
    for options in (["--expect", str(file)], ["--practice", "Nobody"]):
        with role("engine"), pytest.raises(CommandError) as refused:
            call_command("verify_audit", *options)
        assert refused.value.returncode == 2


def test_a_practice_that_was_kept_and_is_gone_is_no_small_thing(cast, tmp_path):
    file = tmp_path / "heads.json"
    gone = {"practice": "00000000-0000-0000-0000-000000000000", "seq": 1, "hash": ""}
    file.write_text(json.dumps({"heads": [gone]}))
    with role("engine"), pytest.raises(CommandError, match="not here any more") as refused:
        call_command("verify_audit", "--expect", str(file))
    assert refused.value.returncode == 1


@pytest.mark.parametrize("name", ["app", "owner"])
def test_a_role_that_does_not_see_every_event_verifies_nothing(cast, sealed, name):
    with role(name), pytest.raises(CommandError, match="DATABASE_ROLE=engine") as refused:
        call_command("verify_audit")
    assert refused.value.returncode == 2


def test_long_chains_are_walked_in_pieces(cast, sealed, monkeypatch):
    monkeypatch.setattr(audit, "_CHUNK", 2)
    ticks = []
    list(audit.verify([cast.pain.practice.pk], kept={}, tick=ticks.append))
    assert ticks == [2, 2]
