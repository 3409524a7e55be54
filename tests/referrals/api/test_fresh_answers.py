"""The answer to a new referral is made from what was just stored: it is what a reader then sees."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from referrals.models import Event, RedFlag
from tests import factories as make

PATH = "/api/v1/referrals"
PATIENT = {"family_name": "DEMO Lee", "birth_date": "1970-02-28", "mrn": "DEMO-1", "demo": True}
SPINE = {"to": {"specialty": "spine"}}
URGENT = SPINE | {"findings": make.CAUDA_EQUINA}
BODIES = {
    "empty": SPINE,
    "elective": SPINE | {"findings": make.STABLE_CLAUDICATION, "reason_code": "RED_FLAG"},
    "emergency": URGENT | {"patient": {"family_name": "DEMO", "demo": True}},
    "known by number": URGENT | {"patient": PATIENT},
    "texts": URGENT | {"notes": ["one", "two"], "clinical_question": "Which level?"},
}


def posted_and_read(client, body):
    made = client.send(PATH, body)
    assert made.status_code == 201
    return made.json(), client.get(made.json()["links"]["self"]).json()


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_the_answer_is_what_a_reader_sees_afterwards(cast, client_of, body):
    said, read = posted_and_read(client_of(cast.pain), body)
    assert said == read


def test_so_it_is_for_a_practice_that_was_named_and_a_clinician_who_refers(cast, client_of):
    body = URGENT | {
        "to": {"practice": str(cast.spine.practice.uuid)},
        "by": str(cast.pain.clinician.uuid),
    }
    said, read = posted_and_read(client_of(cast.pain), body)
    assert said == read
    assert said["to"]["id"] == str(cast.spine.practice.uuid)


def test_so_it_is_for_a_patient_whose_flag_is_open_resolved_or_disputed(cast, client_of):
    client, body = client_of(cast.pain), BODIES["known by number"]
    first, _ = posted_and_read(client, body)
    rule = first["red_flags"][0]["rule"]
    again, read = posted_and_read(client, body)
    assert again == read
    assert RedFlag.objects.filter(rule_id=rule).count() == 1
    path = f"{first['links']['self']}/red-flags/{rule}/resolution"
    resolved = client.send(
        path,
        {
            "by": str(cast.pain.clinician.uuid),
            "resolution": "treated",
            "basis": "Decompressed",
            "on": "2026-11-24",
        },
    )
    assert resolved.status_code == 200
    third, read = posted_and_read(client, body)
    assert third == read
    assert RedFlag.objects.filter(rule_id=rule).count() == 2
    other = body | {"patient": PATIENT | {"family_name": "DEMO Someone Else"}}
    disputed, read = posted_and_read(client, other)
    assert disputed == read
    assert disputed["patient"]["id"] != first["patient"]["id"]


def test_a_new_referral_asks_the_database_few_questions(cast, client_of):
    client = client_of(cast.pain)
    with CaptureQueriesContext(connection) as asked:
        assert client.send(PATH, BODIES["emergency"]).status_code == 201
    ours = [query for query in asked.captured_queries if "ROLE" not in query["sql"]]
    assert len(ours) <= 16, "\n".join(query["sql"][:120] for query in ours)


def test_an_event_concerns_both_ends_and_whoever_was_only_asked(cast, client_of, run_engine):
    client_of(cast.pain).send(PATH, URGENT)
    run_engine()
    first, latest = Event.objects.order_by("id")[0], Event.objects.order_by("-id")[0]
    assert latest.referral.receiver is None
    assert first.practices == [cast.pain.practice.pk]
    assert latest.practices == [cast.pain.practice.pk, cast.spine.practice.pk]
