"""Whatever all of them do, in whatever order: what must always hold of every referral, holds.

Both practices, a second spine office, the network and an outsider act at random on referrals in
both directions, while the engine runs, workers die and come back late, and time goes by.
`--hypothesis-profile=long` tries more.
"""

from collections import defaultdict
from contextlib import suppress
from datetime import timedelta
from itertools import product
from random import Random

import pytest
from django.db import transaction
from django.db.models import F
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from coordination.channels.base import Receipt, Result
from coordination.models import Delivery, Obligation
from coordination.reminders import REMINDERS
from coordination.services import deliver
from referrals import clock, services, workflow
from referrals.models import Ask, Event, RedFlag, Referral
from referrals.models.practice import Specialty
from referrals.models.referral import OwnerSide
from referrals.services.moves import StaleVersion
from referrals.steps import act_for
from referrals.walls import ENGINE
from referrals.workflow import LIVE, STATUS_CHANGES, STOPPED, Side, Status, TransitionRefused
from tests import factories as make
from tests.cast import behind_the_wall, role
from tests.flows.anything import ACTS, OTHER_REFUSALS
from tests.flows.kept import (
    Kept,
    every_chain_is_whole,
    everybody_told_hears_of_the_end,
    what_was_seen_and_led_to_nothing_lapses,
    whoever_was_sent_is_asked_after,
)
from tests.referrals.services import by_hand, life

WHO = ("pain", "spine", "other_spine", "network", "outsider")
CASES = {"elective": {}, "urgent": make.CAUDA_EQUINA}
MOST_REFERRALS = 4
FEW = 30
# What takes two: who asks, and what the other may answer.
HANDSHAKES = (
    ("propose_lowering", ("confirm_lowering", "confirm_lowering", "withdraw_lowering")),
    ("request_cancellation", ("confirm_cancellation", "withdraw_cancellation")),
    ("request_information", ("answer_information",)),
)


def again(pk):
    return Referral.objects.get(pk=pk)


def leads_on(action, standing, side):
    row = workflow.check(action, standing, side)
    return row.resumes or row.target not in (None, standing.status)


def history(pk):
    events = Event.objects.filter(referral=pk).order_by("id")
    return list(events.values_list("pk", "at", "kind", "actor_name", "actor_practice", "data"))


class AnyOrder(RuleBasedStateMachine):
    """Everybody acts on a few referrals; all of it is undone at the end."""

    def __init__(self, cast, run_engine):
        super().__init__()
        self.cast, self.run_engine = cast, run_engine
        self.known, self.kept = {}, Kept()
        self.has_run = self.has_sealed = False
        self.in_hand = []
        self.undone = transaction.atomic()
        self.undone.__enter__()

    def teardown(self):
        if self.has_sealed:
            every_chain_is_whole()
        transaction.set_rollback(True)
        self.undone.__exit__(None, None, None)

    @initialize(case=st.sampled_from(sorted(CASES)), seed=st.integers(2**32, 2**64))
    def begin(self, case, seed):
        # Evenly thrown: Hypothesis' own choices prefer the first of every list.
        self.dice = Random(seed)
        self.send(case, back=False)
        self.meet_one_under_way()

    @precondition(lambda self: len(self.live()) < MOST_REFERRALS)
    @rule(case=st.sampled_from(sorted(CASES)), back=st.booleans())
    def send(self, case, back):
        ends = (self.cast.spine, self.cast.pain) if back else (self.cast.pain, self.cast.spine)
        by = by_hand.person(ends[0])
        intake = make.make_intake(
            CASES[case], ends[1].practice.specialty, receiver=ends[1].practice
        )
        with behind_the_wall(by):
            sent = services.submit(intake, by=by)
        self.meet(sent.pk)

    @precondition(lambda self: len(self.live()) < MOST_REFERRALS)
    @rule()
    def meet_one_under_way(self):
        status = self.dice.choice(sorted(LIVE | STOPPED))
        self.meet(life.brought_to(status, self.cast).pk)

    def meet(self, pk):
        # The network is asked as when nobody can be found; another office as when one is slow.
        case = again(pk)
        others = [self.cast.network]
        if case.sought_specialty == "spine":
            others.append(self.cast.other_spine)
        for office in others:
            services.ask(case, office.practice.pk, reason="x", by=ENGINE, at=clock.now())
        self.known[pk] = (again(pk), history(pk))
        self.has_run = False

    @rule()
    def try_anything(self):
        action, who = self.dice.choice(sorted(ACTS)), self.dice.choice(WHO)
        self.act(self.one_of_them(), action, who, back=0)

    # Several at a time: only so do they come far. The act first, so that the rare ones are done.
    @rule()
    def do_what_is_open(self):
        for _ in range(20):
            if not self.live():
                self.meet_one_under_way()
            is_open = self.all_that_is_open(onward=self.dice.choice((True, True, False)))
            if not is_open:
                continue
            action = self.dice.choice(sorted(is_open))
            pk, who = self.dice.choice(is_open[action])
            self.act(again(pk), action, who, back=self.dice.choice((0, 0, 0, 1)))

    # What takes two seldom comes to its end if others may act between them.
    @rule()
    def ask_and_answer(self):
        action, answers = self.dice.choice(HANDSHAKES)
        if not (found := self.all_that_is_open().get(action)):
            return
        pk, who = self.dice.choice(found)
        self.resolve(again(pk).patient_id, who)
        self.act(again(pk), action, who, back=0)
        answer = self.dice.choice(answers)
        able = [office for of, office in self.all_that_is_open().get(answer, ()) if of == pk]
        if able:
            # Somebody else than who asked, if there is one.
            self.act(again(pk), answer, max(able, key=lambda office: office != who), back=0)

    @rule(who=st.sampled_from(("pain", "spine")))
    def resolve_the_red_flags(self, who):
        self.resolve(self.one_of_them().patient_id, who)

    def resolve(self, patient_id, who):
        by = by_hand.person(getattr(self.cast, who))
        mine = Referral.objects.visible_to(by)
        for flag in RedFlag.objects.unresolved(patient_id).filter(referral__in=mine):
            # Whoever passed still sees it, and does not have the patient.
            with suppress(TransitionRefused), behind_the_wall(by):
                services.resolve(flag.pk, by_hand.IMAGING, by=by)
            self.look_anew(flag.referral_id)

    def one_of_them(self):
        return again(self.dice.choice(self.live() or list(self.known)))

    def live(self):
        return [pk for pk, (case, _) in self.known.items() if case.status in LIVE]

    def all_that_is_open(self, *, onward=False):
        """By act: on which referrals, and to whom; or of these what leads on alone."""
        is_open = defaultdict(list)
        known = Referral.objects.filter(pk__in=self.known).prefetch_related("asks__practice")
        for case, who in product(known.order_by("pk"), WHO[:4]):
            side = case.side_of(getattr(self.cast, who).actor)
            for action in workflow.actions(case.standing, side):
                if leads_on(action, case.standing, side) or not onward:
                    is_open[action].append((case.pk, who))
        return is_open

    @rule(days=st.sampled_from((0, 0, 1)))
    def the_engine_runs(self, days):
        wait = timedelta(days=days)
        Obligation.objects.update(next_due_at=F("next_due_at") - wait)
        self.run_engine()
        for pk, (before, _) in self.known.items():
            now = again(pk)
            assert (now.status, now.version) == (before.status, before.version)
            self.look_anew(pk)
        self.has_run = self.has_sealed = True

    @rule()
    def a_worker_dies_with_what_it_claimed(self):
        with role("engine"):
            self.in_hand += deliver.claim()
        Delivery.objects.filter(state="leased").update(due_at=clock.now())

    @precondition(lambda self: self.in_hand)
    @rule(result=st.sampled_from(Result))
    def a_worker_comes_back_late(self, result):
        parcel = self.in_hand.pop(self.dice.randrange(len(self.in_hand)))
        before = Delivery.objects.filter(pk=parcel.delivery).values().get()
        with role("engine"):
            is_recorded = deliver.record(parcel, Receipt(result))
        assert is_recorded == (before["lease_token"] == parcel.token)
        if not is_recorded:
            assert Delivery.objects.filter(pk=parcel.delivery).values().get() == before
        for pk in self.known:
            self.look_anew(pk)

    def act(self, before, action, who, back):
        pk, by = before.pk, by_hand.person(getattr(self.cast, who))
        side = before.side_of(by)
        is_open = action in workflow.actions(before.standing, side)
        refusal, done = None, None
        try:
            with behind_the_wall(by):
                done = ACTS[action](before, by, before.version - back)
        except (Referral.DoesNotExist, TransitionRefused, StaleVersion, *OTHER_REFUSALS) as error:
            refusal = error
        if not Referral.objects.visible_to(by).filter(pk=pk).exists():
            assert isinstance(refusal, Referral.DoesNotExist)
        else:
            assert who != "outsider"
            assert isinstance(refusal, TransitionRefused) == (not is_open), refusal
        if refusal:
            assert history(pk) == self.known[pk][1]
            assert again(pk).version == before.version
            return
        self.check_the_step(before, action, by)
        self.look_anew(pk)
        if action == "redirect":
            self.meet(done.pk)

    def check_the_step(self, before, action, by):
        now, new = again(before.pk), history(before.pk)[len(self.known[before.pk][1]) :]
        theirs = [kind for _, _, kind, _, practice, _ in new if practice == by.practice_id]
        # Whoever does the last thing that is owed makes the case safe by it.
        acts = [kind for kind in theirs if kind != "alert.closed"]
        assert now.version == before.version + len(acts)
        assert len(acts) == 1 or (action == "acknowledge" and not acts), theirs
        if not self.was_called_off_at_once(before, now):
            assert before.status == now.status or (before.status, now.status) in STATUS_CHANGES
        if "referral.closed" in theirs:
            assert by.practice_id == before.sender_id

    def was_called_off_at_once(self, before, now):
        # With nobody left to confirm it, both steps of the law are one act.
        left = Ask.objects.filter(referral=before.pk, answer="")
        left = left.exclude(practice__specialty=Specialty.COORDINATION)
        asked = (Status(before.status), Status.CANCEL_REQUESTED) in STATUS_CHANGES
        alone = before.receiver_id is None and not left.exists()
        return now.status == Status.CANCELLED and asked and alone

    def look_anew(self, pk):
        earlier, now = self.known[pk][1], history(pk)
        assert now[: len(earlier)] == earlier, "history shrank or changed"
        self.known[pk] = (again(pk), now)
        self.has_run = False

    @invariant()
    def what_must_always_hold(self):
        self.kept.look()
        for case, events in self.known.values():
            self.has_one_owner_and_a_next_step(case)
            if case.next_action:
                self.gives_whose_move_it_is_an_act_for_it(case)
            closed = {who for _, _, kind, _, who, _ in events if kind == "referral.closed"}
            assert closed == ({case.sender_id} if case.status == "closed" else set())
            if self.has_run:
                what_was_seen_and_led_to_nothing_lapses()
                whoever_was_sent_is_asked_after()
                everybody_told_hears_of_the_end()
                self.has_an_alert_if_it_needs_one(again(case.pk))
                self.owes_the_next_step_and_nothing_else(again(case.pk))

    def has_one_owner_and_a_next_step(self, case):
        assert case.owner_side in OwnerSide
        assert bool(case.next_action) == (case.status in LIVE | STOPPED - {"cancelled"})
        if case.standing.is_taken:
            accepted = Ask.objects.filter(referral=case, answer="accepted")
            assert set(accepted.values_list("practice", flat=True)) <= {case.receiver_id}
            assert case.receiver_id not in (None, case.sender_id)

    def gives_whose_move_it_is_an_act_for_it(self, case):
        side = Side(case.owner_side)
        if side is Side.RECEIVER and case.receiver_id is None:
            side = Side.ASKED
        is_open = workflow.actions(case.standing, side)
        turn = (case.status, case.resumes_as, case.owner_side, case.next_action, is_open)
        assert act_for(case.next_action, is_open), turn
        # Nobody is asked for what is done.
        if case.next_action == "acknowledge":
            is_sought = case.owner_side == OwnerSide.RECEIVER
            specialty = case.sought_specialty if is_sought else case.sender.specialty
            assert case.acknowledged_at(specialty) is None
        if case.next_action == "record_plan":
            assert case.plan_recorded_at is None

    def has_an_alert_if_it_needs_one(self, case):
        is_open = case.status in LIVE and case.is_urgent and case.safe_at is None
        alerts = case.alerts.filter(closed_at__isnull=True).count()
        assert (case.alert_open, alerts) == (is_open, int(is_open))

    def owes_the_next_step_and_nothing_else(self, case):
        running = case.obligations.running().filter(alert=None)
        steps = [(one.kind, one.ladder["promise"]) for one in running]
        if case.is_pressing or not case.next_action:
            assert not steps
            return
        promise = {"step": case.next_action, "due": case.due_at.isoformat()}
        assert steps == [(REMINDERS[case.next_action].kind, promise)]
        assert not case.obligations.running().exclude(alert=None).exists()


def test_every_act_of_the_law_can_be_done():
    assert set(ACTS) == {row.action for row in workflow.TRANSITIONS}


@pytest.mark.timeout(0)
def test_what_must_always_hold_holds_whatever_they_do(cast, run_engine):
    make.make_answering_service(cast.spine.practice)
    is_long = settings.get_current_profile_name() == "long"
    run_state_machine_as_test(
        lambda: AnyOrder(cast, run_engine),
        settings=settings(
            max_examples=settings.default.max_examples if is_long else FEW,
            stateful_step_count=15,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            # To find a shorter way takes minutes, and the way found is short enough to read.
            phases=(Phase.reuse, Phase.generate),
        ),
    )
