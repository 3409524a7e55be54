"""Every POST refuses every kind of bad body, names the place, and stores nothing."""

import gzip
import json
from copy import deepcopy

import pytest

from tests.referrals.api.problems import pointers, problem_of, rows_of_all_tables
from tests.walls import routes

WRONG = {
    str: (1, 1.5, True, None, [], {}, ["x"]),
    list: ("x", 1, None, {}, True),
    bool: (1, 0, "true", "yes", None, [], {}),
    dict: ("x", 1, None, [], True),
    int: ("1", None, True, [], {}),
    float: ("38.4", None, True, [], {}),
}
# Measured values are shapes of their own: what stands in them is answered for as a whole.
AS_A_WHOLE = "/findings/temp_c"
DEEP = 10_000
RAW = {
    "empty": (b"", "", "not_json"),
    "blank": (b"   ", "", "not_json"),
    "list": (b"[]", "", "wrong_type"),
    "number": (b"1", "", "wrong_type"),
    "null": (b"null", "", "wrong_type"),
    "text": (b'"x"', "", "wrong_type"),
    "cut off": (b'{"by": ', "", "not_json"),
    "two documents": (b"{} {}", "", "not_json"),
    "comment": (b"{} // x", "", "not_json"),
    "NaN": (b'{"by": NaN}', "/by", "not_a_number"),
    "Infinity": (b'{"by": [1, -Infinity]}', "/by/1", "not_a_number"),
    "1e400": (b'{"by": 1e400}', "/by", "not_a_number"),
    "10^400": (b'{"by": 1' + b"0" * 400 + b"}", "/by", "not_a_number"),
    "10^5000": (b'{"by": 1' + b"0" * 5000 + b"}", "/by", "not_a_number"),
    "the same member twice": (b'{"by": 1, "a/b": {"x": 1, "x": 1}}', "/a~1b/x", "duplicate"),
    "NUL": (rb'{"by": "a\u0000b"}', "/by", "nul"),
    "NUL in a name": (rb'{"b\u0000y": 1}', "/b\0y", "nul"),
    "half a surrogate": (rb'{"by": "\ud800"}', "/by", "surrogate"),
    "half a surrogate in a name": (rb'{"b\udfffy": 1}', "/b?y", "surrogate"),
    "1 MB": (b'{"by": "' + b"x" * 1_000_000 + b'"}', "/by", "too_long"),
    "1 MB of a name": (b'{"' + b"x" * 1_000_000 + b'": 1}', "/" + "x" * 80, "too_long"),
    "deep lists": (b'{"by": ' + b"[" * DEEP + b"]" * DEEP + b"}", "/by" + "/0" * 11, "too_deep"),
    "deep objects": (
        b'{"by": ' + b'{"]": ' * DEEP + b"1" + b"}" * DEEP + b"}", "/by" + "/]" * 11, "too_deep",
    ),
    "deep after strings": (
        b'{"a": ["\\"[", 2, ' + b"[" * DEEP + b"]" * DEEP + b"]}",
        "/a/2" + "/0" * 10, "too_deep",
    ),
    "thirteen deep": (b'{"by": ' + b"[" * 12 + b"]" * 12 + b"}", "/by" + "/0" * 11, "too_deep"),
    "10^5 entries": (b'{"by": [' + b"1," * 99_999 + b"1]}", "/by", "too_long"),
    "10^4 members": (
        b"{" + b",".join(b'"%d": 1' % n for n in range(10_000)) + b"}", "", "too_long",
    ),
    "byte order mark": (b"\xef\xbb\xbf{}", "", "not_json"),
    "UTF-16": ('{"by": "x"}'.encode("utf-16"), "", "not_json"),
    "latin-1": ('{"by": "é"}'.encode("latin-1"), "", "not_json"),
    "gzip": (gzip.compress(b"{}"), "", "not_json"),
}  # fmt: skip


@pytest.fixture
def case(cast):
    return routes.make_case(cast)


def post_raw(client, path, raw, content_type="application/json", **headers):
    headers = {"Idempotency-Key": "key-of-a-test"} | headers
    return client.post(path, raw, content_type=content_type, headers=headers)


def places(value, at=""):
    yield at, value
    if at == AS_A_WHOLE:
        return
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from places(inner, f"{at}/{name}")
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            yield from places(inner, f"{at}/{place}")


def replaced(body, pointer, value):
    body = deepcopy(body)
    *way, last = [int(s) if s.isdigit() else s for s in pointer.split("/")[1:]]
    inner = body
    for step in way:
        inner = inner[step]
    inner[last] = value
    return body


def test_every_post_has_a_body_in_these_tests(cast):
    assert len(routes.posts()) >= 10
    for pattern in routes.posts():
        assert routes.valid_body(pattern, cast, cast.pain)


@pytest.mark.parametrize("pattern", routes.posts())
def test_a_body_that_is_not_one_clear_object_is_refused(cast, client_of, case, pattern):
    path, client = routes.all_routes()[pattern].path(case), client_of(cast.pain)
    before = rows_of_all_tables()
    for name, (raw, pointer, code) in RAW.items():
        body = problem_of(post_raw(client, path, raw), 400)
        told = [(error["pointer"], error["code"]) for error in body["errors"]]
        assert told == [(pointer, code)], name
    assert rows_of_all_tables() == before


@pytest.mark.parametrize("pattern", routes.posts())
def test_a_wrong_type_anywhere_is_refused_by_its_pointer(cast, client_of, case, pattern):
    path, client = routes.all_routes()[pattern].path(case), client_of(cast.pain)
    whole = routes.valid_body(pattern, cast, cast.pain)
    before, tried = rows_of_all_tables(), 0
    for pointer, value in list(places(whole))[1:]:
        for wrong in WRONG[type(value)]:
            told = problem_of(client.send(path, replaced(whole, pointer, wrong)), 400)
            assert any(p == pointer or p.startswith(pointer + "/") for p in pointers(told)), (
                pointer, wrong, told["errors"],
            )  # fmt: skip
            tried += 1
    assert tried >= 7
    assert rows_of_all_tables() == before


@pytest.mark.parametrize("pattern", routes.posts())
def test_an_unknown_field_is_refused_wherever_it_stands(cast, client_of, case, pattern):
    path, client = routes.all_routes()[pattern].path(case), client_of(cast.pain)
    whole = routes.valid_body(pattern, cast, cast.pain)
    objects = [at for at, value in places(whole) if isinstance(value, dict)]
    before = rows_of_all_tables()
    for at in objects:
        told = problem_of(client.send(path, replaced(whole, f"{at}/sur~prise", 1)), 400)
        if at.startswith("/codes") or at == AS_A_WHOLE:
            assert pointers(told) == [at]
        else:
            assert (f"{at}/sur~0prise", "unknown_field") in [
                (error["pointer"], error["code"]) for error in told["errors"]
            ]
    assert rows_of_all_tables() == before


@pytest.mark.parametrize("pattern", routes.posts())
def test_each_required_field_is_asked_for_by_its_pointer(cast, client_of, case, pattern):
    path, client = routes.all_routes()[pattern].path(case), client_of(cast.pain)
    told = problem_of(client.send(path, {}), 400)
    assert pointers(told)
    assert "" not in pointers(told)


NOT_JSON = (
    ("text/plain", {}),
    ("application/xml", {}),
    ("application/x-www-form-urlencoded", {}),
    ("multipart/form-data; boundary=x", {}),
    ("application/json; charset=utf-16", {}),
    ("application/json; charset=latin-1", {}),
    ("application/json", {"Content-Encoding": "gzip"}),
    ("", {}),
)


@pytest.mark.parametrize("pattern", routes.posts())
def test_anything_but_plain_utf8_json_is_415_and_more_than_2_mib_is_413(
    cast, client_of, case, pattern
):
    path, client = routes.all_routes()[pattern].path(case), client_of(cast.pain)
    whole = json.dumps(routes.valid_body(pattern, cast, cast.pain)).encode()
    before = rows_of_all_tables()
    for content_type, headers in NOT_JSON:
        problem_of(post_raw(client, path, whole, content_type, **headers), 415)
    problem_of(post_raw(client, path, b" " * (2 * 1024 * 1024 + 1)), 413)
    assert rows_of_all_tables() == before


ODD_KEYS = (None, "", "short", "x" * 129, "with space", "umläut-key", "a\tbcdefgh")


@pytest.mark.parametrize("pattern", routes.posts())
def test_a_missing_or_odd_idempotency_key_names_the_header(cast, client_of, case, pattern):
    path, client = routes.all_routes()[pattern].path(case), client_of(cast.pain)
    before = rows_of_all_tables()
    for key in ODD_KEYS:
        headers = {} if key is None else {"Idempotency-Key": key}
        told = problem_of(
            client.post(path, b"{}", content_type="application/json", headers=headers), 400
        )
        assert [error["header"] for error in told["errors"]] == ["Idempotency-Key"]
        assert told["errors"][0]["code"] == ("invalid" if key else "required")
    assert rows_of_all_tables() == before


ODD_ETAGS = ("v1", '"1"', "*", '"v"', '"v-1"', '"v1", "v2"', '"v9999999999"', "", "é")


@pytest.mark.parametrize("act", ["acceptance", "decline"])
def test_an_odd_if_match_names_the_header(cast, client_of, case, act):
    pattern = f"{routes.HERE}/{act}"
    path, client = routes.all_routes()[pattern].path(case), client_of(cast.spine)
    body = routes.valid_body(pattern, cast, cast.spine)
    for etag in ODD_ETAGS:
        told = problem_of(client.send(path, body, If_Match=etag), 400)
        assert [error["header"] for error in told["errors"]] == ["If-Match"]


ODD_PAGES = ["0", "-1", "101", "1.5", "1e1", "x", "", " 1", "٣", "²", "9" * 19, "9" * 5000,
             "0" * 19 + "1" + "9" * 100, "1\0", "0x1"]  # fmt: skip


@pytest.mark.parametrize("name", ["limit", "before"])
def test_an_odd_page_names_the_parameter(cast, client_of, name):
    client = client_of(cast.pain)
    for value in ODD_PAGES:
        if (name, value) == ("before", "101"):
            continue
        told = problem_of(client.get("/api/v1/referrals", {name: value}), 400)
        assert [error["parameter"] for error in told["errors"]] == [name], value
    told = problem_of(client.get("/api/v1/referrals?limit=1&limit=2"), 400)
    assert told["errors"][0]["code"] == "duplicate"


def test_an_unknown_parameter_is_refused_on_every_route_behind_the_wall(cast, client_of, case):
    client, tried = client_of(cast.pain), 0
    for route in routes.all_routes().values():
        if route.pattern in OPEN_TO_ALL:
            continue
        for method in route.methods:
            send = {
                "get": client.get,
                "post": post_raw_with(client),
                "patch": lambda path: client.amend(path, {}),
            }[method]
            told = problem_of(send(f"{route.path(case)}?limt=3"), 400)
            assert told["errors"][0]["parameter"] == "limt"
            tried += 1
    assert tried >= 15


OPEN_TO_ALL = {"openapi.json", "docs", "problems/<slug:code>", "reference/findings"}


def post_raw_with(client):
    return lambda path: post_raw(client, path, b"{}")


@pytest.mark.parametrize(
    "uuid",
    [
        "1",
        "not-a-uuid",
        "0" * 32,
        "{00000000-0000-4000-8000-000000000000}",
        "%00",
        "..",
        "x" * 3000,
    ],
)
def test_an_odd_id_in_the_address_is_404(cast, client_of, uuid):
    client = client_of(cast.pain)
    problem_of(client.get(f"/api/v1/referrals/{uuid}"), 404)
    problem_of(client.send(f"/api/v1/referrals/{uuid}/findings", {}), 404)


@pytest.mark.parametrize(
    "path", ["/nothing", "/api/v1/", "/api/v1/referrals/", "/api/v2/referrals"]
)
def test_an_unknown_address_outside_the_views_is_a_problem_too(cast, client_of, path):
    for method in ("get", "post", "put", "patch", "delete", "options"):
        problem_of(getattr(client_of(cast.pain), method)(path), 404)


def test_a_language_written_from_right_to_left_is_kept_as_it_is(cast, client_of):
    name = "\u202eשרה \u0627\u062d\u0645\u062f 👩‍⚕️"
    made = client_of(cast.pain).send(
        "/api/v1/referrals", {"to": {"specialty": "spine"}, "patient": {"family_name": name}}
    )
    assert made.status_code == 201
    assert made.json()["patient"]["family_name"] == name
