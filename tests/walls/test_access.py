"""The access log: whoever was shown a referral is in it, and what cannot be noted is not shown."""

import uuid

import pytest
from django.conf import settings
from django.db import connection

from config.servers.places import PROJECT
from referrals.models import Access
from tests import factories as make
from tests.cast import OfficeClient
from tests.coordination import links
from tests.coordination import stories as s
from tests.desk import people as p
from tests.docs import documents
from tests.referrals.api.problems import problem_of
from tests.walls import routes

HERE = routes.HERE
ROUTES = routes.all_routes()
READ_IN_A_CASE = sorted(
    name for name, route in ROUTES.items() if "get" in route.methods and name.startswith(HERE)
)
ACTS = sorted(name for name in routes.posts() if name.startswith(HERE))
# Refused in this case, or for want of an If-Match.
REFUSED_IN_AN_EMERGENCY = {
    f"{HERE}/decline": 409,
    f"{HERE}/plan": 409,
    f"{HERE}/urgency": 428,
    f"{HERE}/urgency/confirmation": 428,
    f"{HERE}/urgency/withdrawal": 409,
    **dict.fromkeys((*routes.course({}), *routes.endings({}, "")), 409),
}
del REFUSED_IN_AN_EMERGENCY[f"{HERE}/information-request"]


@pytest.fixture
def emergency(cast, run_engine):
    make.make_answering_service(cast.spine.practice)
    referral = s.send(cast.pain, receiver=cast.spine.practice)
    run_engine()
    s.fire_next_rung(referral, "acknowledge", "spine")
    run_engine()
    return referral


def rows():
    """Return the log as tuples, the oldest first."""
    columns = ("actor_kind", "actor_name", "practice_id", "method", "route", "status", "referrals")
    return list(Access.objects.order_by("id").values_list(*columns))


def key_of(office):
    return ("practice", f"{office.practice.short_name} (system)", office.practice.pk)


@pytest.fixture
def no_more_rows(db):
    with connection.cursor() as cursor:
        cursor.execute(f'REVOKE INSERT ON referrals_access FROM "{settings.DATABASE_ROLES["app"]}"')


@pytest.mark.parametrize("name", READ_IN_A_CASE)
def test_every_address_that_shows_a_case_leaves_one_row(cast, client_of, emergency, name):
    answer = client_of(cast.spine).get(ROUTES[name].path(emergency))
    assert answer.status_code == 200
    way = ("GET", f"{routes.API}{name}", 200)
    assert rows() == [(*key_of(cast.spine), *way, [emergency.uuid])]
    assert Access.objects.get().request_id == answer["X-Request-Id"]


@pytest.mark.parametrize("name", ACTS)
def test_every_act_leaves_one_row_unless_it_was_refused(cast, client_of, emergency, name):
    body = routes.valid_body(name, cast, cast.spine)
    answer = client_of(cast.spine).send(ROUTES[name].path(emergency), body)
    if name in REFUSED_IN_AN_EMERGENCY:
        assert (answer.status_code, rows()) == (REFUSED_IN_AN_EMERGENCY[name], [])
        return
    way = ("POST", f"{routes.API}{name}", 200)
    assert rows() == [(*key_of(cast.spine), *way, [emergency.uuid])]


def test_sending_a_referral_and_hearing_the_answer_again_are_two_rows(cast, client_of):
    body = routes.valid_body("referrals", cast, cast.pain)
    for _ in range(2):
        client_of(cast.pain).send("/api/v1/referrals", body, Idempotency_Key="the-same-key")
    row = (*key_of(cast.pain), "POST", "api/v1/referrals", 201, rows()[0][-1])
    assert rows() == [row, row]


def test_a_list_names_all_that_it_showed_and_an_empty_one_leaves_no_row(cast, client_of):
    cases = [routes.make_case(cast) for _ in range(3)]
    client_of(cast.pain).get("/api/v1/referrals?limit=2")
    client_of(cast.outsider).get("/api/v1/referrals")
    shown = [cases[2].uuid, cases[1].uuid]
    assert [row[-1] for row in rows()] == [shown]


def test_who_is_shown_no_case_leaves_no_row(cast, client_of, emergency):
    outsider = client_of(cast.outsider)
    for name in ("me", "practices", "reference/findings", "openapi.json"):
        assert outsider.get(ROUTES[name].path(emergency)).status_code == 200
    for name in READ_IN_A_CASE:
        problem_of(outsider.get(ROUTES[name].path(emergency)), 404)
    assert rows() == []


def test_a_practice_reads_its_own_accesses_page_by_page_and_no_others(cast, client_of, emergency):
    pain, spine = client_of(cast.pain), client_of(cast.spine)
    here = f"/api/v1/referrals/{emergency.uuid}"
    for path in (here, f"{here}/timeline", f"{here}/assessments"):
        spine.get(path)
    pain.get(here)
    # A second case must not be among the accesses to the first.
    spine.get(f"/api/v1/referrals/{routes.make_case(cast).uuid}")
    first = spine.get(f"{here}/access?limit=2").json()
    ways = [(one["by"], one["method"], one["route"]) for one in first["accesses"]]
    name, pattern = key_of(cast.spine)[1], f"{routes.API}{HERE}"
    assert ways == [(name, "GET", f"{pattern}/assessments"), (name, "GET", f"{pattern}/timeline")]
    second = spine.get(first["next"]).json()
    assert [one["route"] for one in second["accesses"]] == [pattern]
    assert second["next"] is None
    assert len(pain.get(f"{here}/access").json()["accesses"]) == 1


def test_the_desk_leaves_a_row_by_the_name_of_the_person(cast, emergency):
    client = p.at_the_desk(cast.spine.coordinator)
    client.get(p.LIST)
    client.get(p.page_of(emergency))
    client.post(f"{p.LIST}find/", {"name": emergency.reference})
    client.post(f"{p.LIST}find/", {"name": "Nobody"})
    client.get("/admin/coordination/calltask/")
    client.get(p.page_of(type("Nowhere", (), {"uuid": uuid.uuid4()})))
    who = ("practitioner", str(cast.spine.coordinator), cast.spine.practice.pk)
    base = "admin/referrals/referral/"
    assert rows() == [
        (*who, "GET", base, 200, [emergency.uuid]),
        (*who, "GET", f"{base}<uuid:uuid>/", 200, [emergency.uuid]),
        (*who, "POST", f"{base}find/", 200, [emergency.uuid]),
    ]


def test_a_slip_in_a_form_shows_the_case_and_a_good_press_only_leads_to_it(cast, emergency):
    client = p.at_the_desk(cast.spine.clinician)
    client.post(f"{p.page_of(emergency)}pass/", {"reason_code": "x"})
    client.post(f"{p.page_of(emergency)}acknowledge/")
    assert [(row[3], row[5]) for row in rows()] == [("POST", 400)]


def test_an_opened_link_is_noted_by_its_owner_and_without_its_secret(cast, emergency):
    address = links.link(emergency, links.surgeon(cast))
    OfficeClient().get(address)
    OfficeClient().post(address, {"answer": "seen"})
    OfficeClient().get("/a/0000000000000000")
    who = ("link", str(cast.spine.clinician), cast.spine.practice.pk)
    assert rows() == [
        (*who, method, "a/<str:secret>", 200, [emergency.uuid]) for method in ("GET", "POST")
    ]


def test_only_a_request_that_reads_does_not_wait_for_the_disk(cast, client_of, emergency):
    spine, here = client_of(cast.spine), f"/api/v1/referrals/{emergency.uuid}"
    path, name = f"{here}/acknowledgement", f"{HERE}/acknowledgement"
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL synchronous_commit = remote_apply")
    spine.send(path, routes.valid_body(name, cast, cast.spine))
    assert waits() == "remote_apply"
    spine.get(here)
    assert waits() == "off"


def waits():
    with connection.cursor() as cursor:
        cursor.execute("SHOW synchronous_commit")
        return cursor.fetchone()[0]


def test_what_cannot_be_noted_is_not_shown(cast, client_of, emergency, no_more_rows):
    client, desk = client_of(cast.spine), p.at_the_desk(cast.spine.clinician)
    for one in (client, desk):
        one.raise_request_exception = False
    for name in READ_IN_A_CASE:
        problem_of(client.get(ROUTES[name].path(emergency)), 500)
    page = desk.get(p.page_of(emergency))
    assert page.status_code == 500
    assert emergency.reference not in p.text(page)


def test_the_owner_removes_old_rows_as_the_page_says_and_nothing_else(cast, client_of, emergency):
    client_of(cast.spine).get(f"/api/v1/referrals/{emergency.uuid}")
    recent = Access.objects.get()
    Access.objects.create(
        at="2019-01-01T00:00Z", actor_kind="practice", actor_name="x", practice=cast.spine.practice,
        method="GET", route="x", status=200, referrals=[emergency.uuid],
    )  # fmt: skip
    page = (PROJECT / "docs/how-to/verify-the-audit-trail.md").read_text()
    asking, removing = documents.blocks(page, "sql")
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for statement in removing.replace("BEGIN;", "").replace("COMMIT;", "").split(";"):
            if statement.strip():
                cursor.execute(statement)
        cursor.execute("SELECT set_config('pgtrigger.ignore', NULL, true)")
        assert list(Access.objects.all()) == [recent]
        for statement in asking.replace("<id of the referral>", str(emergency.uuid)).split(";"):
            if statement.strip():
                cursor.execute(statement)
        assert [row[3] for row in cursor.fetchall()] == [recent.actor_name]


def test_an_urgent_link_answers_although_it_cannot_be_noted(cast, emergency, no_more_rows):
    address = links.link(emergency, links.surgeon(cast))
    assert OfficeClient().get(address).status_code == 200
    assert OfficeClient().post(address, {"answer": "seen"}).status_code == 200
    assert s.owed(emergency, "acknowledge", "spine").state == "answered"
    assert rows() == []
