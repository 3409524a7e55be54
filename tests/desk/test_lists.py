"""The lists: who sees what, in which order, at which cost, and what is somebody else's."""

from datetime import timedelta

import pytest
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import get_resolver
from django.utils import timezone

from coordination.models import ContactPoint, OnCallShift
from referrals.models import Referral
from referrals.services.keys import find_api_key
from referrals.services.pins import set_pin
from referrals.walls import ENGINE, acting_as
from referrals.worklists import TITLES
from tests import factories as make
from tests.coordination import stories as s
from tests.desk import people as p

LISTS = (
    *(f"{p.LIST}?list={name}" for name in TITLES),
    p.LIST,
    "/admin/coordination/calltask/",
    "/admin/coordination/delivery/",
    "/admin/coordination/oncallshift/",
    "/admin/coordination/oncallshift/coverage/",
    "/admin/coordination/contactpoint/",
    "/admin/referrals/practitioner/",
    "/admin/referrals/practice/",
    "/admin/referrals/emergencydirectory/",
    "/admin/referrals/apikey/",
)


@pytest.fixture
def town(cast, run_engine):
    """An emergency, a same-day case and an elective one, sent in the wrong order."""
    sent = [
        s.send(cast.pain, findings=findings, patient={"family_name": name, "is_demo": True})
        for name, findings in (
            ("Quiet", make.STABLE_CLAUDICATION),
            ("Today", make.FOOT_DROP_TODAY),
            ("Canary", make.CAUDA_EQUINA),
        )
    ]
    run_engine()
    return [s.again(one) for one in sent]


@pytest.fixture
def nurse(cast):
    return p.at_the_desk(cast.pain.coordinator)


def test_every_list_bears_the_name_that_the_sidebar_gives_it(town, nurse):
    navigation = nurse.get(p.LIST).context["sidebar_navigation"]
    entries = [entry for part in navigation for entry in part["items"]]
    named = {str(entry["link"]): entry["title"] for entry in entries}
    for address in LISTS:
        assert nurse.get(address).context_data["title"] == named[address]


def test_the_urgent_list_has_the_worst_first_and_the_quiet_one_not_at_all(town, nurse):
    shown = p.text(nurse.get(p.URGENT))
    assert shown.index("Canary") < shown.index("Today")
    assert "Quiet" not in shown
    assert "Quiet" in p.text(nurse.get(p.LIST))


def test_a_row_says_who_has_not_seen_it_and_why_it_is_urgent(town, nurse):
    shown = p.text(nurse.get(p.URGENT))
    assert "Pain: not yet" in shown
    assert "Spine: not yet" in shown
    flag = town[2].red_flags.first()
    assert flag.rule_id not in shown
    assert "EMERGENCY" in shown


def test_the_number_beside_a_list_is_the_number_in_it(town, nurse):
    answer = nurse.get(p.URGENT)
    (badge,) = [
        item["badge"]
        for group in answer.context["sidebar_navigation"]
        for item in group["items"]
        if item["title"].startswith("Urgent")
    ]
    assert badge == answer.context["cl"].result_count == 2


def test_an_empty_list_says_so_and_where_to_go_next(cast):
    shown = p.text(p.at_the_desk(cast.outsider.clinician).get(p.URGENT))
    assert "Nothing to do here" in shown
    assert "All referrals" in shown


def test_the_outsider_sees_nothing_and_gets_404_for_what_is_there(cast, town):
    outsider = p.at_the_desk(cast.outsider.clinician)
    for address in LISTS[: len(TITLES) + 3]:
        assert "Canary" not in p.text(outsider.get(address)), address
    for referral in town:
        assert outsider.get(p.page_of(referral)).status_code == 404
        assert p.press(outsider, referral, "acknowledge").status_code == 404
    assert Referral.objects.filter(pain_acknowledged_at__isnull=False).count() == 0
    found = outsider.post(f"{p.LIST}find/", {"name": "Canary"})
    assert "no referral like this" in p.text(found)


def test_the_desk_itself_keeps_an_outsider_out_where_the_database_would_not(cast, town):
    # As the owner in maintenance no wall of the database stands.
    outsider = p.at_the_desk(cast.outsider.clinician, client=Client())
    for address in (p.URGENT, p.LIST):
        assert "Canary" not in p.text(outsider.get(address))
    assert outsider.get(p.page_of(town[2])).status_code == 404
    assert "Canary" not in p.text(outsider.post(f"{p.LIST}find/", {"name": "Can"}))


def test_the_database_knows_who_is_at_the_desk(cast, town, nurse):
    # Whatever an earlier request of this connection has said is forgotten first.
    with acting_as(ENGINE):
        pass
    assert "Canary" in p.text(nurse.get(p.URGENT))
    assert nurse.get(p.page_of(town[2])).status_code == 200


def test_an_operator_without_a_practice_sees_no_patient(cast, town, django_user_model):
    client = p.at_the_desk(cast.outsider.clinician)
    cast.outsider.clinician.user = None
    cast.outsider.clinician.save(update_fields=["user"])
    assert client.get(p.LIST).status_code == 302
    django_user_model.objects.update(is_superuser=True)
    client = _operator(cast)
    assert "Canary" not in p.text(client.get(p.LIST))
    assert client.get(p.page_of(town[2])).status_code == 404


def _operator(cast):
    person = cast.outsider.coordinator
    client = p.at_the_desk(person, "operator")
    person.user.is_superuser = True
    person.user.save()
    person.user = None
    person.save(update_fields=["user"])
    return client


def test_a_patient_is_found_by_the_beginning_of_a_name_and_no_address_holds_it(town, nurse):
    found = nurse.post(f"{p.LIST}find/", {"name": "cana"})
    assert "Canary" in p.text(found)
    assert str(town[2].uuid) in p.text(found)
    assert found.request["QUERY_STRING"] == ""
    assert "Canary" not in p.text(nurse.get(f"{p.LIST}find/?name=cana"))
    assert nurse.get("/admin/search/?s=cana").status_code == 404


@pytest.mark.parametrize("address", LISTS)
def test_every_list_opens(town, nurse, address):
    assert nurse.get(address).status_code == 200


def test_the_list_costs_the_same_however_long_it_is(cast, town, nurse, run_engine):
    with CaptureQueriesContext(connection) as few:
        nurse.get(p.LIST)
    for number in range(6):
        s.send(cast.pain, patient={"family_name": f"More{number}", "is_demo": True})
    run_engine()
    with CaptureQueriesContext(connection) as many:
        nurse.get(p.LIST)
    assert len(many) == len(few)


def test_a_way_to_be_reached_is_added_and_retired_by_people_of_the_practice(cast, nurse):
    address = "/admin/coordination/contactpoint/"
    typed = {
        "practitioner": cast.pain.coordinator.pk, "channel": "sms", "address": "+18475550199",
    }  # fmt: skip
    assert "Added: sms of" in p.text(nurse.post(f"{address}add/", typed, follow=True))
    point = ContactPoint.objects.latest("verified_at")
    assert (point.address, point.practice) == ("+18475550199", cast.pain.practice)
    nurse.post(f"{address}{point.pk}/retire/")
    point.refresh_from_db()
    assert not point.is_active


@pytest.mark.parametrize(
    ("channel", "given"),
    [
        ("sms", "8475550199"), ("sms", "not a number"), ("email", "x@"), ("sms", "+9991234567"),
        ("voice", "+2101234567"), ("answering_service", "+1234567890123"),
    ],
)  # fmt: skip
def test_an_address_that_is_none_is_refused_in_words(cast, nurse, channel, given):
    before = ContactPoint.objects.count()
    typed = {"channel": channel, "address": given}
    answer = nurse.post("/admin/coordination/contactpoint/add/", typed)
    assert "desk-wrong" in p.text(answer)
    assert ContactPoint.objects.count() == before


@pytest.mark.parametrize("channel", ["sms", "voice"])
def test_nobody_adds_the_telephone_of_somebody_else(cast, nurse, channel):
    before = ContactPoint.objects.count()
    typed = {"practitioner": cast.pain.clinician.pk, "channel": channel, "address": "+18475550199"}
    answer = nurse.post("/admin/coordination/contactpoint/add/", typed)
    assert "Only the person may add their own telephone number" in p.text(answer)
    assert ContactPoint.objects.count() == before


@pytest.mark.parametrize(
    ("whom", "channel", "address"),
    [
        ("", "sms", "+18475550199"), ("clinician", "email", "dr@pain.example"),
        ("clinician", "answering_service", "+18475550199"),
    ],
)  # fmt: skip
def test_the_office_keeps_its_own_numbers_and_everybodys_e_mail(
    cast, nurse, whom, channel, address
):
    person = getattr(cast.pain, whom).pk if whom else ""
    typed = {"practitioner": person, "channel": channel, "address": address}
    assert nurse.post("/admin/coordination/contactpoint/add/", typed).status_code == 302


def test_a_clinician_adds_their_own_telephone(cast):
    doctor = p.at_the_desk(cast.pain.clinician)
    typed = {"practitioner": cast.pain.clinician.pk, "channel": "voice", "address": "+18475550199"}
    assert doctor.post("/admin/coordination/contactpoint/add/", typed).status_code == 302


def test_no_column_is_read_letter_by_letter_through_the_address_of_a_list(cast, nurse):
    set_pin(cast.pain.clinician.pk, "402917")
    cast.pain.clinician.refresh_from_db()
    people = "/admin/referrals/practitioner/"
    for beginning in (cast.pain.clinician.pin_hash[:40], "something else"):
        answer = nurse.get(people, {"pin_hash__startswith": beginning})
        assert (answer.status_code, answer["Location"]) == (302, people)


@pytest.mark.parametrize(
    "asked",
    [
        f"{p.LIST}?reference=%00", f"{p.LIST}?status__exact=%00", f"{p.LIST}?sent_at__year=99999",
        f"{p.LIST}?tier__exact=abc", f"{p.LIST}?_to_field=mrn",
        "/admin/coordination/oncallshift/?period=x", "/admin/referrals/practice/?capabilities=x",
        "/admin/coordination/contactpoint/?encrypted_address=x",
        "/admin/coordination/contactpoint/?is_active__exact=x",
    ],
)  # fmt: skip
def test_an_odd_address_leads_back_to_the_plain_list(nurse, asked):
    answer = nurse.get(asked, follow=True)
    assert answer.status_code == 200
    assert answer.redirect_chain[-1][0].partition("?")[0] == asked.partition("?")[0]


@pytest.mark.parametrize(
    "asked",
    [f"{p.LIST}?tier__exact=3&status__exact=sent&list=urgent",
     "/admin/referrals/practice/?specialty__exact=pain&region=Kane",
     "/admin/coordination/contactpoint/?is_active__exact=1"],
)  # fmt: skip
def test_a_lists_own_filters_still_filter(nurse, asked):
    assert nurse.get(asked).status_code == 200


def test_no_row_is_reached_by_the_number_of_its_kind(nurse):
    kinds = ContentType.objects.get_for_models(ContactPoint, Referral).values()
    for kind in kinds:
        assert nurse.get(f"/admin/r/{kind.pk}/abc/").status_code == 404


def test_an_operator_without_a_practice_retires_no_address(cast):
    client = _operator(cast)
    point = ContactPoint.objects.filter(practice=cast.outsider.practice).first()
    assert client.post(f"/admin/coordination/contactpoint/{point.pk}/retire/").status_code == 404
    point.refresh_from_db()
    assert point.is_active


def test_a_shift_for_ever_is_refused_in_words_at_the_form(cast, nurse):
    typed = {
        "practitioner": cast.pain.clinician.pk, "level": "backup",
        "starts": timezone.now().strftime("%Y-%m-%dT%H:%M"), "ends": "9999-12-31T23:59",
    }  # fmt: skip
    answer = nurse.post("/admin/coordination/oncallshift/add/", typed)
    assert answer.status_code == 200
    assert "lasts at most 31 days" in p.text(answer)
    assert nurse.get("/admin/coordination/oncallshift/").status_code == 200


def test_another_practices_people_and_addresses_are_out_of_reach(cast, nurse):
    typed = {"practitioner": cast.spine.clinician.pk, "channel": "sms", "address": "+18475550199"}
    answer = nurse.post("/admin/coordination/contactpoint/add/", typed)
    assert "desk-wrong" in p.text(answer)
    theirs = ContactPoint.objects.filter(practice=cast.spine.practice).first()
    address = f"/admin/coordination/contactpoint/{theirs.pk}/retire/"
    assert nurse.post(address).status_code == 404
    prefix = cast.spine.key.partition(".")[0]
    assert nurse.post(f"/admin/referrals/apikey/{prefix}/revoke/").status_code == 404
    assert find_api_key(cast.spine.key)


@pytest.mark.parametrize(
    "model",
    ["coordination/oncallshift", "coordination/contactpoint", "referrals/practitioner",
     "referrals/apikey"],
)  # fmt: skip
def test_our_practice_means_ours(cast, nurse, model):
    listed = nurse.get(f"/admin/{model}/").context["cl"].queryset
    assert {row.practice for row in listed} == {cast.pain.practice}


def test_two_people_on_call_at_one_time_are_refused_in_words(cast, nurse):
    starts = timezone.now()
    typed = {
        "practitioner": cast.pain.clinician.pk, "level": "primary",
        "starts": starts.strftime("%Y-%m-%dT%H:%M"),
        "ends": (starts + timedelta(days=20)).strftime("%Y-%m-%dT%H:%M"),
    }  # fmt: skip
    before = OnCallShift.objects.count()
    answer = nurse.post("/admin/coordination/oncallshift/add/", typed)
    assert "on call at that level" in p.text(answer)
    assert OnCallShift.objects.count() == before
    typed["level"] = "backup"
    assert nurse.post("/admin/coordination/oncallshift/add/", typed).status_code == 302


def test_nothing_of_the_directory_can_be_typed_over_or_deleted(cast, nurse):
    for model, row in (
        ("referrals/practice", cast.pain.practice),
        ("referrals/practitioner", cast.pain.clinician),
        ("referrals/apikey", cast.pain.practice.api_keys.first()),
    ):
        for act in ("change", "delete"):
            answer = nurse.post(f"/admin/{model}/{row.pk}/{act}/", {"name": "Typed over"})
            assert answer.status_code == 403, (model, act)


def desk_routes():
    (desk,) = [
        entry for entry in get_resolver().url_patterns if getattr(entry, "namespace", "") == "admin"
    ]
    return [str(address) for address in _walk(desk, "/")]


def _walk(resolver, before):
    for entry in resolver.url_patterns:
        here = f"{before}{resolver.pattern}" if before == "/" else before
        here = f"{here}{entry.pattern}"
        if hasattr(entry, "url_patterns"):
            yield from _walk(entry, here)
        else:
            yield here


def filled(route):
    for part, value in (
        ("<uuid:uuid>", "00000000-0000-4000-8000-000000000000"),
        ("<path:object_id>", "1"), ("<slug:name>", "acknowledge"), ("<slug:prefix>", "0a"),
        ("<path:content_type_id>", "1"), ("<int:rotation>", "1"),
    ):  # fmt: skip
        route = route.replace(part, value)
    return route


def test_every_address_of_the_desk_is_behind_the_gate(cast):
    doors, routes = {"login/", "logout/", "second-factor/"}, desk_routes()
    assert len(routes) > 40
    anonymous, unverified = p.OfficeClient(), p.OfficeClient()
    account = p.make_account(cast.pain.coordinator)
    unverified.force_login(account.user, backend="django.contrib.auth.backends.ModelBackend")
    for route in routes:
        if route.removeprefix("/admin/") in doors or "^" in route or "(" in route:
            continue
        for client, door in ((anonymous, "login"), (unverified, "second-factor")):
            for answer in (client.get(filled(route)), client.post(filled(route))):
                assert answer.status_code == 302, route
                assert answer["Location"].startswith(f"/admin/{door}/"), route
