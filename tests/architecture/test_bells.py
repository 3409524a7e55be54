"""Celery is a doorbell: no timers, no retries, no payload, and one place that rings."""

import ast
from collections.abc import Iterator

from tests.architecture import sources

TIMERS = {"eta", "countdown"}
SENDERS = {"apply_async", "delay", "send_task"}


def offences(source: sources.Source) -> Iterator[str]:
    ringing = {
        id(node)
        for function in source.functions()
        if function.name == "ring" and source.path == "config/celery.py"
        for node in ast.walk(function)
    }
    for name, call in source.calls():
        where = f"{source.path}:{call.lineno}"
        if TIMERS & {keyword.arg for keyword in call.keywords}:
            yield f"{where} a timer in the broker"
        if name == "retry":
            yield f"{where} a retry in the broker"
        if name in SENDERS and id(call) not in ringing:
            yield f"{where} {name} outside ring()"


def payloads(source: sources.Source) -> Iterator[str]:
    for function in source.functions():
        names = {
            part.attr if isinstance(part, ast.Attribute) else getattr(part, "id", "")
            for decorator in function.decorator_list
            for part in ast.walk(decorator)
        }
        arguments = function.args
        if names & {"task", "shared_task"} and (
            arguments.args or arguments.kwonlyargs or arguments.vararg or arguments.kwarg
        ):
            yield f"{source.path}:{function.lineno} {function.name} takes arguments"


def test_nothing_but_ring_sends_and_nothing_waits_in_the_broker() -> None:
    assert [line for source in sources.of_project() for line in offences(source)] == []


def test_no_task_takes_an_argument() -> None:
    assert [line for source in sources.of_project() for line in payloads(source)] == []


def test_the_offences_are_found() -> None:
    text = (
        "@shared_task\n"
        "def drain(referral): pass\n"
        "drain.apply_async(countdown=5)\n"
        "drain.delay()\n"
        "self.retry()\n"
    )
    source = sources.Source("coordination/tasks.py", text, ast.parse(text))
    assert len(list(offences(source))) == 4
    assert len(list(payloads(source))) == 1
