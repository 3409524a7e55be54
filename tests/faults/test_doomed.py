"""Workers killed or frozen at the worst line: nothing is lost, and each fault costs one copy.

``TIMES`` says how often each is done; `make faults` does it a hundred times.
"""

from collections import Counter
from collections.abc import Iterator

import pytest

from coordination import engine
from coordination.duties import DUTIES
from coordination.models import Alert, Delivery
from referrals.models import Event, Referral
from tests.cast import role
from tests.coordination import stories as s
from tests.faults.doomed import Doomed
from tests.faults.options import TIMES
from tests.faults.worker import LOST_ITS_LEASE


@pytest.fixture
def doomed(town, sandbox) -> Iterator[Doomed]:
    with Doomed(sandbox) as source:
        yield source


def send_many(town, least):
    """Submit emergencies until so many messages wait, and return how many do."""
    while (waiting := Delivery.objects.open().count()) < least:
        s.send(town.pain)
        with role("engine"):
            while engine.relay():
                pass
    return waiting


def leases_run_out():
    Delivery.objects.filter(state="leased").update(due_at="2020-01-01T00:00Z")


def work(duty=DUTIES["dispatch"]):
    with role("engine"):
        engine.work_until_idle(duty)


def copies(sandbox):
    return Counter((m.channel, m.to, m.body) for m in sandbox.messages())


def test_killed_between_the_send_and_its_record_each_message_is_sent_once_more_with_its_key(
    town, sandbox, doomed
):
    waiting = send_many(town, TIMES)
    for _ in range(TIMES):
        doomed.die("before the record")
    leases_run_out()
    work()
    assert set(Delivery.objects.values_list("state", flat=True)) == {"sent"}
    assert Counter(copies(sandbox).values()) == Counter({1: waiting - TIMES, 2: TIMES})
    ids = Counter(
        m.details["headers"]["Message-ID"] for m in sandbox.messages() if m.channel == "email"
    )
    assert set(ids) == {f"<{pk}@tandem>" for pk in keys("email")}


def keys(channel):
    return Delivery.objects.filter(channel=channel).values_list("pk", flat=True)


def test_killed_before_the_send_no_message_is_lost_and_none_is_sent_twice(town, sandbox, doomed):
    waiting = send_many(town, TIMES)
    for _ in range(TIMES):
        doomed.die("before the send")
    assert sandbox.messages() == []
    leases_run_out()
    work()
    assert set(Delivery.objects.values_list("state", flat=True)) == {"sent"}
    assert Counter(copies(sandbox).values()) == Counter({1: waiting})


def test_killed_between_the_commit_and_the_bell_every_referral_is_found_by_the_next_look(
    town, sandbox, doomed
):
    for _ in range(TIMES):
        doomed.die("at the bell", town.pain.practice.pk)
    assert Referral.objects.count() == TIMES
    assert sandbox.messages() == []
    work()
    assert Alert.objects.count() == TIMES
    assert set(Delivery.objects.values_list("state", flat=True)) == {"sent"}


def test_killed_within_a_reaction_nothing_of_it_stands_and_another_does_it_whole(
    town, sandbox, doomed
):
    referral = s.send(town.pain)
    for _ in range(TIMES):
        doomed.die("within a reaction")
    assert Event.objects.get(referral=referral, kind="referral.submitted").relayed_at is None
    assert not Alert.objects.exists()
    work()
    assert s.kinds(referral)["alert.opened"] == 1
    assert s.states(referral)[("acknowledge", "spine")] == "running"


def test_a_worker_that_wakes_after_its_lease_changes_nothing(town, sandbox, doomed):
    send_many(town, 1)
    first = doomed.freeze("before the record")
    leases_run_out()
    second = doomed.freeze("before the record")
    [message] = Delivery.objects.filter(attempts=2)
    before = Delivery.objects.filter(pk=message.pk).values().get()
    events = Event.objects.count()
    assert doomed.thaw(first) == LOST_ITS_LEASE
    assert Delivery.objects.filter(pk=message.pk).values().get() == before
    assert Event.objects.count() == events
    assert doomed.thaw(second) == 0
    work()
    assert set(Delivery.objects.values_list("state", flat=True)) == {"sent"}
    assert Counter(copies(sandbox).values())[2] == 1
