"""Each invariant is broken by hand, and the watchdog's role sees it, that one and no other."""

import pytest
from django.db import connection

from config.servers.places import PROJECT
from config.watchdog.memory import Memory
from coordination.alarms import ALARMS, LOOPS
from coordination.models import ContactPoint
from referrals.models import Event
from tests.coordination import stories as s


def sql(statement, *values):
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.rowcount


def silence_ladder(case):
    sql("UPDATE coordination_obligation SET next_due_at = now() - interval '61 s' WHERE id ="
        " (SELECT min(id) FROM coordination_obligation)")  # fmt: skip


def send_nothing(case):
    sql("UPDATE referrals_referral SET raised_at = now() - interval '121 s'")
    sql("UPDATE coordination_alert SET opened_at = now() - interval '121 s'")
    sql("UPDATE coordination_delivery SET state = 'pending', sent_at = NULL, delivered_at = NULL")


def hold_a_lease(case, since="- interval '61 s'"):
    sql("UPDATE coordination_delivery SET state = 'leased', lease_token = gen_random_uuid(),"
        f" due_at = now() {since} WHERE uuid = (SELECT min(uuid::text)::uuid"
        " FROM coordination_delivery)")  # fmt: skip


def hold_a_lease_from_the_future(case):
    hold_a_lease(case, "+ interval '10 min'")


def let_a_rung_die(case):
    owed = s.owed(case, "acknowledge", "spine")
    sql("UPDATE coordination_delivery SET state = 'dead', dead_at = now() - interval '61 s',"
        " sent_at = NULL, delivered_at = NULL WHERE obligation_id = %s", owed.pk)  # fmt: skip


def close_the_alert(case):
    sql("UPDATE referrals_referral SET raised_at = now() - interval '6 s'")
    sql("UPDATE coordination_alert SET closed_at = now(), closed_by = 'x', close_reason = 'y'")
    sql("UPDATE coordination_obligation SET state = 'closed', next_due_at = NULL")


def age_events(*, of_column, seconds):
    names = [trigger.get_pgid(Event) for trigger in Event._meta.triggers]
    sql("SELECT set_config('pgtrigger.ignore', %s, true)", f"{{{','.join(names)}}}")
    sql(f"UPDATE referrals_event SET {of_column} = NULL, at = now() - interval '{seconds} s'"
        " WHERE id = (SELECT min(id) FROM referrals_event)")  # fmt: skip


def leave_an_event(case):
    age_events(of_column="relayed_at", seconds=6)


def seal_nothing(case):
    age_events(of_column="sealed_at", seconds=61)


def ring_to_the_end(case):
    while not s.owed(case, "acknowledge", "pain").round:
        assert s.fire_next_rung(case, "acknowledge", "pain")
        sql("UPDATE coordination_delivery SET state = 'sent', sent_at = now(), attempts = 1"
            " WHERE state = 'pending'")  # fmt: skip


def leave_nobody_to_call(case):
    ContactPoint.objects.filter(practice=case.sender, channel="voice").update(is_active=False)
    s.fire_next_rung(case, "acknowledge", "pain")


def take_everybody_away(case):
    ContactPoint.objects.update(is_active=False)
    s.fire_next_rung(case, "acknowledge", "pain")


def stop_dispatch(case):
    sql("UPDATE coordination_heartbeat SET at = now() - interval '16 s'"
        " WHERE component = 'dispatch'")  # fmt: skip


def forget_a_worker(case):
    sql("DELETE FROM coordination_heartbeat WHERE component = 'worker-urgent'")


BROKEN = [
    ("ladder-overdue", silence_ladder),
    ("nobody-told", send_nothing),
    ("lease-stuck", hold_a_lease),
    ("lease-stuck", hold_a_lease_from_the_future),
    ("message-dead", let_a_rung_die),
    ("alert-missing", close_the_alert),
    ("event-waiting", leave_an_event),
    ("event-unsealed", seal_nothing),
    ("ladder-exhausted", ring_to_the_end),
    ("nobody-reached", leave_nobody_to_call),
    ("loop-stale", stop_dispatch),
    ("loop-stale", forget_a_worker),
]


def test_an_urgent_case_that_is_well_is_no_alarm(emergency, ask):
    assert ask() == {}


@pytest.mark.parametrize(("code", "break_it"), BROKEN, ids=[act.__name__ for _, act in BROKEN])
def test_what_is_broken_is_found_and_nothing_else(code, break_it, emergency, ask):
    break_it(emergency)
    found = ask()
    assert set(found) == {code}
    if code != "loop-stale":
        assert found[code] == (emergency.reference,)


def test_a_ladder_that_ends_without_anybody_to_ring_is_an_alarm_at_once(emergency, ask):
    take_everybody_away(emergency)
    assert set(ask()) == {"nobody-reached", "ladder-exhausted"}
    assert ALARMS["ladder-exhausted"].urgency == "now"


def test_every_question_has_been_broken():
    asked = {code for code, alarm in ALARMS.items() if alarm.question}
    assert asked <= {code for code, _ in BROKEN}


def test_a_case_of_the_night_that_begins_to_ring_in_the_morning_is_no_alarm(emergency, ask):
    send_nothing(emergency)
    sql("UPDATE coordination_obligation SET rung = 0, round = 0,"
        " next_due_at = now() + interval '5 h'")  # fmt: skip
    assert ask() == {}


def test_a_dead_message_is_handled_once_the_next_step_told_somebody(emergency, ask, run_engine):
    let_a_rung_die(emergency)
    s.fire_next_rung(emergency, "acknowledge", "spine")
    run_engine()
    assert "message-dead" not in ask()


def test_an_answer_ends_the_alarm_of_a_ladder_at_its_end(emergency, ask, cast):
    ring_to_the_end(emergency)
    s.act("acknowledge", emergency, cast.pain)
    assert "ladder-exhausted" not in ask()


def test_the_history_may_grow_and_not_shrink_or_change(emergency, ask, cast, run_engine):
    memory = Memory()
    ask(memory)
    heads = dict(memory.heads)
    assert heads
    s.act("acknowledge", emergency, cast.pain)
    run_engine()
    assert "chain-went-back" not in ask(memory)
    practice, (seq, hash_) = next(iter(heads.items()))
    for place in ((seq + 100, hash_), (seq, "00" * 32)):
        memory.heads[practice] = place
        assert ask(memory)["chain-went-back"] == (f"practice {practice}",)
        assert memory.heads[practice] == place, "it stays red until a person has looked"


def test_every_alarm_has_its_runbook_and_every_runbook_its_alarm_or_reader():
    pages = {path.stem for path in (PROJECT / "docs/runbooks").glob("*.md")} - {"README"}
    by_people = {"the-broker-is-gone", "the-history-is-broken", "the-service-is-unavailable"}
    assert pages - by_people == set(ALARMS)
    for alarm in ALARMS.values():
        page = (PROJECT / alarm.runbook).read_text()
        assert page.startswith(f"# Runbook: `{alarm.code}`")
        assert [part for part in PARTS if f"**{part}**" not in page] == []
    listed = (PROJECT / "docs/runbooks/README.md").read_text()
    assert [code for code in ALARMS if f"({code}.md)" not in listed] == []


PARTS = ("What it means.", "What is at risk.", "What to do now.", "It is mended when")


def test_the_loops_are_the_processes_that_turn_the_engine():
    assert list(LOOPS) == ["dispatch", "worker-urgent", "worker-default"]
