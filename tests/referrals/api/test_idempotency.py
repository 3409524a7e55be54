"""An act is done once for each key: repeated, raced, held up or refused."""

import json
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from importlib import import_module

import pytest
from django.apps import apps
from django.conf import settings
from django.db import OperationalError, connection
from psycopg.errors import LockNotAvailable

from referrals.models import IdempotentRequest, Referral
from referrals.services import idempotency
from tests import factories as make
from tests.cast import OfficeClient, behind_the_wall, make_cast
from tests.referrals.api.problems import problem_of
from tests.walls import routes

HERE = routes.HERE
BODY = {"to": {"specialty": "spine"}, "findings": make.CAUDA_EQUINA}
PATH = "/api/v1/referrals"
KEY = "the-same-key"
# By its full name: the package shows the function of the same name.
SUBMIT = import_module("referrals.services.submit")


def test_a_repetition_is_answered_byte_for_byte_and_not_done_again(cast, client_of):
    client = client_of(cast.pain)
    first = client.send(PATH, BODY, Idempotency_Key=KEY)
    again = client.send(PATH, BODY, Idempotency_Key=KEY)
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.content == first.content
    assert "Idempotent-Replayed" not in first
    assert again["Idempotent-Replayed"] == "true"
    assert (again["ETag"], again["Location"]) == (first["ETag"], first["Location"])
    assert Referral.objects.count() == 1


def test_the_answer_stays_the_same_although_the_referral_moved_on(cast, client_of):
    case = routes.make_case(cast)
    path, body = f"{PATH}/{case.uuid}/acknowledgement", {"by": str(cast.spine.clinician.uuid)}
    client = client_of(cast.spine)
    first = client.send(path, body, Idempotency_Key=KEY)
    findings = {"findings": {"foot_drop": "present"}}
    assert client.send(f"{PATH}/{case.uuid}/findings", findings).status_code == 200
    assert client.send(path, body, Idempotency_Key=KEY).content == first.content


def test_the_same_key_for_something_else_is_422(cast, client_of):
    client = client_of(cast.pain)
    case = client.send(PATH, BODY, Idempotency_Key=KEY).json()
    problem_of(client.send(PATH, BODY | {"notes": ["x"]}, Idempotency_Key=KEY), 422)
    # The same bytes on another route, and the same meaning in other bytes, are something else too.
    problem_of(client.send(f"{case['links']['self']}/findings", BODY, Idempotency_Key=KEY), 422)
    spaced = json.dumps(BODY, indent=1)
    other = client.post(
        PATH, spaced, content_type="application/json", headers={"Idempotency-Key": KEY}
    )
    problem_of(other, 422)
    assert Referral.objects.count() == 1


def test_a_refusal_is_not_kept_so_the_mended_request_may_use_the_key(cast, client_of):
    client = client_of(cast.pain)
    problem_of(client.send(PATH, {"to": {}}, Idempotency_Key=KEY), 400)
    assert not IdempotentRequest.objects.exists()
    assert client.send(PATH, BODY, Idempotency_Key=KEY).status_code == 201


def test_a_failure_is_not_kept_either(cast, client_of, monkeypatch):
    client = client_of(cast.pain)
    with monkeypatch.context() as broken:
        broken.setattr(SUBMIT.outbox, "record", _fail)
        answer = client.send(PATH, BODY, Idempotency_Key=KEY)
    told = problem_of(answer, 500)
    assert "secret" not in json.dumps(told)
    assert not IdempotentRequest.objects.exists()
    assert client.send(PATH, BODY, Idempotency_Key=KEY).status_code == 201


def _fail(*_args, **_kwargs):
    raise RuntimeError("a secret of the database")


def test_two_practices_may_use_the_same_key(cast, client_of):
    for office, wanted in ((cast.pain, "spine"), (cast.spine, "pain")):
        body = {"to": {"specialty": wanted}}
        assert client_of(office).send(PATH, body, Idempotency_Key=KEY).status_code == 201
    assert Referral.objects.count() == 2


def test_every_stored_answer_is_whole(cast, client_of):
    client_of(cast.pain).send(PATH, BODY)
    assert not IdempotentRequest.objects.filter(status=None).exists()


@pytest.fixture
def lasting_cast(transactional_db):
    """A cast that other connections see."""
    return make_cast()


def in_threads(count, work):
    def one(_):
        try:
            return work()
        finally:
            connection.close()

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(one, range(count)))


def test_fifty_parallel_equal_posts_make_one_referral_and_fifty_equal_answers(lasting_cast):
    def post():
        return OfficeClient(lasting_cast.pain.key).send(PATH, BODY, Idempotency_Key=KEY)

    answers = in_threads(50, post)
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    assert sum("Idempotent-Replayed" not in answer for answer in answers) == 1
    assert Referral.objects.count() == 1


def test_parallel_referrals_of_one_patient_all_succeed_and_raise_each_flag_once(lasting_cast):
    body = BODY | {"patient": {"mrn": "1"}}
    # The patient is known before, so that only the flags are raced for.
    make.make_referral(lasting_cast.pain.practice, findings={}, patient={"mrn": "1"})

    def post():
        return OfficeClient(lasting_cast.pain.key).send(PATH, body)

    assert {answer.status_code for answer in in_threads(6, post)} == {201}
    patient = Referral.objects.values_list("patient", flat=True).distinct().get()
    rules = apps.get_model("referrals.RedFlag").objects.filter(patient=patient)
    found = list(rules.values_list("rule_id", flat=True))
    assert len(found) == len(set(found)) > 0


@contextmanager
def impatient():
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = '200ms'")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("RESET lock_timeout")


@contextmanager
def held(key, practice):
    """Hold the row of a key in an open transaction on a connection of its own."""
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute("BEGIN; SET LOCAL tandem.maintenance = 'on'")
            cursor.execute(
                "INSERT INTO referrals_idempotentrequest (practice_id, key, route, body_hash, etag,"
                " location, created_at) VALUES (%s, %s, '', '', '', '', now())",
                [practice.pk, key],
            )
            yield
            cursor.execute("ROLLBACK")
    finally:
        other.close()


def test_a_key_held_longer_than_the_wait_is_409_with_retry_after(lasting_cast):
    pain = lasting_cast.pain
    with held(KEY, pain.practice), impatient():
        answer = OfficeClient(pain.key).send(PATH, BODY, Idempotency_Key=KEY)
        told = problem_of(answer, 409)
    assert told["type"].endswith("/in_progress")
    assert int(answer["Retry-After"]) >= 1
    assert Referral.objects.count() == 0
    assert OfficeClient(pain.key).send(PATH, BODY, Idempotency_Key=KEY).status_code == 201


def test_the_waiting_ends_as_the_exception_that_the_handler_expects(lasting_cast):
    pain = lasting_cast.pain

    def once():
        with behind_the_wall(pain.actor):
            idempotency.once(KEY, by=pain.actor, route="", body=b"", act=_fail)

    with held(KEY, pain.practice), impatient(), pytest.raises(OperationalError) as caught:
        once()
    assert isinstance(caught.value.__cause__, LockNotAvailable)


def test_the_servers_wait_five_seconds_and_no_longer():
    source = (settings.BASE_DIR / "config" / "settings.py").read_text()
    assert '"app": "-c statement_timeout=10s -c lock_timeout=5s"' in source
