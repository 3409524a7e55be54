"""What the provider reports: only what it signed, in any order, and a delivery never goes back."""

import uuid
from itertools import permutations, product

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import get_resolver

from coordination import services
from coordination.channels.base import Receipt, Result
from coordination.channels.provider import signature
from coordination.models import Delivery
from coordination.services import deliver
from referrals.models import Event
from tests.cast import OfficeClient, role
from tests.coordination import stories as s
from tests.coordination.calling_back import call_back, report, secret_of
from tests.referrals.api.problems import rows_of_all_tables

ARRIVED = ("delivered", "read", "completed")
FAILED = {
    "failed": "failed", "undelivered": "undelivered", "busy": "busy", "no-answer": "no_answer",
    "canceled": "canceled",
}  # fmt: skip
ON_THE_WAY = ("queued", "accepted", "sending", "sent", "initiated", "ringing", "in-progress", "")


@pytest.fixture
def emergency(cast, run_engine):
    referral = s.send(cast.pain)
    run_engine()
    return referral


@pytest.fixture
def sent(cast, emergency):
    """The first SMS to the surgeon, taken by the provider."""
    found = Delivery.objects.get(contact_point__practitioner=cast.spine.clinician, channel="sms")
    assert found.state == "sent"
    return found


def now(delivery):
    return Delivery.objects.get(pk=delivery.pk)


def told(delivery, kind):
    return Event.objects.filter(kind=kind, data__delivery=str(delivery.pk))


def test_the_signature_is_the_providers_published_one():
    # Twilio, "Validating requests are coming from Twilio", its worked example.
    form = {
        "CallSid": ["CA1234567890ABCDE"],
        "Caller": ["+14158675309"],
        "Digits": ["1234"],
        "From": ["+14158675309"],
        "To": ["+18005551212"],
    }
    url = "https://mycompany.com/myapp.php?foo=1&bar=2"
    assert signature(url, form, "12345") == "RSOYDt4T1cUTdK1PDd93/VVr8B8="
    assert signature(url, form | {"Digits": ["1235"]}, "12345") != "RSOYDt4T1cUTdK1PDd93/VVr8B8="


@pytest.fixture(autouse=True)
def _two_accounts(settings):
    settings.SMS_SECOND_AUTH_TOKEN = "another-token"


def paths(delivery):
    return [
        f"/{provider}/{way}"
        for provider in ("provider", "provider/second")
        for way in (f"status/{delivery.pk}", "sms", f"voice/{delivery.pk}")
    ]


def test_every_address_of_the_provider_is_tested_here(sent):
    known = {str(one.pattern) for one in get_resolver().url_patterns}
    told = {path.replace(str(sent.pk), "<uuid:delivery>").lstrip("/") for path in paths(sent)}
    assert {name for name in known if name.startswith("provider/")} == told


def test_a_forged_callback_is_refused_and_changes_nothing(cast, sent, settings):
    before = rows_of_all_tables()
    form = {"MessageStatus": "failed", "Digits": "1", "Body": "1 1234", "To": "+1", "From": "+1"}
    for path in paths(sent):
        good = signature(
            f"{settings.PUBLIC_URL}{path}",
            {name: [value] for name, value in form.items()},
            secret_of(path),
        )
        others = {settings.SMS_AUTH_TOKEN, settings.SMS_SECOND_AUTH_TOKEN} - {secret_of(path)}
        forged = {
            "the other provider": call_back(path, form, signed_with=others.pop()),
            "another secret": call_back(path, form, signed_with="guessed"),
            "no signature": call_back(path, form, **{"X-Twilio-Signature": ""}),
            "not ASCII": call_back(path, form, **{"X-Twilio-Signature": "é"}),
            "another body": call_back(path, form | {"x": "1"}, **{"X-Twilio-Signature": good}),
            "another address": call_back(f"{path}?a=1", form, **{"X-Twilio-Signature": good}),
            "JSON": call_back(path, form, content_type="application/json"),
        }
        assert {why: answer.status_code for why, answer in forged.items()} == dict.fromkeys(
            forged, 403
        )
    assert rows_of_all_tables() == before


def test_without_a_secret_of_our_own_every_callback_is_refused(sent, settings):
    settings.SMS_AUTH_TOKEN = settings.SMS_SECOND_AUTH_TOKEN = ""
    for path in paths(sent):
        assert call_back(path, {"MessageStatus": "failed"}, signed_with="").status_code == 403
    assert now(sent).state == "sent"


def test_only_a_post_of_a_sensible_size_is_read(sent):
    for path in paths(sent):
        for method in ("get", "head", "put", "patch", "delete", "options"):
            assert getattr(OfficeClient(), method)(path).status_code == 405
        assert call_back(path, {"Body": "x" * 17_000}).status_code == 413


@pytest.mark.parametrize("status", ["delivered", "failed", "queued"])
def test_a_report_about_nothing_we_sent_is_404(db, sandbox, status):
    nothing = Delivery(uuid=uuid.uuid4(), channel="sms")
    assert report(nothing, status).status_code == 404


# From where, by which kind of report, to where. Tried over all cells.
WAYS = {
    ("sent", "arrived"): "delivered", ("sent", "failed"): "dead",
    ("leased", "arrived"): "delivered", ("leased", "failed"): "dead",
    ("pending", "arrived"): "delivered", ("pending", "failed"): "dead",
}  # fmt: skip
KINDS = {"arrived": ARRIVED, "failed": tuple(FAILED), "on the way": ON_THE_WAY}


def put_into(delivery, state):
    facts = {"state": state, "lease_token": uuid.uuid4() if state == "leased" else None}
    stamps = {"delivered": "delivered_at", "dead": "dead_at"}
    if state in stamps:
        facts[stamps[state]] = "2026-01-01T00:00Z"
    Delivery.objects.filter(pk=delivery.pk).update(**facts)


@pytest.mark.parametrize(("state", "kind"), [*product(Delivery.State.values, KINDS)])
def test_where_a_report_leads_from_each_state(sent, state, kind):
    for status in KINDS[kind]:
        put_into(sent, state)
        assert report(sent, status).status_code == 204
        after = now(sent)
        assert after.state == WAYS.get((state, kind), state), status
        assert (after.lease_token is None) == (after.state != "leased")


# What is usual, and a report that overtakes the worker which is still recording its send. One of
# the questions is our own, for the id of the message.
@pytest.mark.parametrize(("state", "most"), [("sent", 7), ("leased", 10)])
def test_a_report_asks_the_database_few_questions(sent, state, most):
    put_into(sent, state)
    with CaptureQueriesContext(connection) as asked:
        report(sent, "delivered")
    assert now(sent).state == "delivered"
    ours = [query["sql"] for query in asked.captured_queries if "ROLE" not in query["sql"]]
    assert len(ours) <= most, "\n".join(sql[:120] for sql in ours)


def test_a_report_about_what_was_never_tried_changes_nothing(cast):
    referral = s.send(cast.pain)
    with role("engine"):
        while services.climb() or s.relay():
            pass
    waiting = Delivery.objects.filter(obligation__referral=referral, channel="sms").first()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("django.conf.settings.SMS_AUTH_TOKEN", "token")
        assert report(waiting, "failed").status_code == 204
    assert now(waiting).state == "pending"


@pytest.mark.parametrize("order", [*permutations(["sent", "delivered", "delivered", "failed"])])
def test_reports_in_any_order_and_twice_are_one_report(sent, order):
    for status in order:
        report(sent, status)
    first = next(status for status in order if status != "sent")
    assert now(sent).state == {"delivered": "delivered", "failed": "dead"}[first]
    kinds = (("delivery.delivered", "delivered"), ("delivery.dead", "failed"))
    assert [told(sent, kind).count() for kind, _ in kinds] == [
        int(first == status) for _, status in kinds
    ]


@pytest.mark.parametrize(("status", "code"), FAILED.items())
def test_what_did_not_arrive_has_its_code_and_pulls_the_next_rung_forward(
    cast, client_of, emergency, sent, status, code
):
    report(sent, status)
    assert now(sent).error_code == code
    assert told(sent, "delivery.dead").get().data["code"] == code
    with role("engine"):
        assert services.climb() == 1
    assert s.owed(emergency, "acknowledge", "spine").rung == 2


def test_the_providers_number_is_kept_and_shown_in_words(cast, client_of, emergency, sent):
    report(sent, "undelivered", error="30003")
    assert now(sent).error_code == "sms_30003"
    here = f"/api/v1/referrals/{emergency.uuid}/coordination"
    shown = [
        delivery
        for owed in client_of(cast.pain).get(here).json()["obligations"]
        for delivery in owed["deliveries"]
        if delivery["id"] == str(sent.pk)
    ]
    assert shown[0]["error_code"] == "sms_30003"
    assert shown[0]["error"] == "The phone is off or out of reach."
    assert shown[0]["delivered_at"] is None


@pytest.mark.parametrize("error", ["٣٠٠٠٣", "30003; DROP", "x" * 500, "-1"])
def test_an_odd_number_of_an_error_is_not_kept(sent, error):
    report(sent, "undelivered", error=error)
    assert now(sent).error_code == "undelivered"


@pytest.mark.parametrize(("status", "rings"), [("delivered", 0), ("failed", 1)])
def test_a_report_wakes_the_engine_only_if_something_is_due(
    sent, monkeypatch, django_capture_on_commit_callbacks, status, rings
):
    rung = []
    monkeypatch.setattr("referrals.outbox._ringer", rung.append)
    with django_capture_on_commit_callbacks(execute=True):
        report(sent, status)
    assert told(sent, {"delivered": "delivery.delivered", "failed": "delivery.dead"}[status])
    assert rung == [True] * rings


def test_a_failure_after_everybody_answered_rings_nobody(cast, emergency, sent):
    s.act("acknowledge", emergency, cast.spine)
    lapses = s.owed(emergency, "acknowledge", "spine").next_due_at
    report(sent, "failed")
    assert now(sent).state == "dead"
    owed = s.owed(emergency, "acknowledge", "spine")
    assert (owed.state, owed.next_due_at) == ("answered", lapses)


def test_a_failure_of_an_earlier_rung_pulls_nothing(emergency, sent):
    s.fire_next_rung(emergency, "acknowledge", "spine")
    due = s.owed(emergency, "acknowledge", "spine").next_due_at
    report(sent, "failed")
    assert s.owed(emergency, "acknowledge", "spine").next_due_at == due


@pytest.mark.parametrize("status", ["delivered", "failed"])
def test_a_report_that_overtakes_the_worker_stands(cast, sandbox, status):
    """The provider is faster than our own record of having sent: nothing may be lost by that."""
    s.send(cast.pain)
    with role("engine"):
        while services.climb() or s.relay():
            pass
        parcels = {parcel.delivery: parcel for parcel in deliver.claim()}
    early = Delivery.objects.filter(pk__in=parcels, channel="sms").first()
    report(early, status)
    with role("engine"):
        assert deliver.record(parcels[early.pk], Receipt(Result.SENT, "SM1")) is False
    assert now(early).state == {"delivered": "delivered", "failed": "dead"}[status]
    assert now(early).provider_message_id == "SM1"
    assert told(early, "delivery.sent").count() == 1


def test_a_report_heals_an_answer_that_was_lost(cast, emergency, sent):
    # Accepted at the far end, the answer lost: it would be sent again, and need not be.
    Delivery.objects.filter(pk=sent.pk).update(
        state="pending", sent_at=None, due_at="2020-01-01T00:00Z"
    )
    report(sent, "delivered")
    with role("engine"):
        assert deliver.claim() == []
    assert now(sent).attempts == 1


def test_a_report_touches_no_other_delivery(sent):
    others = Delivery.objects.exclude(pk=sent.pk)
    before = sorted(others.values_list("pk", "state"))
    report(sent, "delivered")
    assert sorted(others.values_list("pk", "state")) == before
