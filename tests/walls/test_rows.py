"""Row-level security by raw SQL, as the roles the servers have: every table is told here."""

import pytest
from django.apps import apps
from django.db import DatabaseError, ProgrammingError, connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from coordination.models import Delivery, PastDelivery
from referrals import clock, services
from referrals.models import Referral
from referrals.seal import seal
from referrals.services.moves import begin
from referrals.walls import ENGINE, Actor, acting_as
from tests import factories as make
from tests.cast import behind_the_wall, make_office, role
from tests.coordination import stories as s
from tests.walls import routes

# Facts of patients and cases: walled by practice. True: the engine works with them.
WALLED = {
    "referrals_patient": False,
    "referrals_referral": True,
    "referrals_ask": True,
    "referrals_assessment": False,
    "referrals_note": False,
    "referrals_lowering": False,
    "referrals_amendment": False,
    "referrals_visit": False,
    "referrals_informationrequest": False,
    "referrals_consultnote": False,
    "referrals_redflag": False,
    "referrals_event": True,
    "referrals_eventseal": True,
    "referrals_idempotentrequest": False,
    "referrals_access": False,
    "coordination_alert": True,
    "coordination_obligation": True,
    "coordination_plan": None,
    "coordination_delivery": True,
    "coordination_deliveryattempt": True,
    "coordination_pastdelivery": True,
    "coordination_acktoken": True,
    "coordination_calltask": True,
}
# The directory: practices, people, who is on call; addresses are encrypted, keys are hashed.
OPEN = {
    "referrals_practice", "referrals_practitioner", "referrals_emergencydirectory",
    "referrals_apikey", "referrals_authenticator", "coordination_contactpoint",
    "coordination_oncallshift", "coordination_rotation", "coordination_rotationplace",
    "coordination_oncallchange", "coordination_providertrouble", "coordination_heartbeat",
    "coordination_staffmessage",
}  # fmt: skip
NOT_FOR_THE_ENGINE = {table for table, engine in WALLED.items() if not engine} | {
    "coordination_oncallchange",
    "referrals_apikey",
    "referrals_authenticator",
}
APPEND_ONLY = (
    "referrals_event", "referrals_assessment", "referrals_eventseal", "referrals_note",
    "referrals_access", "referrals_amendment", "referrals_consultnote", "coordination_plan",
    "coordination_oncallchange", "coordination_pastdelivery",
)  # fmt: skip
# History as well, but a row of it is finished by its second writing.
NEVER_EMPTIED = (
    *APPEND_ONLY, "coordination_deliveryattempt", "referrals_lowering", "referrals_visit",
    "referrals_informationrequest",
)  # fmt: skip
MARKS = {"relayed_at", "attempts", "retry_at", "sealed_at"}


def sql(statement, *values):
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall() if cursor.description else cursor.rowcount


def refused(statement, *values, match="permission denied|row-level security"):
    with pytest.raises(ProgrammingError, match=match), transaction.atomic():
        sql(statement, *values)


def rows(table):
    return sql(f"SELECT count(*) FROM {table}")[0][0]


@pytest.fixture
def story(cast, client_of, run_engine):
    """A case in which every walled table has a row."""
    body = routes.valid_body("referrals", cast, cast.pain) | {"findings": make.CAUDA_EQUINA}
    make.make_answering_service(cast.spine.practice)
    made = client_of(cast.pain).send("/api/v1/referrals", body)
    run_engine()
    case = Referral.objects.get(uuid=made.json()["id"])
    s.fire_next_rung(case, "acknowledge", "spine")
    pattern = f"{routes.HERE}/acceptance"
    path = routes.all_routes()[pattern].path(case)
    accepted = client_of(cast.spine).send(path, routes.valid_body(pattern, cast, cast.spine))
    assert accepted.status_code == 200, accepted.content
    under_way(case, cast, client_of)
    by_hand(case, cast, client_of)
    with role("engine"):
        seal()
    long_ago(case)
    return case


def long_ago(case):
    told = Delivery.objects.filter(obligation__referral=case).values().first()
    columns = {name: told[name] for name in told if name != "lease_token"}
    PastDelivery.objects.create(**columns, tries=[], moved_at=told["created_at"])


def under_way(case, cast, client_of):
    steps = {"information-request": "spine", "information": "pain", "appointment": "spine"}
    for name, office in (steps | {"visit": "spine"}).items():
        by = getattr(cast, office)
        body = routes.valid_body(f"{routes.HERE}/{name}", cast, by)
        answer = client_of(by).send(f"/api/v1/referrals/{case.uuid}/{name}", body)
        assert answer.status_code == 200, answer.content


def by_hand(case, cast, client_of):
    here = f"/api/v1/referrals/{case.uuid}"
    amended = client_of(cast.pain).amend(here, routes.AMENDED)
    assert amended.status_code == 200, amended.content
    body = routes.valid_body(f"{routes.HERE}/urgency", cast, cast.pain)
    proposed = client_of(cast.pain).send(f"{here}/urgency", body, If_Match=amended["ETag"])
    assert proposed.status_code == 200, proposed.content


def tables():
    return {
        model._meta.db_table
        for model in apps.get_models()
        if model._meta.app_label in ("referrals", "coordination")
    }


def test_every_table_is_told_here(db):
    assert tables() == set(WALLED) | OPEN


def test_row_level_security_is_enabled_and_forced_on_every_walled_table(db):
    found = sql(
        "SELECT relname, relrowsecurity, relforcerowsecurity FROM pg_class WHERE relname = ANY(%s)",
        sorted(tables()),
    )
    assert {name for name, *flags in found if flags == [True, True]} == set(WALLED)


def test_no_role_of_a_server_may_pass_the_walls(db):
    found = sql(
        "SELECT rolname, rolsuper, rolbypassrls FROM pg_roles WHERE rolname LIKE 'tandem%%'"
    )
    assert len(found) >= 4
    assert all(flags == [False, False] for _, *flags in found)
    owned = sql("SELECT tableowner FROM pg_tables WHERE tablename = ANY(%s)", sorted(tables()))
    assert len(set(owned)) == 1
    with role("app"):
        assert sql("SELECT current_user") != owned[:1]


def test_without_a_practice_no_row_of_a_walled_table_exists(story):
    for table in WALLED:
        assert rows(table) > 0, f"{table} is empty, so its wall is not tested"
    with role("app"), acting_as(ENGINE):
        assert {table: rows(table) for table in WALLED} == dict.fromkeys(WALLED, 0)


def test_another_practice_sees_no_row_and_changes_none(cast, story):
    with behind_the_wall(cast.outsider.actor):
        assert {table: rows(table) for table in WALLED} == dict.fromkeys(WALLED, 0)
        assert sql("UPDATE referrals_referral SET tier = 0") == 0
        assert sql("UPDATE referrals_patient SET family_name = ''") == 0
        assert sql("UPDATE coordination_alert SET tier = 0") == 0


def test_the_parties_see_the_rows_of_their_case(cast, story):
    for office in (cast.pain, cast.spine):
        with behind_the_wall(office.actor):
            seen = {table: rows(table) for table in WALLED}
        own = {"referrals_idempotentrequest", "referrals_eventseal", "referrals_access"}
        assert all(seen[table] > 0 for table in set(WALLED) - own), seen


def test_the_owner_sees_no_fact_of_a_patient_outside_maintenance(story):
    sql("SET tandem.maintenance = 'off'")
    sql("SET tandem.practice = ''")
    try:
        for table in ("referrals_patient", "referrals_note", "referrals_referral"):
            assert rows(table) == 0
    finally:
        sql("SET tandem.maintenance = 'on'")


def test_nobody_writes_into_the_rows_of_another_practice(cast, story):
    stranger, mine = cast.outsider.practice.pk, cast.pain.practice.pk
    with behind_the_wall(cast.outsider.actor):
        refused(
            "INSERT INTO referrals_patient (uuid, practice_id, family_name, given_name, sex, mrn,"
            " phone, payer, is_demo)"
            " VALUES (gen_random_uuid(), %s, '', '', 'other', '', '', '', true)",
            mine,
        )
        refused(
            "INSERT INTO referrals_ask (referral_id, practice_id, reason, asked_at, answer,"
            " answer_reason) VALUES (%s, %s, '', now(), '', '')",
            story.pk,
            mine,
        )
        refused(
            "INSERT INTO referrals_note (referral_id, kind, text, written_by, written_at)"
            " VALUES (%s, 'note', 'x', 'x', now())",
            story.pk,
        )
    with behind_the_wall(cast.pain.actor):
        refused("UPDATE referrals_patient SET practice_id = %s", stranger, match="row-level")
        refused(
            "UPDATE referrals_referral SET sender_id = %s, receiver_id = NULL, status = 'sent'",
            stranger, match="row-level",
        )  # fmt: skip


def test_nobody_lets_themselves_into_a_case(cast, story):
    # An ask gives sight, so a practice must not be able to write one for itself.
    with behind_the_wall(cast.outsider.actor):
        refused(
            "INSERT INTO referrals_ask (referral_id, practice_id, reason, asked_at, answer,"
            " answer_reason) VALUES (%s, %s, '', now(), '', '')",
            story.pk, cast.outsider.practice.pk,
        )  # fmt: skip


@pytest.mark.parametrize("name", ["engine", "watch"])
def test_neither_engine_nor_watchdog_can_read_what_it_does_not_need(db, name):
    with role(name):
        for table in sorted(NOT_FOR_THE_ENGINE):
            refused(f"SELECT 1 FROM {table}", match="permission denied")


def test_the_engine_marks_events_and_changes_nothing_else_of_them(story):
    columns = {f.column for f in apps.get_model("referrals.Event")._meta.fields}
    with role("engine"):
        for column in sorted(columns - MARKS):
            refused(f"UPDATE referrals_event SET {column} = {column}", match="permission denied")
        for column in sorted(MARKS):
            assert sql(f"UPDATE referrals_event SET {column} = {column}") > 0


@pytest.mark.parametrize("name", ["app", "engine", "watch"])
def test_nobody_rewrites_what_is_append_only(db, name):
    with role(name):
        for table in APPEND_ONLY:
            column = "kind" if table == "referrals_event" else "id"
            refused(f"UPDATE {table} SET {column} = {column}", match="permission denied")


@pytest.mark.parametrize("name", ["app", "engine", "watch"])
def test_no_server_deletes_anything_at_all(db, name):
    with role(name):
        for table in sorted(tables()):
            refused(f"DELETE FROM {table}", match="permission denied")
            refused(f"TRUNCATE {table} CASCADE", match="permission denied")


def test_even_the_owner_is_stopped_by_a_trigger(story):
    statements = {
        "UPDATE {} SET id = -id": APPEND_ONLY,
        "DELETE FROM {}": NEVER_EMPTIED,
        "TRUNCATE {} CASCADE": NEVER_EMPTIED,
    }
    # A TRUNCATE is refused beforehand while checks wait for the commit.
    sql("SET CONSTRAINTS ALL IMMEDIATE")
    for statement, tables_of_history in statements.items():
        for table in tables_of_history:
            with (
                pytest.raises(DatabaseError, match=f"pgtrigger: Cannot .* from {table} table"),
                transaction.atomic(),
            ):
                sql(statement.format(table))


def test_whoever_empties_the_referrals_would_empty_their_history_and_may_not(story):
    sql("SET CONSTRAINTS ALL IMMEDIATE")
    for table in ("referrals_referral", "referrals_practice"):
        with pytest.raises(DatabaseError, match="pgtrigger: Cannot"), transaction.atomic():
            sql(f"TRUNCATE {table} CASCADE")


def test_every_table_that_is_history_is_told_here(db):
    found = sql(
        "SELECT tgrelid::regclass::text FROM pg_trigger"
        " WHERE tgname LIKE 'pgtrigger%%is_never_emptied%%'"
    )
    assert {name for (name,) in found} == set(NEVER_EMPTIED)


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_what_is_visible_to_an_actor_is_what_the_database_shows(maintenance, data):
    with transaction.atomic():
        offices = [
            make_office(s, on_call=False) for s in ("pain", "pain", "spine", "spine", "spine")
        ]
        offices.append(make_office("coordination", on_call=False))
        spines = [o.practice for o in offices[2:5]]
        for _ in range(data.draw(st.integers(1, 4))):
            case = make.make_referral(
                data.draw(st.sampled_from(offices[:2])).practice,
                receiver=data.draw(st.sampled_from([None, *spines])),
                findings={},
            )
            for other in data.draw(st.sets(st.sampled_from(spines))):
                services.ask(case, other.pk, reason="x", by=ENGINE, at=clock.now())
        for actor in [*(o.actor for o in offices), ENGINE]:
            expected = set(Referral.objects.visible_to(actor).values_list("pk", flat=True))
            with behind_the_wall(actor):
                assert {pk for (pk,) in sql("SELECT id FROM referrals_referral")} == expected
        transaction.set_rollback(True)


@pytest.mark.django_db(transaction=True)
def test_a_connection_carries_no_sight_into_the_next_transaction(db):
    one, other = (Actor(kind="practice", name="x", practice_id=n) for n in (7, 8))
    with acting_as(one):
        assert sql("SELECT current_setting('tandem.practice')") == [("7",)]
    assert sql("SELECT tandem_practice()") == [(None,)]
    with pytest.raises(RuntimeError), acting_as(one):
        raise RuntimeError
    assert sql("SELECT tandem_practice()") == [(None,)]
    with pytest.raises(ProgrammingError), acting_as(one):
        sql("SELECT nonsense")
    with acting_as(other):
        assert sql("SELECT tandem_practice()") == [(8,)]
    with acting_as(ENGINE):
        assert sql("SELECT tandem_practice()") == [(None,)]


def test_the_engine_is_nobody_to_a_case_and_may_begin_no_act(cast):
    unrouted = make.make_referral(cast.pain.practice)
    assert not Referral.objects.visible_to(ENGINE).exists()
    with pytest.raises(Referral.DoesNotExist):
        begin("acknowledge", unrouted.pk, by=ENGINE)
