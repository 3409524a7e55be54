"""Every act happens as a whole or not at all: in one commit, whatever fails on the way."""

import re
from contextlib import contextmanager
from itertools import count

import pytest
from django.apps import apps
from django.db import connection, connections

from referrals.models import Referral
from referrals.workflow import TRANSITIONS
from tests import factories as make
from tests.cast import make_cast
from tests.coordination import stories as s
from tests.flows.walking import WAYS, Story
from tests.walls import routes

FROM, TO = "sender", "receiver"
TAKEN = (("receiver", "acceptance"),)
SAME_DAY = {"tier": "SAME_DAY", "within": "now", "reason_code": "CANNOT_WAIT"}
# Of an elective referral: the status it is in, who acts, at which address, and what is special.
ELECTIVE = {
    "acknowledge": ("sent", TO, "acknowledgement", {}),
    "accept": ("received", TO, "acceptance", {}),
    "decline": ("scheduled", TO, "decline", {}),
    "request_information": ("scheduled", TO, "information-request", {}),
    "answer_information": ("awaiting_information", FROM, "information", {}),
    "schedule": ("scheduled", TO, "appointment", {}),
    "record_no_show": ("scheduled", TO, "no-show", {}),
    "cancel_visit": ("scheduled", TO, "visit-cancellation", {}),
    "record_visit": ("accepted", TO, "visit", {}),
    "report": ("scheduled", TO, "report", {}),
    "close": ("declined", FROM, "closure", {}),
    "request_cancellation": ("scheduled", FROM, "cancellation", {}),
    "confirm_cancellation": ("cancel_requested", TO, "cancellation-confirmation", {}),
    "withdraw_cancellation": ("cancel_requested", FROM, "cancellation-withdrawal", {}),
    "redirect": ("scheduled", TO, "forward", {}),
    "reopen": ("declined", FROM, "reopening", {}),
    "record_failure": ("scheduled", TO, "failure", {}),
    "enter_in_error": ("scheduled", FROM, "entered-in-error", {}),
    "add_findings": ("scheduled", FROM, "findings", {}),
    "raise_urgency": ("scheduled", FROM, "urgency", SAME_DAY),
}
# Of an emergency whose people have been told: what happened before, who acts, at which address.
URGENT = {
    "pass": (TAKEN, TO, "pass"),
    "record_plan": (TAKEN, TO, "plan"),
    "hand_over_to_ed": (TAKEN, FROM, "ed-handover"),
    "record_call": ((), TO, "calls/<uuid:delivery>/outcome"),
    "record_patient_contact": ((), FROM, "patient-contact"),
    "record_arrival": ((), FROM, "arrival"),
    "propose_lowering": ((), FROM, "urgency"),
    "confirm_lowering": (((FROM, "urgency"),), TO, "urgency/confirmation"),
    "withdraw_lowering": (((FROM, "urgency"),), TO, "urgency/withdrawal"),
}
ACTS = [*ELECTIVE, *URGENT, "amend"]
WRITES = re.compile(r"\s*(INSERT|UPDATE|DELETE|WITH)\b|.*\btandem_forwarded\b")


class PowerFailed(Exception):
    """Something that no line of the product expects."""


def ready(cast, run_engine, action):
    """Bring a referral to where the act is open; return the act."""
    if action in URGENT:
        return urgent(cast, run_engine, *URGENT[action])
    status, side, address, more = ELECTIVE.get(action, ("scheduled", FROM, "", {}))
    story = Story(cast, cast.pain, cast.spine).walk(status)
    version = story.card()["version"]
    if action == "amend":
        body = routes.AMENDED | {"by": str(cast.pain.clinician.uuid)}
        headers = {"If_Match": f'"v{version}"'}
        return lambda: story.clients[FROM].amend(story.here, body, **headers)
    return lambda: story.act(side, address, version, **more)


def urgent(cast, run_engine, before, side, address):
    make.make_answering_service(cast.spine.practice)
    story = Story(cast, cast.pain, cast.spine, findings=make.CAUDA_EQUINA)
    run_engine()
    referral = Referral.objects.get(uuid=story.sent.json()["id"])
    if "calls" in address:
        s.fire_next_rung(referral, "acknowledge", "spine")
        run_engine()
    for who, earlier in before:
        assert story.act(who, earlier).status_code == 200
    pattern = f"{routes.HERE}/{address}"
    body = routes.valid_body(pattern, cast, story.offices[side])
    path = routes.all_routes()[pattern].path(referral)
    headers = {"If_Match": f'"v{story.card()["version"]}"'}
    return lambda: story.clients[side].send(path, body, **headers)


@contextmanager
def failing_before(step):
    """Let the power fail before so many changes are made; yields those that were made."""
    made = []

    def watch(execute, sql, params, many, context):
        if WRITES.match(sql):
            if len(made) == step:
                raise PowerFailed
            made.append(sql)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(watch):
        yield made


def everything():
    """What stands in every table of ours, in short."""
    tables = [
        model._meta.db_table
        for model in apps.get_models()
        if model._meta.app_label in ("referrals", "coordination")
    ]
    told = " UNION ALL ".join(
        f"SELECT '{table}', count(*), md5(string_agg(t::text, '|' ORDER BY t::text)) FROM {table} t"
        for table in tables
    )
    with connection.cursor() as cursor:
        cursor.execute(told)
        return cursor.fetchall()


@contextmanager
def counting_commits(monkeypatch):
    """Yield a list to which every commit is added, of a transaction or of a lone statement."""
    commits, real = [], connections["default"]
    commit = real.commit

    def counted():
        commits.append("a transaction")
        commit()

    def watch(execute, sql, params, many, context):
        if not real.in_atomic_block and WRITES.match(sql):
            commits.append(sql)
        return execute(sql, params, many, context)

    with monkeypatch.context() as patch, real.execute_wrapper(watch):
        patch.setattr(real, "commit", counted)
        yield commits


def test_every_act_of_the_law_is_tried():
    assert sorted(ACTS) == sorted({row.action for row in TRANSITIONS})
    assert {status for status, *_ in ELECTIVE.values()} <= set(WAYS)


@pytest.mark.parametrize("action", ACTS)
def test_what_fails_between_two_steps_of_an_act_leaves_nothing_half_done(cast, run_engine, action):
    act = ready(cast, run_engine, action)
    before = everything()
    for step in count():
        with failing_before(step) as made:
            answer = act()
        if answer.status_code == 200:
            break
        assert answer.status_code == 500, answer.content
        assert len(made) == step
        assert everything() == before, made
    # Its key, the referral, its event, its answer and the access log at the least.
    assert step >= 5
    assert everything() != before


def test_every_act_is_one_commit(transactional_db, run_engine, monkeypatch):
    cast = make_cast()
    for action in ACTS:
        act = ready(cast, run_engine, action)
        with counting_commits(monkeypatch) as commits:
            answer = act()
        assert answer.status_code == 200, (action, answer.content)
        assert len(commits) == 1, (action, commits)
