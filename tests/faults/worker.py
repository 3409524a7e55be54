"""A process that forks workers which fail where they are told to; see :mod:`tests.faults.doomed`.

It loads everything and touches no server. For each line that it reads it forks a worker, waits
until that has died or is frozen, and prints how.
"""

import json
import os
import signal
import sys
import traceback
from collections.abc import Callable
from typing import Any, NoReturn

import django
from django.db import connection

from config.servers import lifeline

# It is run as a process of its own, whose settings are those of a test.
django.setup()

from coordination import relay, services  # noqa: E402
from coordination.services import deliver  # noqa: E402
from referrals import outbox  # noqa: E402
from referrals import services as referrals  # noqa: E402
from referrals.models import Practice  # noqa: E402
from tests import factories as make  # noqa: E402
from tests.cast import behind_the_wall, role  # noqa: E402

LOST_ITS_LEASE = 7
# It sends the signal. Whoever was only frozen goes on after it.
Fail = Callable[[], None]


def main() -> None:
    """Fork a worker for each line, such as ``["before the send", 9]``."""
    connection.settings_dict["NAME"] = sys.argv[1]
    for line in sys.stdin:
        point, number, *given = json.loads(line)
        print(_thaw(number) if point == "thaw" else _fork(point, number, given), flush=True)


def _fork(point: str, number: int, given: list[Any]) -> int:
    source, worker = os.getpid(), os.fork()
    if not worker:
        # One that is frozen must not outlive a test that failed.
        lifeline.die_with_parent(source, signal.SIGKILL)
        _work(point, number, given)
    _, status = os.waitpid(worker, os.WUNTRACED)
    return worker if os.WIFSTOPPED(status) else os.waitstatus_to_exitcode(status)


def _work(point: str, number: int, given: list[Any]) -> NoReturn:
    # Whatever happens: a worker must not read the lines that are meant for its source.
    try:
        os._exit(POINTS[point](lambda: os.kill(os.getpid(), number), *given) or 0)
    finally:
        traceback.print_exc()
        os._exit(1)


def _thaw(worker: int) -> int:
    os.kill(worker, signal.SIGCONT)
    return os.waitstatus_to_exitcode(os.waitpid(worker, 0)[1])


def _before_the_send(fail: Fail) -> None:
    deliver.AT_ONCE = 1
    deliver.send = lambda parcel: fail()
    with role("engine"):
        services.drain()


def _before_the_record(fail: Fail) -> int:
    record, recorded = deliver.record, []

    def late(parcel: Any, receipt: Any) -> None:
        fail()
        recorded.append(record(parcel, receipt))

    deliver.AT_ONCE, deliver.record = 1, late
    with role("engine"):
        services.drain()
    return 0 if all(recorded) else LOST_ITS_LEASE


def _within_a_reaction(fail: Fail) -> None:
    def act(event: Any) -> None:
        services.open_obligations(event)
        fail()

    relay.REACTIONS = {"referral.submitted": (services.route, act)}
    with role("engine"):
        relay.relay()


def _at_the_bell(fail: Fail, practice_id: int) -> None:
    outbox.set_ringer(lambda urgent: fail())
    by = make.make_actor(Practice.objects.get(pk=practice_id))
    with behind_the_wall(by):
        referrals.submit(make.make_intake(), by=by)


POINTS: dict[str, Callable[..., int | None]] = {
    "before the send": _before_the_send,
    "before the record": _before_the_record,
    "within a reaction": _within_a_reaction,
    "at the bell": _at_the_bell,
}


if __name__ == "__main__":
    main()
