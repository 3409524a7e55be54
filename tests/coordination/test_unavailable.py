"""The database out of reach for a moment: people and provider are told to come again, in words."""

from contextlib import contextmanager

import pytest
from django.db import connection

from coordination.models import AckToken
from tests.cast import OfficeClient
from tests.coordination import stories as s
from tests.coordination.calling_back import call_back
from tests.coordination.links import link, surgeon, text
from tests.desk import people as p


@contextmanager
def held(table):
    """Hold a table as a migration does, on a connection of its own."""
    other = connection.copy()
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = '100ms'")
    try:
        other.set_autocommit(False)
        with other.cursor() as cursor:
            cursor.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")
        yield
    finally:
        other.rollback()
        other.close()
        with connection.cursor() as cursor:
            cursor.execute("RESET lock_timeout")


def again_later(answer):
    return answer.status_code == 503 and answer["Retry-After"] == "1"


@pytest.fixture
def emergency(town, run_engine):
    referral = s.send(town.pain)
    run_engine()
    return referral


def test_whoever_presses_is_told_that_nothing_was_recorded_and_presses_again(
    town, emergency, visitor
):
    there = link(emergency, surgeon(town))
    with held("referrals_referral"):
        page = visitor.post(there, {"answer": "seen"})
        assert again_later(page)
        assert "nothing was recorded" in text(page)
    assert s.owed(emergency, "acknowledge", "spine").state == "running"
    assert visitor.post(there, {"answer": "seen"}).status_code == 200


def test_the_provider_is_asked_to_come_again(town, emergency):
    point = surgeon(town)
    reported = {"MessageSid": "SM1", "MessageStatus": "delivered"}
    status = f"/provider/status/{point.deliveries.get().pk}"
    reply = f"1 {AckToken.objects.get(contact_point=point).reply_code}"
    form = {"From": point.address, "To": "+15550000000", "Body": reply}
    with held("coordination_delivery, referrals_referral"):
        answers = [call_back("/provider/sms", form), call_back(status, reported)]
    for answer in answers:
        assert again_later(answer)
        assert answer.content == b""
    assert call_back("/provider/sms", form).status_code == 200
    assert s.owed(emergency, "acknowledge", "spine").answered_via == "sms"


@pytest.mark.parametrize("table", ["referrals_referral", "django_session"])
def test_the_desk_says_so_in_words(town, table):
    nurse = p.at_the_desk(town.pain.coordinator)
    with held(table):
        answer = nurse.get(p.LIST)
    assert again_later(answer)
    assert "nothing was recorded" in text(answer)


def test_the_door_of_the_desk_says_so_too(town):
    account = p.make_account(town.pain.coordinator)
    typed = {"username": account.user.username, "password": account.password}
    client = OfficeClient()
    with held("auth_user"):
        answer = client.post("/admin/login/", typed)
    assert again_later(answer)
    assert client.post("/admin/login/", typed).status_code == 302
