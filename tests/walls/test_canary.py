"""No patient fact leaves the tables that may hold one: logs, messages, Valkey, events, problems."""

import json
import logging

import pytest
import redis
from django.apps import apps
from django.conf import settings

from config.logs import AllowedFields
from coordination.models import ContactPoint, Delivery
from tests import factories as make
from tests.coordination.calling_back import report, text
from tests.referrals.api.problems import problem_of
from tests.walls import routes

CANARIES = (
    "Canaryfamily", "Canarygiven", "CANARY-MRN-77", "+15557654321", "canarynote", "canaryquestion",
    "Canarypayer", "1961-07-13", "canarylocation", "canarybasis",
)  # fmt: skip
BODY = {
    "to": {"specialty": "spine"},
    "patient": {
        "family_name": "Canaryfamily", "given_name": "Canarygiven", "birth_date": "1961-07-13",
        "mrn": "CANARY-MRN-77", "phone": "+15557654321", "payer": "Canarypayer",
    },
    "clinical_question": "canaryquestion",
    "notes": ["canarynote"],
    "findings": make.CAUDA_EQUINA | {"current_location": "canarylocation"},
}  # fmt: skip


def hits(text):
    return [canary for canary in CANARIES if canary.lower() in text.lower()]


class Lines(logging.Handler):
    """Keeps what the service's own formatter makes of every record, whatever its level."""

    def __init__(self):
        super().__init__(logging.DEBUG)
        self.setFormatter(AllowedFields())
        self.lines = []

    def emit(self, record):
        self.lines.append(self.format(record))


@pytest.fixture
def log():
    handler, root = Lines(), logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield handler
    root.removeHandler(handler)
    root.setLevel(level)


@pytest.fixture
def told(cast, client_of, run_engine, sandbox, log):
    """The whole story of one canary, and all problems told on the way."""
    pain, spine = client_of(cast.pain), client_of(cast.spine)
    made = pain.send("/api/v1/referrals", BODY)
    assert made.status_code == 201, made.content
    assert len(hits(made.content.decode())) >= 8
    run_engine()
    # What people write in a reply is nobody's to keep.
    number = ContactPoint.objects.get(practitioner=cast.spine.clinician, channel="sms").address
    assert "Not understood" in text(number, "1 4821 Canaryfamily canarynote +15557654321")
    sms = Delivery.objects.filter(channel="sms").first()
    assert report(sms, "undelivered", error="canarynote").status_code == 204
    run_engine()
    case = type("Case", (), {"uuid": made.json()["id"]})
    for act in ("acknowledgement", "acceptance", "patient-contact"):
        route = routes.all_routes()[f"{routes.HERE}/{act}"]
        answer = spine.send(route.path(case), routes.valid_body(route.pattern, cast, cast.spine))
        assert answer.status_code == 200, answer.content
        run_engine()
    here = f"/api/v1/referrals/{case.uuid}"
    resolution = {"resolution": "treated", "basis": "canarybasis", "on": "2026-11-24"}
    by = {"by": str(cast.spine.clinician.uuid)}
    assert spine.send(f"{here}/red-flags/RF-CES-1/resolution", by | resolution).status_code == 200
    by_hand(cast, pain, here)
    run_engine()
    return problems(cast, client_of, here)


def by_hand(cast, pain, here):
    amended = pain.amend(here, {"patient": {"payer": "DEMO Payer"}})
    assert amended.status_code == 200, amended.content
    lower = {
        "by": str(cast.pain.clinician.uuid), "tier": "SAME_DAY", "reason_code": "EXAMINED",
        "comment": "canarybasis",
    }  # fmt: skip
    assert pain.send(f"{here}/urgency", lower, If_Match=amended["ETag"]).status_code == 200


def problems(cast, client_of, here):
    pain = client_of(cast.pain)
    wrong = {"patient": BODY["patient"] | {"birth_date": "2999-01-01", "sex": "Canaryfamily"}}
    found = [
        problem_of(pain.send("/api/v1/referrals", BODY | wrong), 400),
        problem_of(pain.send("/api/v1/referrals", BODY | {"notes": "canarynote"}), 400),
        problem_of(pain.send("/api/v1/referrals", BODY | {"call_back": "+15557654321x"}), 400),
        problem_of(client_of(cast.outsider).get(here), 404),
        problem_of(pain.send(f"{here}/decline", {"reason_code": "NO_CAPACITY"}), 409),
    ]
    return [json.dumps(problem) for problem in found]


def values_of_valkey():
    store = redis.Redis.from_url(settings.REDIS_URL)
    for name in store.scan_iter():
        kind = store.type(name).decode()
        value = {"string": store.get, "hash": store.hgetall}.get(kind, store.dump)(name)
        yield str(name) + str(value)
    store.close()


def rows(model):
    found = str(list(apps.get_model(model).objects.values()))
    return found.replace("datetime.date(1961, 7, 13)", "1961-07-13")


WITHOUT_FACTS = (
    "referrals.Event", "referrals.EventSeal", "referrals.Referral", "referrals.Ask",
    "coordination.Alert", "coordination.Obligation", "coordination.Delivery",
    "coordination.DeliveryAttempt", "coordination.Plan", "coordination.AckToken",
    "referrals.Access",
)  # fmt: skip


def test_no_fact_of_a_patient_leaves_the_tables_that_may_hold_it(told, log, sandbox):
    messages = [m.body + str(m.details) for m in sandbox.record.after(0)]
    assert len(messages) >= 4
    assert len(log.lines) >= 5
    places = {
        "problems": told, "log": log.lines, "messages": messages, "Valkey": values_of_valkey(),
        **{model: [rows(model)] for model in WITHOUT_FACTS},
    }  # fmt: skip
    assert {place: [t for t in texts if hits(t)] for place, texts in places.items()} == {
        place: [] for place in places
    }
    kept = {
        "Patient": 5, "Amendment": 1, "Note": 2, "Assessment": 1, "RedFlag": 1, "Lowering": 1
    }  # fmt: skip
    assert {name: len(hits(rows(f"referrals.{name}"))) for name in kept} == kept


def test_the_formatter_keeps_even_a_crash_silent(log):
    try:
        raise ValueError("Canaryfamily")
    except ValueError:
        crashed = logging.getLogger("x")
        crashed.exception("failed for %s", "canarynote", extra={"body": "Canarygiven"})
    assert log.lines
    assert hits("".join(log.lines)) == []
