"""Which event leads to what; twice is once; one that fails is tried again and holds up nobody."""

import ast
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from coordination import engine, services
from coordination import relay as relaying
from coordination.duties import ALL
from coordination.models import AckToken, Alert, Delivery, Obligation
from coordination.relay import REACTIONS, relay
from coordination.services import Arrival
from referrals import clock
from referrals.clinical import Tier
from referrals.models import Ask, Event, Referral
from referrals.workflow import Status
from tests import factories as make
from tests.cast import make_office, role
from tests.coordination import stories as s
from tests.referrals.services import by_hand as by
from tests.referrals.services import life
from tests.referrals.services.by_hand import person

TABLES = (Referral, Ask, Alert, Obligation, Delivery, AckToken)
PROJECT = Path(__file__).parents[2]


def recorded_kinds():
    """Every event kind that a service names."""
    files = [
        *PROJECT.glob("referrals/services/*.py"),
        *PROJECT.glob("coordination/services/*.py"),
    ]
    return {
        node.value
        for file in files
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }


@pytest.mark.parametrize("kind", REACTIONS)
def test_every_reaction_is_to_an_event_that_some_service_records(kind):
    assert kind in recorded_kinds()


def everything():
    rows = {table.__name__: list(table.objects.order_by("pk").values()) for table in TABLES}
    return rows | {"events": Event.objects.count()}


def relay_all():
    with role("engine"):
        while relay():
            pass


def stories(cast):
    passed = s.send(cast.pain)
    relay_all()
    s.pass_on(passed, cast.spine)
    yield passed
    alone = s.send(cast.pain)
    relay_all()
    for office in (cast.spine, cast.other_spine):
        s.pass_on(alone, office)
        relay_all()
    yield alone
    safe = s.send(cast.pain)
    relay_all()
    s.act("acknowledge", safe, cast.pain)
    s.act("record_patient_contact", safe, cast.pain, s.REACHED)
    s.act("accept", safe, cast.spine, plan=s.PLAN)
    s.hand_over(safe, cast.pain)
    yield safe
    yield from on_the_way(cast)
    risen = s.send(cast.pain, findings=make.FOOT_DROP_TODAY)
    relay_all()
    s.add_findings(risen, cast.pain, make.CAUDA_EQUINA)
    yield risen
    yield from by_hand(cast)
    yield from course(cast)
    yield s.send(cast.pain, findings=s.STROKE)
    yield s.send(cast.pain, findings=make.STABLE_CLAUDICATION)


def on_the_way(cast):
    for outcome in (Arrival.ARRIVED, Arrival.NOT_FOUND, Arrival.LEFT):
        left = s.send(cast.pain)
        relay_all()
        s.act("record_patient_contact", left, cast.pain, s.SENT_TO_THE_ED)
        relay_all()
        s.act("record_arrival", left, cast.pain, outcome)
        yield left


def by_hand(cast):
    raised = s.send(cast.pain, findings={})
    relay_all()
    by.raise_to(raised, person(cast.pain), Tier.SAME_DAY)
    yield raised
    for tier in (Tier.ROUTINE, Tier.SAME_DAY):
        lowered = s.send(cast.pain, receiver=cast.spine.practice)
        relay_all()
        by.lower(lowered, person(cast.pain), person(cast.spine), tier)
        yield lowered


def course(cast):
    for status in set(life.WAYS) - {Status.SENT}:
        referral = life.send(cast)
        relay_all()
        for step in life.WAYS[status]:
            name = step.removeprefix("sender ")
            life.act(name, referral, cast.spine if name == step else cast.pain)
        yield referral
    answered = life.brought_to(Status.AWAITING_INFORMATION, cast)
    life.act("answer_information", answered, cast.pain)
    yield answered
    withdrawn = life.brought_to(Status.CANCEL_REQUESTED, cast)
    life.act("withdraw_cancellation", withdrawn, cast.pain)
    yield withdrawn
    again = life.brought_to(Status.DECLINED, cast)
    life.act("reopen", again, cast.pain)
    yield again


def test_every_act_done_twice_is_done_once(cast):
    seen = set()
    for referral in stories(cast):
        relay_all()
        for event in Event.objects.filter(referral=referral, kind__in=REACTIONS):
            seen.add(event.kind)
            before = everything()
            with role("engine"), relaying.transaction.atomic():
                for react in REACTIONS[event.kind]:
                    react(event)
            assert everything() == before, event.kind
    assert seen == set(REACTIONS)


def test_an_event_whose_reaction_raises_waits_and_those_behind_it_go_on(cast, monkeypatch):
    poison = s.send(cast.pain)
    other = s.send(cast.pain)

    def failing(event):
        if event.referral_id == poison.pk:
            Referral.objects.filter(pk=poison.pk).update(tier=0)
            raise RuntimeError
        services.open_obligations(event)

    monkeypatch.setitem(REACTIONS, "referral.submitted", (services.route, failing))
    relay_all()
    event = Event.objects.get(referral=poison, kind="referral.submitted")
    assert event.relayed_at is None
    assert event.attempts == 1
    assert event.retry_at > clock.now().replace(year=2020)
    assert s.again(poison).tier == 4
    assert Ask.objects.filter(referral=poison).exists()
    assert not Alert.objects.filter(referral=poison).exists()
    assert Alert.objects.filter(referral=other).exists()
    monkeypatch.undo()
    Event.objects.filter(pk=event.pk).update(retry_at="2020-01-01T00:00Z")
    relay_all()
    assert Alert.objects.filter(referral=poison).exists()


def test_urgent_events_are_handed_on_before_the_others(cast):
    s.send(cast.pain, findings=make.STABLE_CLAUDICATION)
    urgent = s.send(cast.pain)
    with role("engine"):
        relay()
    assert Alert.objects.get().referral == urgent


def test_empty_rungs_hand_over_in_the_same_act_until_somebody_is_reached(cast):
    lonely = make_office("spine", region="Cook", on_call=False, capabilities=[])
    lonely.practice.contact_points.filter(practitioner__isnull=True).update(is_active=False)
    referral = s.send(cast.pain, receiver=lonely.practice)
    relay_all()
    owed = s.owed(referral, "acknowledge", "spine")
    # Nobody is on call and there is no desk: the whole group is written to at once.
    assert set(owed.deliveries.values_list("rung", flat=True)) == {3}
    assert s.kinds(referral)["obligation.rung_empty"] == 3


def test_when_no_practice_can_take_it_the_coordinators_are_told_at_once(cast):
    for office in (cast.spine, cast.other_spine):
        office.clinician.shifts.all().delete()
    referral = s.send(cast.pain)
    relay_all()
    assert s.told(referral)[cast.network.practice.pk]
    owed = s.owed(referral, "acknowledge", "spine")
    assert owed.practice is None
    assert s.again(referral).owner_side == "coordinator"


def test_when_nobody_at_all_can_be_reached_the_ladder_still_rings_again(cast):
    for office in (cast.network, cast.pain):
        office.practice.contact_points.update(is_active=False)
    for office in (cast.spine, cast.other_spine):
        office.clinician.shifts.all().delete()
    referral = s.send(cast.pain)
    relay_all()
    owed = s.owed(referral, "acknowledge", "spine")
    assert owed.state == "running"
    assert owed.next_due_at
    assert not owed.deliveries.exists()


def test_a_ladder_that_cannot_be_read_stops_neither_the_others_nor_itself(cast):
    broken, whole = s.send(cast.pain), s.send(cast.pain)
    relay_all()
    owed = s.owed(broken, "acknowledge", "spine")
    Obligation.objects.filter(pk=owed.pk).update(ladder={"steps": "torn"})
    Obligation.objects.update(next_due_at="2020-01-01T00:00Z")
    with role("engine"):
        while services.climb():
            pass
    owed.refresh_from_db()
    assert clock.now() < owed.next_due_at
    assert owed.state == "running"
    assert s.owed(whole, "acknowledge", "spine").rung == 2
    assert s.owed(broken, "acknowledge", "pain").rung == 2


def test_an_alternate_is_asked_given_sight_and_rung_when_the_first_stays_silent(cast):
    referral = s.send(cast.pain)
    relay_all()
    for _ in range(4):
        s.fire_next_rung(referral, "acknowledge", "spine")
    assert set(referral.asks.values_list("practice", flat=True)) == {
        cast.spine.practice.pk, cast.other_spine.practice.pk, cast.network.practice.pk,
    }  # fmt: skip
    assert cast.other_spine.practice.pk in s.told(referral)


def test_nobody_else_is_asked_for_a_case_that_was_taken(cast):
    referral = s.send(cast.pain, findings=make.FOOT_DROP_TODAY)
    relay_all()
    s.act("accept", referral, cast.spine)
    s.add_findings(referral, cast.pain, make.CAUDA_EQUINA)
    relay_all()
    for _ in range(6):
        s.fire_next_rung(referral, "acknowledge", "spine")
    assert cast.other_spine.practice.pk not in s.told(referral)


def test_the_ladder_repeats_its_last_rung_for_ever(cast):
    referral = s.send(cast.pain)
    relay_all()
    for _ in range(12):
        assert s.fire_next_rung(referral, "acknowledge", "spine") == 1
    owed = s.owed(referral, "acknowledge", "spine")
    assert (owed.rung, owed.round) == (5, 9)
    assert s.kinds(referral)["referral.nobody_available"] == 1


def test_the_times_of_an_obligation_are_compressed_together(cast, settings):
    settings.LADDER_COMPRESSION = 60
    referral = s.send(cast.pain)
    relay_all()
    owed = s.owed(referral, "acknowledge", "spine")
    assert (owed.due_at - owed.opened_at).total_seconds() == 15
    assert (owed.next_due_at - owed.opened_at).total_seconds() == 2
    assert Alert.objects.get().policy_snapshot["compression"] == 60


def look():
    with role("engine"):
        return engine._look(ALL)


def test_the_look_before_a_turn_sees_the_work_of_each_step_and_no_other(cast, run_engine):
    referral = s.send(cast.pain)
    assert look() == (False, True, False, False, False)
    relay_all()
    assert look() == (True, False, False, True, False)
    turn_of_the_engine()
    assert look() == (False, False, False, True, False)
    run_engine()
    assert look() == (False, False, False, False, False)
    s.let_pass(s.owed(referral, "acknowledge", "spine"), days=2)
    assert look() == (False, False, True, False, False)


def test_where_nothing_is_new_the_books_cost_two_questions_and_no_transaction(cast, run_engine):
    s.send(cast.pain)
    run_engine()
    with role("engine"), CaptureQueriesContext(connection) as asked:
        engine._books.keep()
    assert [query["sql"].split()[0] for query in asked.captured_queries] == ["SELECT"] * 2


def turn_of_the_engine():
    with role("engine"):
        return engine.turn(hurry=True)


def sent_first():
    """How many of the first messages were sent, and how many of the others."""
    sent = Delivery.objects.exclude(sent_at=None)
    return sent.filter(priority=0).count(), sent.exclude(priority=0).count()


def test_a_new_case_is_told_on_both_sides_before_an_older_one_goes_on(cast, sandbox):
    s.send(cast.pain)
    relay_all()
    s.send(cast.pain)
    for told in ((2, 0), (2, 0), (4, 0)):
        turn_of_the_engine()
        assert sent_first() == told
    turn_of_the_engine()
    assert sent_first()[1] > 0


def test_older_cases_go_on_however_much_is_new(cast, sandbox, monkeypatch):
    s.send(cast.pain)
    relay_all()
    turns = iter(range(engine.PATIENCE))

    def something_new(duty):
        if next(turns, None) is None:
            raise KeyboardInterrupt
        return 1

    monkeypatch.setattr(engine, "NEW", (something_new, lambda duty: 0))
    monkeypatch.setattr(engine, "_look", lambda duty: (True, True, True, True, True))
    with role("engine"), pytest.raises(KeyboardInterrupt):
        engine.work_until_idle()
    assert sum(sent_first()) > 0


def test_an_emergency_asks_the_database_few_questions(cast, sandbox):
    s.send(cast.pain)
    with role("engine"), CaptureQueriesContext(connection) as asked:
        relay()
    relayed = [query["sql"] for query in asked.captured_queries]
    with role("engine"), CaptureQueriesContext(connection) as asked:
        services.tell_first()
    told = [query["sql"] for query in asked.captured_queries]
    assert len(relayed) <= 40, "\n".join(sql[:120] for sql in relayed)
    assert len(told) <= 11, "\n".join(sql[:120] for sql in told)
