"""Every address, method and caller: the exact answer. A route that is not told here fails."""

import re
import uuid
from dataclasses import dataclass
from datetime import timedelta

import pytest
from django.db import transaction

from coordination.models import CallTask
from referrals import clock, services
from referrals.models import ApiKey
from referrals.models.api_key import Scope
from referrals.services.keys import issue_api_key
from referrals.walls import ENGINE
from tests import factories as make
from tests.cast import OfficeClient
from tests.coordination import stories as s
from tests.referrals.api.problems import problem_of
from tests.walls import routes

HERE = routes.HERE
OPEN = {"openapi.json", "docs", "problems/<slug:code>", "reference/findings"}
EVERYBODYS = {
    "me", "practices", "referrals", "on-call", "on-call/overrides",
    "worklists", "worklists/<slug:name>",
}  # fmt: skip
# What the three parties get for a whole, valid body while the emergency is new and the receiver,
# named by the sender, has said nothing: (sender, receiver, asked).
ACTS = {
    "referrals": (201, 400, 400),
    # Each for its own practice.
    "on-call/overrides": (201, 201, 201),
    f"{HERE}/findings": (200, 200, 200),
    f"{HERE}/decline": (409, 409, 409),
    f"{HERE}/acknowledgement": (200, 200, 200),
    f"{HERE}/acceptance": (409, 200, 200),
    f"{HERE}/pass": (409, 200, 200),
    f"{HERE}/plan": (409, 409, 409),
    f"{HERE}/ed-handover": (200, 200, 200),
    f"{HERE}/patient-contact": (200, 200, 200),
    f"{HERE}/arrival": (200, 200, 200),
    f"{HERE}/calls/<uuid:delivery>/outcome": (200, 200, 200),
    # Whoever was only asked does not have the patient.
    f"{HERE}/red-flags/<str:rule>/resolution": (200, 200, 409),
    # To propose a lowering needs If-Match; whoever was only asked may not, with or without.
    f"{HERE}/urgency": (428, 428, 409),
    f"{HERE}/urgency/confirmation": (428, 428, 428),
    f"{HERE}/urgency/withdrawal": (409, 409, 409),
    # Nothing of this is open yet, and nothing ends while people must answer.
    **dict.fromkeys((*routes.course({}), *routes.endings({}, "")), (409, 409, 409)),
    f"{HERE}/information-request": (409, 200, 200),
}
SCOPES = {
    "referrals": Scope.WRITE,
    f"{HERE}/findings": Scope.WRITE,
    f"{HERE}/urgency": Scope.WRITE,
    f"{HERE}/acknowledgement": Scope.ACKNOWLEDGE,
    f"{HERE}/information": Scope.WRITE,
    f"{HERE}/closure": Scope.WRITE,
    f"{HERE}/cancellation": Scope.WRITE,
    f"{HERE}/cancellation-withdrawal": Scope.WRITE,
    f"{HERE}/reopening": Scope.WRITE,
    f"{HERE}/entered-in-error": Scope.WRITE,
}
# Whoever answers a referral may say as well that it is worse than it looked.
BY_EITHER = {f"{HERE}/findings", f"{HERE}/urgency"}
ROUTES = routes.all_routes()
READABLE = sorted(name for name, route in ROUTES.items() if "get" in route.methods)
PATCHES = sorted(name for name, route in ROUTES.items() if "patch" in route.methods)
CASES = [
    *((name, "get") for name in READABLE),
    *((name, "post") for name in routes.posts()),
    *((name, "patch") for name in PATCHES),
]


@pytest.fixture
def case(cast, run_engine):
    make.make_answering_service(cast.spine.practice)
    referral = routes.make_case(cast)
    run_engine()
    # The second rung has the spine office called.
    s.fire_next_rung(referral, "acknowledge", "spine")
    run_engine()
    assert CallTask.objects.waiting().exists()
    # The second spine office is asked by the network as well.
    services.ask(referral, cast.other_spine.practice.pk, reason="x", by=ENGINE, at=clock.now())
    return referral


def send(client, route, method, case, body):
    path = route.path(case)
    if method == "get":
        return client.get(path)
    if method == "post":
        return client.send(path, body)
    if method == "patch" and method in route.methods:
        return client.amend(path, body)
    return getattr(client, method)(path, body, content_type="application/json")


def strangers(cast):
    """The clients that are nobody, by what is wrong with them."""
    practice = cast.pain.practice
    expired, revoked = (issue_api_key(practice, name=n, scopes=list(Scope)) for n in ("e", "r"))
    of = lambda key: ApiKey.objects.filter(prefix=key.partition(".")[0])  # noqa: E731
    of(expired).update(created_at="2020-01-01T00:00Z", expires_at="2020-01-02T00:00Z")
    of(revoked).update(revoked_at="2026-01-01T00:00Z")
    closed = cast.other_spine
    gone = issue_api_key(closed.practice, name="gone", scopes=list(Scope))
    closed.practice.is_active = False
    closed.practice.save(update_fields=["is_active"])
    prefix, _, secret = cast.pain.key.partition(".")
    return {
        "anonymous": "", "garbage": "x", "no secret": prefix, "wrong secret": f"{prefix}.{secret}x",
        "secret of another": f"{prefix}.{cast.spine.key.partition('.')[2]}",
        "NUL": f"{prefix[:-1]}\0.{secret}", "longer prefix": f"{prefix}0.{secret}",
        "not ASCII": "ключ.ключ", "expired": expired, "revoked": revoked, "closed practice": gone,
    }  # fmt: skip


def test_every_route_is_told_here():
    assert set(READABLE) >= OPEN | {"me", "practices", "referrals", HERE}
    assert set(ACTS) == set(routes.posts())
    readable_in_a_case = {name for name in READABLE if name.startswith(HERE)}
    assert set(READABLE) == OPEN | EVERYBODYS | readable_in_a_case
    assert set(ROUTES) == set(READABLE) | set(ACTS)
    assert PATCHES == [HERE]


def test_nobody_without_a_live_key_gets_anything(cast):
    case, answers = routes.make_case(cast), {}
    for key in strangers(cast).values():
        client = OfficeClient(key)
        for name, method in CASES:
            if name in OPEN:
                continue
            answer = send(client, ROUTES[name], method, case, {})
            problem_of(answer, 401)
            assert answer["WWW-Authenticate"].startswith("Bearer")
            answers.setdefault((name, method), set()).add(_without_ids(answer))
    # Wrong, expired and revoked are the same answer.
    assert {len(told) for told in answers.values()} == {1}


def _without_ids(answer):
    return re.sub(rb'"trace_id": "[^"]*"', b"", answer.content)


def test_what_everybody_may_read_needs_no_key(db):
    for name in sorted(OPEN):
        answer = OfficeClient().get(ROUTES[name].path(Nowhere(uuid.uuid4())))
        assert answer.status_code == 200, name


def test_a_key_without_the_scope_is_403_and_its_scope_is_named(cast):
    case = routes.make_case(cast)
    for name, method in (c for c in CASES if c[0] not in OPEN):
        needed = {
            "get": Scope.READ,
            "post": SCOPES.get(name, Scope.RESPOND),
            "patch": Scope.WRITE,
        }[method]
        either = {needed, Scope.RESPOND} if name in BY_EITHER else {needed}
        others = [scope for scope in Scope if scope not in either]
        key = issue_api_key(cast.pain.practice, name="narrow", scopes=others)
        answer = send(OfficeClient(key), ROUTES[name], method, case, {})
        assert needed.value in problem_of(answer, 403)["detail"], name


def test_not_yours_and_not_there_are_the_same_bytes(cast, client_of, case):
    client = client_of(cast.outsider)
    for name, method in (c for c in CASES if c[0].startswith(HERE)):
        body = {
            "get": {},
            "post": routes.valid_body(name, cast, cast.outsider) if method == "post" else {},
            "patch": routes.AMENDED,
        }[method]
        nowhere = Nowhere(uuid.uuid4())
        answers = [send(client, ROUTES[name], method, which, body) for which in (case, nowhere)]
        told = [
            _without_ids(answer).replace(str(which.uuid).encode(), b"")
            for answer, which in zip(answers, (case, nowhere), strict=True)
        ]
        problem_of(answers[0], 404)
        assert told[0] == told[1], name
        assert set(answers[0].headers) == set(answers[1].headers)


@dataclass
class Nowhere:
    uuid: uuid.UUID


@pytest.mark.parametrize("side", [0, 1, 2], ids=["sender", "receiver", "asked"])
def test_each_side_may_do_exactly_its_acts(cast, client_of, case, side):
    office = (cast.pain, cast.spine, cast.other_spine)[side]
    found = {}
    for name in sorted(ACTS):
        with transaction.atomic():
            body = routes.valid_body(name, cast, office)
            found[name] = send(client_of(office), ROUTES[name], "post", case, body).status_code
            transaction.set_rollback(True)
    assert found == {name: codes[side] for name, codes in ACTS.items()}


def test_only_the_sender_amends(cast, client_of, case):
    path = ROUTES[HERE].path(case)
    for office, status in ((cast.pain, 200), (cast.spine, 409), (cast.other_spine, 409)):
        assert client_of(office).amend(path, routes.AMENDED).status_code == status


def test_each_side_may_read_everything_of_its_case(cast, client_of, case):
    for name in (name for name in READABLE if name.startswith(HERE)):
        for office in (cast.pain, cast.spine, cast.other_spine):
            assert send(client_of(office), ROUTES[name], "get", case, {}).status_code == 200


def test_every_other_method_is_405_and_says_which_there_are(cast, client_of):
    case, client = routes.make_case(cast), client_of(cast.pain)
    for route in ROUTES.values():
        for method in {*routes.METHODS, "trace"} - route.methods:
            path = route.path(case)
            by_trace = method == "trace"
            answer = client.trace(path) if by_trace else send(client, route, method, case, {})
            problem_of(answer, 405)
            assert {word.lower() for word in answer["Allow"].split(", ")} >= route.methods


def test_head_answers_like_get_and_options_shows_nothing_of_a_case(cast, client_of):
    case, client = routes.make_case(cast), client_of(cast.pain)
    for name, route in ROUTES.items():
        head = client.head(route.path(case))
        assert head.status_code == (200 if "get" in route.methods else 405), name
        options = OfficeClient().options(route.path(case))
        nowhere = OfficeClient().options(route.path(Nowhere(uuid.uuid4())))
        wanted = 405 if name == "docs" else 200
        assert (options.status_code, nowhere.status_code) == (wanted, wanted)
        assert _without_ids(options) == _without_ids(nowhere)


def test_whoever_accepts_no_json_is_406(cast, client_of):
    case = routes.make_case(cast)
    for name in (name for name in READABLE if name not in OPEN):
        path = ROUTES[name].path(case)
        problem_of(client_of(cast.pain).get(path, headers={"Accept": "text/html"}), 406)


def test_a_list_holds_what_the_practice_sees_and_nothing_else(cast, client_of, case):
    def listed(office):
        return [r["id"] for r in client_of(office).get("/api/v1/referrals").json()["referrals"]]

    for office in (cast.pain, cast.spine, cast.other_spine):
        assert listed(office) == [str(case.uuid)]
    assert listed(cast.outsider) == []


def test_a_key_lives_a_year_at_most(cast):
    with pytest.raises(ValueError, match="365"):
        issue_api_key(cast.pain.practice, name="x", scopes=[], lives=timedelta(days=366))
