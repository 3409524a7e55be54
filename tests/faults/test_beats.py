"""As many bells as no beat, one or five would ring: the messages are the same."""

from collections import Counter
from functools import partial
from threading import Event

import pytest

from coordination import engine, tasks
from coordination.duties import DUTIES
from coordination.models import Delivery
from tests.coordination import stories as s
from tests.coordination.threads import at_once

CASES = 3
# What one emergency sends at first: to the surgeon and the office, to the physician and the
# coordinator.
MESSAGES = Counter(
    {
        ("emergency_surgeon", "sms"): 1, ("emergency_surgeon", "email"): 2,
        ("emergency_pain", "sms"): 1, ("emergency_pain", "email"): 2,
    }
)  # fmt: skip


def dispatch(over):
    while not over.wait(0.02):
        engine.work_until_idle(DUTIES["dispatch"])


def beat(over):
    # A beat rings both queues; a worker does what the bell asks for.
    while not over.wait(0.02):
        for queue in ("urgent", "default"):
            tasks.drain.apply(routing_key=queue, throw=True)


def submit(town, over):
    cases = [s.send(town.pain) for _ in range(CASES)]
    while Delivery.objects.open().exists() or not all(s.told(case) for case in cases):
        over.wait(0.02)
    over.set()
    return cases


def messages(case):
    told = Delivery.objects.filter(obligation__referral=case, state="sent")
    return Counter(told.values_list("message", "channel"))


@pytest.mark.parametrize("beats", [0, 1, 5])
def test_however_many_beats_ring_the_messages_are_the_same(town, sandbox, beats):
    over = Event()
    cases, *others = at_once(
        partial(submit, town, over),
        partial(dispatch, over),
        *[partial(beat, over)] * beats,
    )
    assert [one for one in others if one is not None] == []
    assert [messages(case) for case in cases] == [MESSAGES] * CASES
    copies = Counter((m.channel, m.to, m.body) for m in sandbox.messages())
    assert set(copies.values()) == {1}
    assert copies.total() == CASES * MESSAGES.total()
