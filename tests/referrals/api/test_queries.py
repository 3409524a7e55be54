"""A list costs the same number of queries for one referral as for many; the card too."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from referrals import clock, services
from referrals.models import Practice, Referral
from referrals.walls import ENGINE
from tests import factories as make
from tests.walls import routes


def queries(act):
    with CaptureQueriesContext(
        connection,
    ) as found:
        assert act().status_code == 200
    return len(found)


def ask_all(practice):
    for case in Referral.objects.all():
        services.ask(case, practice.pk, reason="x", by=ENGINE, at=clock.now())


@pytest.mark.parametrize("who", ["pain", "spine", "other_spine", "network"])
def test_a_list_of_twenty_costs_what_a_list_of_one_costs(cast, client_of, who):
    office = getattr(cast, who)
    client = client_of(office)

    def add(count):
        for _ in range(count):
            routes.make_case(cast)
        for asked in (cast.other_spine, cast.network):
            ask_all(asked.practice)

    add(1)
    one = queries(lambda: client.get("/api/v1/referrals"))
    add(19)
    assert queries(lambda: client.get("/api/v1/referrals")) == one
    assert len(client.get("/api/v1/referrals").json()["referrals"]) == 20
    assert one <= 12


def test_coordination_costs_the_same_however_many_were_told(cast, client_of, run_engine):
    case = routes.make_case(cast)
    run_engine()
    client = client_of(cast.pain)
    path = f"/api/v1/referrals/{case.uuid}/coordination"
    before = queries(lambda: client.get(path))
    case.obligations.filter(state="running").update(next_due_at=case.sent_at)
    run_engine()
    assert queries(lambda: client.get(path)) == before


def test_a_page_says_where_the_next_one_is_and_all_pages_show_each_once(cast, client_of):
    for _ in range(5):
        make.make_referral(cast.pain.practice, findings={})
    client, path, seen = client_of(cast.pain), "/api/v1/referrals?limit=2", []
    while path:
        page = client.get(path).json()
        seen += [entry["id"] for entry in page["referrals"]]
        path = page["next"]
    assert len(seen) == len(set(seen)) == 5


def test_the_notes_are_shown_in_the_order_they_were_written(cast, client_of):
    notes = [f"note {n}" for n in range(8)]
    made = client_of(cast.pain).send(
        "/api/v1/referrals", {"to": {"specialty": "spine"}, "notes": notes}
    )
    assert made.json()["notes"] == notes
    assert Practice.objects.count() == 5
