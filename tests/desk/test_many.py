"""The lists over synthetic data: one definition, one number, and a look at a practice's own alone.

SIZE=1m has the same tests look at a million referrals.
"""

import json
import os
from collections.abc import Iterator

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from config.management.commands.demo_data import size
from coordination.admin.worklists import by_name
from referrals.models import Ask, Practice, Practitioner, Referral
from referrals.models.api_key import Scope
from referrals.models.referral import SOMEBODY_MOVES
from referrals.models.worklists import CONDITIONS, URGENT_NOT_SAFE, concerns
from referrals.services.keys import issue_api_key
from referrals.worklists import TITLES
from tests import bulk
from tests import factories as make
from tests.cast import OfficeClient, behind_the_wall
from tests.desk import people as p

REFERRALS = size(os.environ.get("SIZE", "20k"))
PAGE = 25
# What the menu, the signing in and the access log ask is not about the list.
ABOUT = ("referrals_referral", "referrals_ask", "referrals_redflag", "referrals_patient")


@pytest.fixture(scope="module")
def loaded(django_db_setup, django_db_blocker):
    """The network, for all tests of this file."""
    with django_db_blocker.unblock(), bulk.loaded(REFERRALS) as data:
        yield data


@pytest.fixture
def offices(loaded, db):
    """A busy and a quiet practice of each specialty, and the network."""
    practices = list(Practice.objects.order_by("pk"))
    busiest = sorted(practices[1:], key=lambda one: Referral.objects.filter(sender=one).count())
    pain = [one for one in busiest if one.specialty == "pain"]
    spine = [one for one in busiest if one.specialty == "spine"]
    return [practices[0], pain[0], pain[-1], spine[0], spine[-1]]


def actor_of(practice):
    return make.make_actor(practice)


def nodes(plan) -> Iterator[dict]:
    yield plan
    for part in plan.get("Plans", ()):
        yield from nodes(part)


def explained(act):
    """Run what asks one question, and return the nodes of its plan with what each looked at."""
    with CaptureQueriesContext(connection) as asked:
        act()
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {asked.captured_queries[-1]['sql']}")
        (found,) = cursor.fetchone()
    plan = found if isinstance(found, list) else json.loads(found)
    return list(nodes(plan[0]["Plan"]))


def looked_at(found):
    """Return how many rows of referrals and asks a plan has touched."""
    tables = ("referrals_referral", "referrals_ask")
    scans = [one for one in found if one.get("Relation Name") in tables]
    return sum(
        one["Actual Loops"] * (one["Actual Rows"] + one.get("Rows Removed by Filter", 0))
        for one in scans
    )


def questions(practice):
    """The first page of each list, and the count of all, as acts that ask one question."""
    actor = actor_of(practice)
    everything = Referral.objects.all()
    pages = {
        name: lambda name=name: list(
            everything.visible_to(actor).on_worklist(name, actor).most_urgent_first()[:PAGE]
        )
        for name in TITLES
    }
    return pages | {"counts": lambda: everything.count_worklists(actor)}


def test_no_list_looks_further_than_what_concerns_its_practice(offices):
    for practice in offices:
        own = Referral.objects.filter(SOMEBODY_MOVES).filter(concerns(practice.pk)).count()
        asked = Ask.objects.not_accepted().filter(practice=practice).count()
        for name, question in questions(practice).items():
            with behind_the_wall(actor_of(practice)):
                found = explained(question)
            whole = [one for one in found if one["Node Type"] == "Seq Scan"]
            assert whole == [], (practice, name)
            # Each initial array gathers the asks once more: there are five in the count.
            assert looked_at(found) <= 10 + 6 * (own + asked), (practice, name, found)
            sorted_rows = [one["Actual Rows"] for one in found if "Sort" in one["Node Type"]]
            assert all(rows <= own for rows in sorted_rows), (practice, name)


def test_all_referrals_and_finding_a_patient_look_at_the_practices_own_alone(offices):
    for practice in offices:
        actor = actor_of(practice)
        own = Referral.objects.visible_to(actor).count()
        listed = Referral.objects.concerning(actor)
        assert listed.count() == own
        for question in (
            lambda listed=listed: list(listed.most_urgent_first()[:PAGE]),
            lambda listed=listed: listed.count(),
            lambda actor=actor: list(by_name(actor, "DEMO Cruz")),
        ):
            with behind_the_wall(actor):
                found = explained(question)
            assert looked_at(found) <= 10 + 2 * own, (practice, found)


def test_a_list_that_asks_for_everybodys_would_be_found(offices):
    practice = offices[1]
    with behind_the_wall(actor_of(practice)):
        found = explained(lambda: list(Referral.objects.filter(status="closed")))
    assert [one["Node Type"] for one in found if one["Node Type"] == "Seq Scan"]
    assert looked_at(found) > REFERRALS / 2


def counted(found):
    """Keep the questions about referrals and what belongs to them."""
    return [
        query["sql"]
        for query in found.captured_queries
        if query["sql"].startswith("SELECT")
        and any(f'FROM "{name}"' in query["sql"] for name in ABOUT)
    ]


def badges(answer):
    """Return the number beside each list in the menu."""
    items = [item for part in answer.context["sidebar_navigation"] for item in part["items"]]
    titles = {title: name for name, title in TITLES.items()}
    return {titles[one["title"]]: one["badge"] for one in items if one["title"] in titles}


def test_badge_list_and_condition_are_one_number_for_every_practice(offices):
    seen = dict.fromkeys(TITLES, 0)
    for practice in offices:
        actor = actor_of(practice)
        # The long way: everything the practice may see, by the condition alone.
        mine = Referral.objects.visible_to(actor).filter(SOMEBODY_MOVES)
        wanted = {
            name: len({one.pk for one in mine.filter(is_on(practice.pk))})
            for name, is_on in CONDITIONS.items()
        }
        wanted["urgent"] = mine.filter(URGENT_NOT_SAFE).count()
        client = OfficeClient(issue_api_key(practice, name="system", scopes=[Scope.READ]))
        told = client.get("/api/v1/worklists").json()["worklists"]
        assert {one["name"]: one["count"] for one in told} == wanted
        for one in told:
            assert len(all_of(client, one["links"]["self"])) == one["count"], one
            seen[one["name"]] += one["count"]
    assert [name for name, count in seen.items() if not count] == []


def all_of(client, path):
    """Read a list page by page, and return what stands on it, each once."""
    ids: list[str] = []
    path += "?limit=40"
    while path:
        page = client.get(path).json()
        ids += [one["id"] for one in page["referrals"]]
        path = page["next"]
    assert len(ids) == len(set(ids))
    return ids


def test_the_desk_shows_the_same_numbers_and_asks_no_more_than_six_questions(offices):
    for practice in offices[1:]:
        person = Practitioner.objects.filter(practice=practice)[0]
        desk = p.at_the_desk(person)
        counts = Referral.objects.count_worklists(actor_of(practice))
        for name in TITLES:
            with CaptureQueriesContext(connection) as asked:
                answer = desk.get(f"{p.LIST}?list={name}")
            assert badges(answer) == counts
            assert answer.context["cl"].result_count == counts[name]
            assert len(counted(asked)) <= 6, counted(asked)


def test_a_page_of_the_api_asks_no_more_than_six_questions(offices):
    client = OfficeClient(issue_api_key(offices[2], name="system", scopes=[Scope.READ]))
    for path in ("/api/v1/worklists", *(f"/api/v1/worklists/{name}" for name in TITLES)):
        with CaptureQueriesContext(connection) as asked:
            assert client.get(path).status_code == 200
        assert len(counted(asked)) <= 6, counted(asked)


def test_a_list_is_worked_through_by_urgency_then_time_then_age(offices):
    actor = actor_of(offices[2])
    listed = list(Referral.objects.on_worklist("unanswered", actor).most_urgent_first())
    order = [(-one.tier, one.due_at, one.sent_at, one.pk) for one in listed]
    assert order == sorted(order)
    assert len({one.tier for one in listed}) > 1
