"""Valkey frozen, emptied and full; PostgreSQL stopped at once; a rolling restart: none is lost."""

import signal

import pytest
import redis

from tests.faults.house import Sender, Stream, seconds_until_told, settle
from tests.faults.options import TIMES
from tests.faults.reference_run import frozen
from tests.live import LiveHouse

# Each takes seconds: a few by default, ten by `make faults`.
ROUNDS = max(2, TIMES // 10)
BETWEEN = 2
OURS = ("web", "worker-urgent", "worker-default", "beat", "dispatch")
pytestmark = pytest.mark.timeout(60 + 20 * ROUNDS)


def broker(house: LiveHouse) -> redis.Redis:
    return redis.Redis(unix_socket_path=str(house.places.valkey_socket), socket_timeout=5)


def test_a_frozen_broker_holds_up_no_submission_and_no_message(live_house, sender):
    with frozen(live_house, "valkey"):
        measured = [seconds_until_told(live_house, sender) for _ in range(2 * ROUNDS)]
    print("broker frozen: POST, told after:", measured)
    assert max(post for post, _ in measured) <= 2
    assert max(told for _, told in measured) <= 15


def test_a_broker_emptied_in_the_middle_of_a_burst_loses_nothing(live_house, sender):
    senders = (sender, Sender(live_house, sender.key))
    with broker(live_house) as emptied, Stream(*senders) as stream:
        for _ in range(10):
            stream.wait_for(1)
            emptied.flushall()
    settle(live_house).assert_nothing_lost(stream.references, kills=0)


def test_a_broker_without_memory_refuses_bells_and_loses_nothing(live_house, sender):
    with broker(live_house) as full, Stream(sender) as stream:
        full.config_set("maxmemory", 1)
        stream.wait_for(2 * ROUNDS)
        with pytest.raises(redis.OutOfMemoryError):
            full.set("a bell", "")
        full.config_set("maxmemory", "128mb")
        stream.wait_for(1)
    settle(live_house).assert_nothing_lost(stream.references, kills=0)


def test_postgresql_stopped_at_once_forgets_no_201_and_makes_no_referral_twice(live_house, sender):
    senders = (sender, Sender(live_house, sender.key))
    with Stream(*senders) as stream:
        for _ in range(ROUNDS):
            stream.wait_for(BETWEEN)
            # What `pg_ctl stop -m immediate` sends: no goodbye, and recovery at the next start.
            live_house.wait_restarted("postgres", live_house.kill("postgres", signal.SIGQUIT))
        stream.wait_for(BETWEEN)
    settle(live_house).assert_nothing_lost(stream.references, kills=ROUNDS)


def test_a_rolling_restart_under_load_loses_nothing(live_house, sender):
    senders = (sender, Sender(live_house, sender.key))
    with Stream(*senders) as stream:
        for name in OURS:
            stream.wait_for(BETWEEN)
            live_house.wait_restarted(name, live_house.kill(name, signal.SIGTERM))
        stream.wait_for(BETWEEN)
    # The house is that of the tests before, and remembers what they did to it.
    settle(live_house).assert_nothing_lost(stream.references, kills=ROUNDS)
